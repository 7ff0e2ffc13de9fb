import { randomOf } from "../../src/satellites/forge-standin/index.ts";
import type { Told } from "../journeys/estate.ts";
import { loseState, wipe } from "../journeys/wiped.ts";
import type { Violation } from "./check.ts";
import { anchor, isData, objectsOf, type Model } from "./estate-files.ts";
import { cloudLines, liveThings, nameOf, stackOf } from "./evidence.ts";
import { nextModel, poisoned, unfit } from "./changes.ts";
import { pick, type Beat, type WorkName } from "./story.ts";
import { land, landModel, type World } from "./world.ts";

/** What a runner is given to do before it is struck. */
interface Work {
  /** What somebody does so that there is something to do. Returns what it was. */
  prepare(world: World, beat: Beat): Promise<string>;
  /** The command line that does it; undefined: an apply, or an agent. */
  readonly by?: readonly string[];
  /** What it is to end with is looked for, and brought to an end, when its runner was struck: that one was to be refused, and may have said nothing. */
  after?(world: World, apply: () => Promise<Told>): Promise<readonly Violation[]>;
}

/** `HELD`, as docs/problems.md has it. */
const waitsForAPerson = 11;
const reason = ["--yes", "--reason", "somebody deleted it"] as const;

/** One thing is changed behind git's back, or deleted. */
function meddle(world: World, next: () => number): string {
  const things = liveThings(world).filter(({ urn }) => nameOf(urn) !== anchor);
  const victim = pick(next, things.length > 0 ? things : liveThings(world));
  const name = `${stackOf(victim.urn)} ${nameOf(victim.urn)}`;
  world.drifted = true;
  // What held data is not made again, and a person would have to say what becomes of it.
  if (isData(nameOf(victim.urn)) || next() < 0.5) {
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

const mostTries = 3;

/** A plain run says by name that data would be lost; then somebody brings it back into the branch. */
async function refusedForData(world: World, apply: () => Promise<Told>): Promise<readonly Violation[]> {
  const { unfit: what } = world;
  if (what === undefined) return [];
  const { stack, name, thing } = what;
  const saysSo = ({ exit, err }: Told): boolean => exit === waitsForAPerson && new RegExp(`what holds data would be lost: .*${name}`).test(err);
  let told = await apply();
  for (let tries = 1; tries < mostTries && told.exit !== 0 && !saysSo(told); tries++) told = await apply();
  delete world.unfit;
  await landModel(world, { ...world.model, [stack]: { ...world.model[stack], [name]: thing } });
  if (saysSo(told)) return [];
  return [{ harm: "destroyed", what: `a merge that takes away ${stack} ${name} was not refused: exit ${told.exit ?? "none"}, ${told.lines.at(0) ?? ""}` }];
}

const byEngines = (world: World): number => cloudLines(world).filter(({ actor }) => actor === "engine").length;

/** Nobody acted since it was frozen, and a plain run does not either; then the person who froze it thaws it. */
async function heldFrozen(world: World, apply: () => Promise<Told>): Promise<readonly Violation[]> {
  const { frozenAt: since } = world;
  if (since === undefined) return [];
  const told = await apply();
  const now = byEngines(world);
  delete world.frozenAt;
  await world.home.run(["thaw", "dev", "--reason", "the smoke is gone"]);
  const acted: readonly Violation[] =
    now === since ? [] : [{ harm: "untrue", what: `the cloud was asked ${now - since} times while the environment was frozen` }];
  const passed: readonly Violation[] = told.exit === 0 ? [{ harm: "untrue", what: "an apply of a frozen environment ended well" }] : [];
  return [...acted, ...passed];
}

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
  unfit: {
    prepare: async (world, beat) => {
      const found = unfit(world.model, beat.seed);
      if (found === undefined) return `somebody merges ${(await land(world, beat.seed, beat.changes)).slice(0, 7)}`;
      world.unfit = found;
      return `${await merged(world, found.model)}, which takes away ${found.stack} ${found.name}`;
    },
    after: refusedForData,
  },
  frozen: {
    prepare: async (world, { seed }) => {
      const { exit } = await world.home.run(["freeze", "dev", "--for", "6h", "--reason", "there is smoke"]);
      if (exit === 0) world.frozenAt = byEngines(world);
      // Of two changes the second may take back the first: then there is nothing to hold.
      return `a person freezes dev (exit ${exit ?? "none"}), somebody merges ${(await land(world, seed, 1)).slice(0, 7)}`;
    },
    after: heldFrozen,
  },
  lost: { prepare: (world, { seed }) => lose(world, randomOf(seed)), by: ["rebuild", "dev", ...reason] },
};

/** Whether the world is such that this work can be given: drift and losses are looked for where nothing else is open. */
export const wantsQuiet = (work: WorkName): boolean => works[work].by !== undefined || works[work].after !== undefined;

/** The command that a person types for what is open beside the branch, if anything is. */
export const openWork = (world: World): readonly string[] | undefined => (world.lost ? works.lost.by : world.drifted ? works.drift.by : undefined);
