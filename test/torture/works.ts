import { randomOf } from "../../src/satellites/forge-standin/index.ts";
import { loseState, wipe } from "../journeys/wiped.ts";
import { anchor, objectsOf, type Model } from "./estate-files.ts";
import { liveThings, nameOf, stackOf } from "./evidence.ts";
import { nextModel, poisoned } from "./changes.ts";
import { pick, type Beat, type WorkName } from "./story.ts";
import { land, landModel, type World } from "./world.ts";

/** What a runner is given to do before it is struck. */
interface Work {
  /** What somebody does so that there is something to do. Returns what it was. */
  prepare(world: World, beat: Beat): Promise<string>;
  /** The command line that does it; undefined: an apply, or an agent. */
  readonly by?: readonly string[];
}

const reason = ["--yes", "--reason", "somebody deleted it"] as const;

/** One thing is changed behind git's back, or deleted. */
function meddle(world: World, next: () => number): string {
  const things = liveThings(world).filter(({ urn }) => nameOf(urn) !== anchor);
  const victim = pick(next, things.length > 0 ? things : liveThings(world));
  const name = `${stackOf(victim.urn)} ${nameOf(victim.urn)}`;
  world.drifted = true;
  if (next() < 0.5) {
    world.home.cloud.set(victim.id, "tags.revision", String(900 + Math.floor(next() * 90)));
    return `somebody changes ${name}`;
  }
  // What rests on it is made anew with it.
  for (const object of objectsOf(nameOf(victim.urn))) again(world, `${stackOf(victim.urn)} ${object}`);
  world.home.cloud.delete(victim.id);
  return `somebody deletes ${name}`;
}

/** A thing that is gone may be made once more. */
function again(world: World, thing: string): void {
  world.gone.set(thing, (world.gone.get(thing) ?? 0) + 1);
}

const losses = ["cloud", "one stack of the cloud", "state", "state and backups", "cloud and state"] as const;

async function lose(world: World, next: () => number): Promise<string> {
  const what = pick(next, losses);
  const one = pick(next, Object.keys(world.model));
  world.lost = true;
  if (what === "cloud" || what === "one stack of the cloud" || what === "cloud and state") {
    const isGone = (urn: string): boolean => what !== "one stack of the cloud" || stackOf(urn) === one;
    for (const { urn } of liveThings(world).filter((thing) => isGone(thing.urn))) again(world, `${stackOf(urn)} ${nameOf(urn)}`);
    wipe(world.home, isGone);
  }
  if (what !== "cloud" && what !== "one stack of the cloud") await loseState(world.home, { backups: what !== "state" });
  return `lost: ${what}`;
}

const merged = async (world: World, model: Model): Promise<string> => `somebody merges ${(await landModel(world, model)).slice(0, 7)}`;

export const works: Readonly<Record<WorkName, Work>> = {
  change: {
    prepare: async (world, { seed, changes }) => `somebody merges ${(await land(world, seed, changes)).slice(0, 7)}`,
  },
  broken: {
    prepare: (world, beat) => merged(world, poisoned(nextModel(world.model, world.kinds, beat), beat.seed)),
  },
  drift: {
    prepare: async (world, { seed }) => meddle(world, randomOf(seed)),
    by: ["drift", "dev", "--fix"],
  },
  lost: { prepare: (world, { seed }) => lose(world, randomOf(seed)), by: ["rebuild", "dev", ...reason] },
};

/** Whether the world is such that this work can be given: drift and losses are looked for where nothing else is open. */
export const wantsQuiet = (work: WorkName): boolean => works[work].by !== undefined;

/** The command that a person types for what is open beside the branch, if anything is. */
export const openWork = (world: World): readonly string[] | undefined => (world.lost ? works.lost.by : world.drifted ? works.drift.by : undefined);
