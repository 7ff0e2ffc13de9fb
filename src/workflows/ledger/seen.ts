import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { uptime } from "node:os";
import { dirname } from "node:path";
import { z } from "zod";
import { hereNow } from "./owner.ts";
import type { Lease } from "./schema.ts";

/** What this machine last saw of a ledger: the defence against one that is rolled back, and the stop-watch on a silent holder. */
const seenSchema = z.object({
  head: z.string().regex(/^[0-9a-f]{40}$/),
  sequence: z.int().min(1),
  /** The lease as first seen with this value: seconds since boot, of this boot. */
  lease: z.object({ value: z.string(), boot: z.string(), uptimeS: z.number() }).nullable(),
});
export type Seen = z.infer<typeof seenSchema>;

/** undefined when nothing was seen yet, or when the file cannot be understood (it is then written anew). */
export async function readSeen(file: string): Promise<Seen | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return seenSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Never backwards: another runner of this host may have seen more by now. */
export async function writeSeen(file: string, seen: Seen): Promise<void> {
  const before = await readSeen(file);
  if (before !== undefined && before.sequence > seen.sequence) return;
  await mkdir(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}-${randomBytes(4).toString("hex")}`;
  await writeFile(beside, `${JSON.stringify(seen)}\n`, { mode: 0o600 });
  await rename(beside, file);
}

function valueOf(lease: Lease): string {
  return `${lease.owner} ${lease.fencing} ${lease.renewedAt}`;
}

/** The stop-watch on a lease: goes on while its value stays the same in the same boot, else starts again. */
export function watchLease(before: Seen | undefined, lease: Lease | null): Seen["lease"] {
  if (lease === null) return null;
  const { boot } = hereNow();
  const value = valueOf(lease);
  const known = before?.lease ?? null;
  if (known !== null && known.value === value && known.boot === boot && boot !== "") return known;
  return { value, boot, uptimeS: uptime() };
}

/** Milliseconds for which this machine has seen this lease unchanged, on the clock that counts from boot. */
export function silentMs(watch: Seen["lease"], lease: Lease): number {
  if (watch === null || watch.value !== valueOf(lease) || watch.boot !== hereNow().boot) return 0;
  return Math.max(0, (uptime() - watch.uptimeS) * 1000);
}
