import { randomOf } from "../../src/satellites/forge-standin/index.ts";
import { allKinds, factsOf, type FaultKind } from "./kinds.ts";
import { pointsOf, type PointName } from "./points.ts";

/** One thing that is done to the runner at work, and when: all of it drawn from the seed. */
export interface Fault {
  readonly kind: FaultKind;
  /** What is waited for before it strikes. */
  readonly at: PointName;
  /** Which of several such moments, 1 is the first. */
  readonly nth: number;
  /** A while after it: told so, a moment is the same on a slow machine. */
  readonly afterMs: number;
  /** Of 0..1: choices of the kind itself. */
  readonly dice: readonly [number, number, number];
}

/** One apply with one fault in it. `changes` are merged before, where nothing is left to be done. */
export interface Beat {
  readonly changes: number;
  /** What the changes are drawn from, so that a beat that is left out changes no other. */
  readonly seed: number;
  readonly fault: Fault;
}

export interface Story {
  readonly seed: number;
  /** 1 to 3, the second and third above the first. */
  readonly stacks: number;
  readonly beats: readonly Beat[];
}

const agentShare = 0.25;

/** Who is struck at work: mostly an apply that somebody started, else an agent. Drawn from what is drawn already, so that stories stay the same. */
export const isOfAgent = ({ dice }: Fault): boolean => (dice[2] * 997) % 1 < agentShare;

type Random = () => number;

const whole = (next: Random, below: number): number => Math.floor(next() * below);

export function pick<T>(next: Random, from: readonly T[]): T {
  const found = from[whole(next, from.length)];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
}

function weighted(next: Random, kinds: readonly FaultKind[]): FaultKind {
  const total = kinds.reduce((sum, kind) => sum + factsOf(kind).weight, 0);
  let left = next() * total;
  for (const kind of kinds) {
    left -= factsOf(kind).weight;
    if (left < 0) return kind;
  }
  return pick(next, kinds);
}

/** Half of them at once after their moment, so that what follows it is met in the act. */
const later = (next: Random): number => Math.round(next() < 0.5 ? next() * 40 : next() * 300);

function drawFault(next: Random, kinds: readonly FaultKind[]): Fault {
  const kind = weighted(next, kinds);
  return { kind, at: pick(next, pointsOf(factsOf(kind).at)), nth: next() < 0.9 ? 1 : 2, afterMs: later(next), dice: [next(), next(), next()] };
}

/** The same seed, the same story. `kinds`: those to draw from. */
export function drawStory(seed: number, beats: number, kinds: readonly FaultKind[] = allKinds): Story {
  const next = randomOf(seed);
  const stacks = pick(next, [1, 1, 1, 2, 2, 3]);
  const drawn = Array.from({ length: beats }, (): Beat => ({ changes: 1 + whole(next, 3), seed: whole(next, 2 ** 31), fault: drawFault(next, kinds) }));
  return { seed, stacks, beats: drawn };
}

/** One line that a person can act on. */
export function faultWords(fault: Fault): string {
  const { kind, at, nth, afterMs } = fault;
  return `${isOfAgent(fault) ? "agent: " : ""}${factsOf(kind).words} (${kind}), ${afterMs} ms after ${at}${nth > 1 ? ` ${nth}` : ""}`;
}
