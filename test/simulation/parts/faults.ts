import type { Random } from "./random.ts";
import type { Actor } from "./scheduler.ts";

/** At which points a fault can strike; each counts its own. */
const places = {
  "runner killed": ({ kind }: Actor) => kind === "runner",
  "runner killed while an object is made": ({ kind }: Actor, label: string) => kind === "engine" && label === "cloud answered",
  "engine killed": ({ kind }: Actor) => kind === "engine",
  "engine killed before its checkpoint": ({ kind }: Actor, label: string) => kind === "engine" && label === "cloud answered",
  "power lost": ({ kind }: Actor) => kind !== "world",
  "runner paused": ({ kind }: Actor) => kind === "runner",
  "runner and engine paused": ({ kind }: Actor) => kind === "engine",
  "remote away": ({ kind }: Actor, label: string) => kind === "runner" && (label === "fetch" || label === "push"),
  "answer of a push lost": ({ kind }: Actor, label: string) => kind === "runner" && label === "push",
  "backend away": ({ kind }: Actor) => kind === "engine",
  "provider refused": ({ kind }: Actor, label: string) => kind === "engine" && label === "begin",
  "provider's answer lost": ({ kind }: Actor, label: string) => kind === "engine" && label === "begin",
  "provider hung": ({ kind }: Actor, label: string) => kind === "engine" && label === "begin",
  "clock jumped": ({ kind }: Actor) => kind !== "world",
  "told to stop": ({ kind }: Actor) => kind === "runner",
  "object not ready": ({ kind }: Actor, label: string) => kind === "engine" && label === "begin",
} as const satisfies Record<string, (actor: Actor, label: string) => boolean>;

export type FaultKind = keyof typeof places;
export const faultKinds = Object.keys(places) as readonly FaultKind[];
/** Those that were there when the first seeds were drawn: with more of them each would be another story. */
export const firstKinds = faultKinds.filter((kind) => kind !== "object not ready");

export interface Fault {
  readonly kind: FaultKind;
  /** The how manieth point of its places. */
  readonly at: number;
  readonly forMs: number;
}

const minute = 60_000;
/** Where a run usually is over, counted in points of each kind's places. */
const usual: Readonly<Record<FaultKind, number>> = {
  "runner killed": 90,
  "runner killed while an object is made": 7,
  "engine killed": 50,
  "engine killed before its checkpoint": 7,
  "power lost": 140,
  "runner paused": 90,
  "runner and engine paused": 50,
  "remote away": 22,
  "answer of a push lost": 8,
  "backend away": 50,
  "provider refused": 5,
  "provider's answer lost": 5,
  "provider hung": 5,
  "clock jumped": 140,
  "told to stop": 90,
  "object not ready": 5,
};

function lengthOf(kind: FaultKind, random: Random): number {
  if (kind === "clock jumped") return random.pick([-72 * 60, -61, -5, 5, 61, 72 * 60]) * minute;
  if (kind === "runner paused" || kind === "runner and engine paused") return random.pick([1, 5, 8, 12, 40, 75, 100, 200]) * minute;
  return random.pick([2_000, 20_000, minute, 5 * minute, 15 * minute]);
}

/** What goes wrong in one run, within so many times the usual length. Two seeds of seven have nothing go wrong but their runners getting in each other's way. */
export function drawFaults(random: Random, kinds: readonly FaultKind[], lengths = 1): readonly Fault[] {
  const count = random.pick([0, 1, 1, 1, 2, 2, 3, 4]);
  return Array.from({ length: count }, () => {
    const kind = random.pick(kinds);
    return { kind, at: 1 + random.below(usual[kind] * lengths), forMs: lengthOf(kind, random) };
  });
}

/** Faults that have not struck yet. */
export class FaultPlan {
  readonly #left: { readonly fault: Fault; seen: number }[];
  readonly struck: Fault[] = [];

  constructor(faults: readonly Fault[]) {
    this.#left = faults.map((fault) => ({ fault, seen: 0 }));
  }

  /** More of them, whose points are counted from now on. */
  add(faults: readonly Fault[]): void {
    this.#left.push(...faults.map((fault) => ({ fault, seen: 0 })));
  }

  /** Those whose point this is. */
  due(actor: Actor, label: string): readonly Fault[] {
    const due: Fault[] = [];
    for (const one of this.#left) {
      if (!places[one.fault.kind](actor, label)) continue;
      one.seen += 1;
      if (one.seen === one.fault.at) due.push(one.fault);
    }
    if (due.length > 0) {
      for (const fault of due)
        this.#left.splice(
          this.#left.findIndex((one) => one.fault === fault),
          1,
        );
      this.struck.push(...due);
    }
    return due;
  }

  end(): void {
    this.#left.length = 0;
  }
}
