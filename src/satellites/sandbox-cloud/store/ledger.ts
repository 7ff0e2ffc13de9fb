import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Lines } from "./lines.ts";
import type { LedgerEntry, LedgerLine, ObjectKey } from "./record.ts";

export interface LedgerOperation {
  readonly op: LedgerLine["op"];
  readonly actor: LedgerLine["actor"];
  readonly urn: string;
  readonly writer?: string;
  readonly key: ObjectKey;
}

/** What happened to the cloud, in order. Never holds a value of an object, so no secret can be in it. */
export class Ledger {
  readonly #lines: Lines<LedgerLine>;

  constructor(store: string) {
    this.#lines = new Lines(join(store, "ledger.jsonl"));
  }

  /** Writes the begin line; the answer writes the end line. */
  begin(operation: LedgerOperation): (phase: "commit" | "fail", facts?: { readonly id?: string; readonly why?: string }) => void {
    const name = randomUUID();
    this.#append(operation, { operation: name, phase: "begin", id: operation.key.id });
    return (phase, facts = {}) => {
      const why = facts.why === undefined ? {} : { why: facts.why };
      this.#append(operation, { operation: name, phase, id: facts.id ?? operation.key.id, ...why });
    };
  }

  #append(operation: LedgerOperation, end: Pick<LedgerLine, "operation" | "phase" | "id" | "why">): void {
    const { op, actor, urn, key, writer } = operation;
    const { provider, account, region, type } = key;
    this.#lines.append({
      uuid: randomUUID(),
      time: new Date().toISOString(),
      op,
      actor,
      provider,
      account,
      region,
      type,
      urn,
      ...(writer === undefined ? {} : { writer }),
      ...end,
    });
  }

  all(): readonly LedgerEntry[] {
    return this.#lines.all();
  }
}
