import type { Fault } from "./faults.ts";
import type { Actor } from "./scheduler.ts";
import type { World } from "./world.ts";

/** What a run was about: a commit, the way back from one, a repair of drift, a rebuild. */
export type Doing = "commit" | "way back" | "drift" | "rebuild";
/** Where a run was: before it had the lease, looking only, or where its engine was; `applied`: none acts any more. */
export type Moment = "start" | "looking" | "engine" | "locked" | "asked" | "answered" | "applied";

/** A fault, and whom it struck at what. */
export interface Strike {
  readonly fault: Fault;
  readonly doing: Doing;
  readonly at: Moment;
}

const inEngine: Readonly<Record<string, Moment>> = {
  begin: "engine",
  locked: "locked",
  program: "locked",
  refresh: "locked",
  import: "locked",
  "cloud asked": "asked",
  "cloud refuses": "asked",
  "cloud hangs": "asked",
};

function momentOf(world: World, runner: Actor, struck: { readonly actor: Actor; readonly label: string }): Moment {
  const acting = world.engines.filter((run) => run.runner === runner);
  if (struck.actor !== runner) return acting.some(({ process }) => process === struck.actor) ? (inEngine[struck.label] ?? "answered") : "looking";
  if (acting.some(({ process }) => process.state !== "dead")) return "asked";
  if (acting.length > 0) return "applied";
  return world.holds(runner) ? "looking" : "start";
}

export function strikeOf(world: World, fault: Fault, struck: { readonly actor: Actor; readonly label: string }): Strike {
  const runner = world.begun.find(({ run }) => run.process === struck.actor)?.run.runner ?? struck.actor;
  return { fault, doing: world.doing(runner), at: momentOf(world, runner, struck) };
}

/** What the runs of a story were about, each once, in the order in which they acted. */
export function doingsOf(world: World): readonly Doing[] {
  const all = world.begun
    .filter(({ run }) => run.acts)
    .map((one): Doing => {
      if (one.rebuilds) return "rebuild";
      if (one.repairs !== undefined) return "drift";
      return one.isGoingBack ? "way back" : "commit";
    });
  return [...new Set(all)];
}
