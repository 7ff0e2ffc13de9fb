import { randomOf } from "../../src/satellites/forge-standin/index.ts";
import type { Things } from "./estate-files.ts";
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

/** What a runner is at when it is struck. */
export const workWords = {
  change: "a merge that is good",
  broken: "a merge of which a stack does not pass its check, and the way back",
  drift: "a repair of what somebody changed or deleted behind git's back",
  lost: "a rebuild, where the cloud, the state or both are lost",
  unfit: "a merge that would delete or replace what holds data, and is refused",
  frozen: "a merge while a person keeps the environment frozen",
} as const;
export type WorkName = keyof typeof workWords;
export const workNames = Object.keys(workWords) as readonly WorkName[];
const ofData: ReadonlySet<WorkName> = new Set(["unfit", "frozen"]);
/** What a story with such things is drawn from. */
export const worksWith = (things: Things): readonly WorkName[] => (things === "data" ? workNames : workNames.filter((work) => !ofData.has(work)));

/** One run with one fault in it. `changes` are merged before, where nothing is left to be done. */
export interface Beat {
  readonly work: WorkName;
  readonly changes: number;
  /** What the changes are drawn from, so that a beat that is left out changes no other. */
  readonly seed: number;
  readonly fault: Fault;
}

export interface Story {
  readonly seed: number;
  /** 1 to 3, the second and third above the first. */
  readonly stacks: number;
  /** What its things may be. */
  readonly things: Things;
  readonly beats: readonly Beat[];
}

const agentShare = 0.25;

/** Who is struck at work: mostly an apply that somebody started, else an agent. Drawn from what is drawn already, so that stories stay the same. */
const isOfAgent = ({ dice }: Fault): boolean => (dice[2] * 997) % 1 < agentShare;

/** How often each work is drawn where it may be. */
const workWeights: Readonly<Record<WorkName, number>> = { change: 1, broken: 4, drift: 2, lost: 3, unfit: 2, frozen: 1 };

/** From a source of its own: with and without other works, a seed strikes the same moments. */
function drawWork(seed: number, works: readonly WorkName[]): WorkName {
  const next = randomOf(seed + 2);
  return pick(
    next,
    works.flatMap((work) => Array.from({ length: workWeights[work] }, () => work)),
  );
}

/** Half of those that would strike a run of which a unit goes back strike its way back. */
function onTheWayBack(fault: Fault, seed: number): Fault {
  const next = randomOf(seed + 3);
  const { at } = factsOf(fault.kind);
  if (at === "none" || next() < 0.5) return fault;
  return { ...fault, at: "back", nth: 1, afterMs: Math.round(next() * 2_500) };
}

/** Who is to be refused comes no further than that. */
const untilRefused = ["start", "lease", "previewing"] as const satisfies readonly PointName[];

function whileLooking(fault: Fault, seed: number): Fault {
  return factsOf(fault.kind).at === "none" ? fault : { ...fault, at: pick(randomOf(seed + 3), untilRefused), nth: 1 };
}

function struckAt(work: WorkName, fault: Fault, seed: number): Fault {
  if (work === "broken") return onTheWayBack(fault, seed);
  return ofData.has(work) ? whileLooking(fault, seed) : fault;
}

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

/** What may be drawn. */
export interface Choice {
  readonly kinds?: readonly FaultKind[];
  readonly works?: readonly WorkName[];
  readonly things?: Things;
}

/** The same seed, the same story. */
export function drawStory(seed: number, beats: number, { kinds = allKinds, works = ["change"], things = "plain" }: Choice = {}): Story {
  const next = randomOf(seed);
  const stacks = pick(next, [1, 1, 1, 2, 2, 3]);
  const drawn = Array.from({ length: beats }, (): Beat => {
    const [changes, one, fault] = [1 + whole(next, 3), whole(next, 2 ** 31), drawFault(next, kinds)];
    const work = drawWork(one, works);
    return { work, changes, seed: one, fault: struckAt(work, fault, one) };
  });
  return { seed, stacks, things, beats: drawn };
}

/** Whether it is an agent that is struck: drift and rebuilds are a person's. */
export const strikesAgent = ({ work, fault }: Pick<Beat, "work" | "fault">): boolean => (work === "change" || work === "broken") && isOfAgent(fault);

/** One line that a person can act on. */
export function faultWords({ work, fault }: Pick<Beat, "work" | "fault">): string {
  const { kind, at, nth, afterMs } = fault;
  const whose = strikesAgent({ work, fault }) ? "agent: " : "";
  return `${whose}${work === "change" ? "" : `${work}: `}${factsOf(kind).words} (${kind}), ${afterMs} ms after ${at}${nth > 1 ? ` ${nth}` : ""}`;
}
