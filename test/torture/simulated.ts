import { randomOf } from "../../src/satellites/forge-standin/index.ts";
import { simulate, type SimulationResult } from "../simulation/parts/run.ts";
import type { FaultKind as SimulatedKind } from "../simulation/parts/faults.ts";
import type { Doing, Moment, Strike } from "../simulation/parts/strikes.ts";
import { factsOf, type FaultKind } from "./kinds.ts";
import type { PointName } from "./points.ts";
import type { Beat, Fault, Story, WorkName } from "./story.ts";

/** Those that docs/replays.md names for what no journey does; any other by `npm run torture -- --simulated SEED`. */
export const replayedSeeds: readonly number[] = [
  7_557, 50_869, 120_720, 436_505, 500_110, 520_148, 528_189, 548_591, 600_209, 613_652, 614_326, 640_864, 643_322, 655_130, 657_414, 667_496, 810_625,
];

interface Like {
  readonly kind: FaultKind;
  /** The first die, where the kind chooses by it. */
  readonly die?: number;
}

/** What a simulated fault is on the real engine; undefined: nothing there is like it. */
export const likes: Readonly<Record<SimulatedKind, Like | undefined>> = {
  "runner killed": { kind: "kill-runner" },
  "runner killed while an object is made": { kind: "kill-runner" },
  "engine killed": { kind: "kill-engine" },
  "engine killed before its checkpoint": { kind: "kill-frozen", die: 0.9 },
  // Every process is gone at once; what was not on the disk yet stays all the same.
  "power lost": { kind: "kill-both" },
  "runner paused": { kind: "stop-runner", die: 0.9 },
  "runner and engine paused": { kind: "stop-runner", die: 0.1 },
  "remote away": { kind: "remote-gone" },
  // It comes, late.
  "answer of a push lost": { kind: "remote-hangs", die: 0.9 },
  "backend away": { kind: "backend-read-only" },
  "provider refused": { kind: "cloud-refuses", die: 0.1 },
  "provider's answer lost": { kind: "cloud-answer-lost" },
  "provider hung": { kind: "cloud-hangs" },
  // Nobody sets the clock of the machine that tests run on.
  "clock jumped": undefined,
  "told to stop": { kind: "interrupt", die: 0.9 },
  "object not ready": { kind: "cloud-half", die: 0.1 },
};

const works: Readonly<Record<Doing, WorkName>> = { commit: "change", "way back": "broken", drift: "drift", rebuild: "lost" };
const points: Readonly<Record<Moment, PointName>> = {
  start: "start",
  looking: "previewing",
  engine: "engine",
  locked: "locked",
  asked: "begun",
  answered: "committed",
  applied: "applied",
};
/** What these found was about data: their estates have tables here too. */
const aboutData: ReadonlySet<number> = new Set([500_110, 640_864]);
/** No agent: those of the simulation are none. */
const noAgent = 0.5;

/** Where a kind strikes an engine that acts there is none yet while a run looks. */
function pointOf(kind: FaultKind, { at, doing }: Strike): PointName {
  if (doing === "way back") return "back";
  const isEarly = at === "start" || at === "looking";
  return factsOf(kind).at === "engine" && isEarly ? "engine" : points[at];
}

export interface SimulatedStory {
  readonly story: Story;
  /** Simulated faults that nothing on the real engine is like. */
  readonly left: readonly SimulatedKind[];
}

/** At most so many faults of one story. */
const most = 12;

/**
 * The sequence of a simulated story on the real engine: each fault that struck there, in that order, at the same work and at the moment that comes nearest. A
 * work that nothing struck is done too, while somebody merges. What the merges change and what exactly is lost is drawn anew.
 */
export function likeIt(seed: number, { strikes, doings }: Pick<SimulationResult, "strikes" | "doings">): SimulatedStory {
  const next = randomOf(seed);
  const beatOf = (doing: Doing, fault: Pick<Fault, "kind" | "at"> & { readonly die?: number | undefined }): Beat => {
    const [one, two] = [next(), next()];
    const { kind, at, die = one } = fault;
    return {
      work: works[doing],
      changes: 1,
      seed: Math.floor(two * 2 ** 31),
      fault: { kind, at, nth: 1, afterMs: Math.round(one * 40), dice: [die, two, noAgent] },
    };
  };
  const struck = strikes.flatMap((strike): Beat[] => {
    const like = likes[strike.fault.kind];
    return like === undefined ? [] : [beatOf(strike.doing, { ...like, at: pointOf(like.kind, strike) })];
  });
  const beats = doings
    .filter((doing) => !struck.some(({ work }) => work === works[doing]))
    .reduce<readonly Beat[]>((all, doing) => {
      const later = new Set(doings.slice(doings.indexOf(doing) + 1).map((one) => works[one]));
      const at = all.findIndex(({ work }) => later.has(work));
      return all.toSpliced(at < 0 ? all.length : at, 0, beatOf(doing, { kind: "branch-moves", at: "lease" }));
    }, struck);
  const left = strikes.flatMap(({ fault: { kind } }) => (likes[kind] === undefined ? [kind] : []));
  return { story: { seed, stacks: 3, things: aboutData.has(seed) ? "data" : "plain", beats: beats.slice(0, most) }, left };
}

export const simulatedStory = async (seed: number): Promise<SimulatedStory> => likeIt(seed, await simulate(seed));
