import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newHome, type Home } from "../journeys/estate.ts";
import { record } from "../journeys/evidence.ts";
import { nextModel } from "./changes.ts";
import { files, firstModel, thingKinds, valuesFile, valuesOf, type Model, type Thing, type Things } from "./estate-files.ts";

export interface World {
  readonly home: Home;
  readonly tmp: string;
  readonly stacks: number;
  /** What a thing that is made may be called. */
  readonly kinds: readonly string[];
  /** What the head of the branch says. */
  model: Model;
  /** Of every commit of the branch what it says. */
  readonly said: Map<string, Model>;
  /** Things that somebody deleted behind git's back, "stack name": how often. */
  readonly gone: Map<string, number>;
  /** Somebody changed what is live, or lost it, and it was not put right since. */
  drifted: boolean;
  lost: boolean;
  /** Data that the branch does not ask for as it is, until somebody brings it back. */
  unfit?: { readonly stack: string; readonly name: string; readonly thing: Thing };
  /** How often engines had asked the cloud for something when a person froze the environment. */
  frozenAt?: number;
}

export const refFile = ({ home }: World): string => join(home.remote, "refs/heads/trueup/dev");
export const pushesFile = ({ home }: World): string => join(home.remote, "pushes");
export const cloudFile = ({ home }: World): string => join(home.clone, ".trueup/cloud/ledger.jsonl");
export const ledgerFolder = ({ home }: World): string => join(home.clone, ".trueup/ledger");
export const stateFolder = ({ home }: { readonly home: Pick<Home, "clone"> }): string => join(home.clone, ".trueup/state");

/** Names of the engine's locks on the stacks. */
export function locksIn(world: World): readonly string[] {
  const folder = join(stateFolder(world), ".pulumi/locks");
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(".json"));
}

/** The remote's door: counts what is pushed to the ledger, and does what it is told to by files beside it. */
const door = (remote: string): string => `#!/bin/sh
while read -r old new ref; do
  case "$ref" in
    refs/heads/trueup/*)
      printf . >> '${remote}/pushes'
      i=0
      while [ -e '${remote}/hang' ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done
      if [ -e '${remote}/refuse' ]; then echo 'the remote takes nothing now' >&2; exit 1; fi ;;
  esac
done
exit 0
`;

async function putDoor(home: Home): Promise<void> {
  const hook = join(home.remote, "hooks/pre-receive");
  await mkdir(join(home.remote, "hooks"), { recursive: true });
  await writeFile(hook, door(home.remote));
  await chmod(hook, 0o755);
}

const untouched = (): Pick<World, "gone" | "drifted" | "lost"> => ({ gone: new Map(), drifted: false, lost: false });

const prepared = new Map<string, Promise<World>>();

async function prepare(stacks: number, things: Things): Promise<World> {
  const home = await newHome(files(stacks, things));
  const first = await home.run(["apply", "dev"]);
  if (first.exit !== 0) throw new Error(`the estate cannot be brought up: ${first.err}`);
  const model = firstModel(stacks, things);
  const head = await home.git("rev-parse", "env/dev");
  return { home, tmp: "", stacks, kinds: [], model, said: new Map([[head, model]]), ...untouched() };
}

/** A world that is up and good, with so many stacks: a copy of one that was made once. */
export async function newWorld(stacks: number, things: Things = "plain"): Promise<World> {
  const first = things === "data" ? "data" : "plain";
  const ready = prepared.get(`${stacks} ${first}`) ?? prepare(stacks, first);
  prepared.set(`${stacks} ${first}`, ready);
  const { home: from, model, said } = await ready;
  const home = await from.copy();
  await putDoor(home);
  const tmp = join(home.folder, "tmp");
  await mkdir(tmp);
  return { home, tmp, stacks, kinds: thingKinds[things], model, said: new Map(said), ...untouched() };
}

export async function removePrepared(): Promise<void> {
  const all = [...prepared.values()];
  prepared.clear();
  for (const one of all) await (await one.catch(() => undefined))?.home.remove();
}

/** One merge with drawn changes. */
export const land = (world: World, seed: number, changes: number): Promise<string> => landModel(world, nextModel(world.model, world.kinds, { seed, changes }));

/** One merge, as a forge makes it. */
export async function landModel(world: World, model: Model): Promise<string> {
  const { home } = world;
  await home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
  await writeFile(join(home.clone, valuesFile), valuesOf(model));
  await home.git("commit", "--quiet", "--allow-empty", "--all", "-m", "A change");
  const head = await home.git("rev-parse", "HEAD");
  // Known before it is seen: a runner may take it up at once.
  world.said.set(head, model);
  world.model = model;
  await home.git("push", "--quiet", "origin", "env/dev");
  return head;
}

export const headOf = async (world: World): Promise<string> => (await readFile(join(world.home.remote, "refs/heads/env/dev"), "utf8")).trim();

/** Whether the ledger says that nothing is left to be done. */
export async function isDone(world: World): Promise<boolean> {
  const { lease, stacks } = await record(world.home);
  const wanted = world.said.get(await headOf(world));
  const isGood = Object.values(stacks).every(({ result }) => result === "good");
  return lease === null && isGood && Object.entries(wanted ?? {}).every(([name, things]) => sameAs(things, world.said.get(stacks[name]?.commit ?? "")?.[name]));
}

const sameAs = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
