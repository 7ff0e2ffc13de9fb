import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { readWhole, writeWhole } from "./files.ts";
import { Lines } from "./lines.ts";

export type FaultKind =
  /** Waits `latencyMs`, then does the work. */
  | "latency"
  /** Refuses with the cloud's "rate exceeded"; nothing is done. */
  | "throttle"
  /** Fails before anything is done. */
  | "fail-before"
  /** Does the work, then fails: the object is there and the engine does not know. */
  | "fail-after"
  /** Create and update only: the object is there but not ready; the engine learns its id. */
  | "partial"
  /** Create and update only: all goes well, but the object is not healthy: the console answers 503 for its hosts until the next update. */
  | "unhealthy"
  /** Never answers, until the engine cancels. */
  | "hang";

export type FaultOp = "create" | "read" | "update" | "delete";

export interface FaultRule {
  readonly kind: FaultKind;
  /** Type tokens, `*` for any characters. */
  readonly type?: string;
  /** URNs, `*` for any characters. */
  readonly urn?: string;
  /** Default: create, update and delete. */
  readonly op?: FaultOp;
  /** Strikes from the n-th matching call on, 1 is the first. Default 1. */
  readonly onCall?: number;
  /** Strikes this often. Default: for ever. */
  readonly times?: number;
  /** Milliseconds, for latency. */
  readonly latencyMs?: number;
  /** What the cloud says. */
  readonly message?: string;
}
export type Fault = FaultRule & { readonly id: string };

interface Call {
  readonly op: FaultOp;
  readonly type: string;
  readonly urn: string;
}
interface Hit {
  readonly fault: string;
  readonly uuid: string;
}

function like(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  const source = pattern
    .split("*")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "s").test(text);
}

/** The faults that people asked for, and how often each was met, counted over all processes. */
export class Faults {
  readonly #file: string;
  readonly #hits: Lines<Hit>;

  constructor(store: string) {
    this.#file = join(store, "faults.json");
    this.#hits = new Lines(join(store, "fault-hits.jsonl"));
  }

  list(): readonly Fault[] {
    const text = readWhole(this.#file);
    return text === undefined ? [] : (JSON.parse(text) as Fault[]);
  }

  add(rule: FaultRule): Fault {
    const fault: Fault = { ...rule, id: randomUUID().slice(0, 8) };
    writeWhole(this.#file, JSON.stringify([...this.list(), fault]));
    return fault;
  }

  /** Takes away one fault, or all. Returns how many went. */
  clear(id?: string): number {
    const before = this.list();
    const after = id === undefined ? [] : before.filter((fault) => fault.id !== id);
    if (after.length < before.length) writeWhole(this.#file, JSON.stringify(after));
    return before.length - after.length;
  }

  /** The faults that strike this call; the call is counted for every rule that matches it. */
  strike(call: Call): readonly Fault[] {
    return this.list().filter((fault) => {
      const matches = like(fault.type, call.type) && like(fault.urn, call.urn) && (fault.op === undefined ? call.op !== "read" : fault.op === call.op);
      if (!matches) return false;
      const number = this.#count(fault.id);
      const first = fault.onCall ?? 1;
      return number >= first && number < first + (fault.times ?? Number.POSITIVE_INFINITY);
    });
  }

  #count(fault: string): number {
    const uuid = randomUUID();
    this.#hits.append({ fault, uuid });
    const mine = this.#hits.all().filter((hit) => hit.fault === fault);
    return mine.findIndex((hit) => hit.uuid === uuid) + 1;
  }
}
