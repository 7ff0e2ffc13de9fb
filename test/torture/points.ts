import type { Phase } from "./kinds.ts";
import type { Sight } from "./watch.ts";

/** Moments of a run that can be seen from outside of it, in their order. */
const points = {
  start: () => true,
  lease: ({ moves }: Sight) => moves >= 1,
  previewing: ({ said }: Sight) => /\bpreviewing/.test(said),
  attempt: ({ moves }: Sight) => moves >= 2,
  applying: ({ said }: Sight) => /\bapplying/.test(said),
  engine: ({ acting }: Sight) => acting.length > 0,
  locked: ({ locks }: Sight) => locks > 0,
  begun: ({ begun }: Sight, nth: number) => begun >= nth,
  committed: ({ committed }: Sight, nth: number) => committed >= nth,
  applied: ({ said }: Sight) => /\b(applied|verified)/.test(said),
  pushing: ({ pushes }: Sight) => pushes >= 3,
  recorded: ({ moves }: Sight) => moves >= 3,
  back: ({ said }: Sight) => /\brolling back/.test(said),
} as const satisfies Readonly<Record<string, (sight: Sight, nth: number) => boolean>>;

export type PointName = keyof typeof points;

const inEngine: readonly PointName[] = ["engine", "locked", "begun", "committed", "begun", "committed"];
const acting: readonly PointName[] = ["attempt", "applying", ...inEngine, "applied"];
const phases: Readonly<Record<Phase, readonly PointName[]>> = {
  any: ["start", "lease", "previewing", ...acting, "begun", "committed", "pushing", "recorded"],
  acting,
  engine: inEngine,
  remote: ["start", "lease", "previewing", "attempt", "applying", "begun", "committed"],
  none: ["start"],
};

export const pointsOf = (phase: Phase): readonly PointName[] => phases[phase];
export const isAt = (point: PointName, sight: Sight, nth: number): boolean => points[point](sight, nth);
