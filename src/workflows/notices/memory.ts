import { createHash } from "node:crypto";
import { z } from "zod";
import { Problem } from "../../base/problem/index.ts";
import type { NoticeTarget } from "../../domain/environments/index.ts";
import type { Told } from "../../domain/notices/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

/**
 * What each receiver was told last, kept in the environment's ledger: so another runner goes on where this one ends, and nobody is told the same
 * twice. It is written after the message has arrived. A runner that dies in between leaves its message to the next one, which sends it again
 * under the same id: at least once, and never twice to a receiver that drops what it had.
 */
const incident = z.looseObject({ stack: z.string(), kind: z.string(), of: z.string(), since: z.string() });
const toldSchema = z.record(z.string(), z.looseObject({ open: z.array(incident), good: z.string().optional(), at: z.iso.datetime() }));

const recordKey = "notices";

/** Names a receiver without telling its address. Another address or channel is another receiver; what it asks for may change. */
export function receiverKey(target: NoticeTarget): string {
  const place = target.kind === "webhook" ? target.url : `${target.variable} ${target.channel ?? ""}`;
  return `${target.kind}-${createHash("sha256").update(place).digest("hex").slice(0, 12)}`;
}

const kinds = ["failed", "drift", "refused"] as const;

export function toldBefore(record: EnvironmentRecord): Readonly<Record<string, Told>> {
  const found = toldSchema.optional().safeParse(record[recordKey]);
  if (!found.success)
    throw new Problem("LEDGER_FOREIGN", {
      what: "what receivers of notices were told cannot be read",
      on: `the ledger of ${record.environment}, "${recordKey}"`,
      todo: "Find out who edited environment.json.",
    });
  const told = Object.entries(found.data ?? {}).map(([key, { open, good }]): [string, Told] => {
    const known = open.flatMap((one) => {
      const kind = kinds.find((each) => each === one.kind);
      return kind === undefined ? [] : [{ stack: one.stack, kind, of: one.of, since: one.since }];
    });
    return [key, { open: known, ...(good === undefined ? {} : { good }) }];
  });
  return Object.fromEntries(told);
}

/** The record with what these receivers know now; of those that nobody declares any more nothing is kept. */
export function withTold(
  record: EnvironmentRecord,
  now: { readonly told: ReadonlyMap<string, Told>; readonly declared: readonly string[]; readonly at: Date },
): EnvironmentRecord {
  const before = toldSchema.optional().parse(record[recordKey]) ?? {};
  const kept = Object.entries(before).filter(([key]) => now.declared.includes(key));
  const fresh = [...now.told].map(([key, told]): [string, unknown] => [key, { ...told, at: now.at.toISOString() }]);
  return { ...record, [recordKey]: Object.fromEntries([...kept, ...fresh]) };
}
