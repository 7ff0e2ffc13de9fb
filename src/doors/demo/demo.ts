import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { asProblem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { judge, type Assertion } from "./assertions.ts";
import { killed } from "./death.ts";
import { badCommit, drift, fromNothing, pullRequest, theLog, type Mutation, type Stage } from "./story.ts";
import { takenBack } from "./taken-back.ts";
import { wiped } from "./wiped.ts";
import { copyWorld, makeWorld, worldIn, type World } from "./world.ts";

export interface DemoOptions {
  readonly machine: Machine;
  /** The first ends the act that is played, and the demo with it. */
  readonly interrupts: NonNullable<World["interrupts"]>;
  readonly engine: string;
  readonly mutation: Mutation | undefined;
  readonly color: boolean;
  readonly tell: (text: string) => void;
  /** Where the story is played; `.trueup/demo` of this repository when left out. What is there is removed. */
  readonly folder?: string;
  /** A folder that keeps the world as it is after the first three acts: played there once, copied from then on. */
  readonly opening?: string;
}

export interface DemoResult {
  readonly assertions: readonly Assertion[];
  readonly seconds: number;
  readonly folder: string;
}

const source = join(import.meta.dirname, "../../..");

type Told = (world: World) => Stage;

/** The world after the acts in which all goes well. */
async function opened(options: DemoOptions, stageOf: Told): Promise<World> {
  const { engine, machine, interrupts, opening } = options;
  const place = { source, engine, machine, interrupts };
  const folder = options.folder ?? join(source, ".trueup", "demo");
  if (opening !== undefined && existsSync(opening)) return copyWorld(worldIn(opening, place), folder);
  const world = await makeWorld(worldIn(folder, place));
  const stage = stageOf(world);
  await fromNothing(stage);
  await pullRequest(stage);
  if (opening === undefined) return world;
  // Under its own name only when it is whole: what was interrupted is no opening.
  await copyWorld(world, `${opening}.new`);
  await rename(`${opening}.new`, opening);
  return world;
}

/** A demo that is ended is no evidence. */
function unreadable(thrown: unknown): readonly Assertion[] {
  const problem = asProblem(thrown, "demo");
  if (problem.code === "CANCELLED") throw problem;
  return [{ says: "the evidence can be read", holds: false, seen: problem.what }];
}

/** Plays the story on real git, the real engine and the sandbox cloud, then reads everything back. */
export async function playDemo(options: DemoOptions): Promise<DemoResult> {
  const { tell } = options;
  const started = performance.now();
  const bold = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[0m` : text);
  tell(`${bold("trueup demo: the main job, on real git and the real Pulumi engine, with a sandbox cloud in place of an account")}\n`);
  const stageOf: Told = (world) => ({ world, mutation: options.mutation, tell, title: (text) => tell(`\n${bold(`── ${text} ──`)}\n`) });
  const world = await opened(options, stageOf);
  const stage = stageOf(world);
  await drift(stage);
  const death = await killed(stage);
  const bad = await badCommit(stage);
  const back = await takenBack(stage);
  await theLog(stage);
  // Read before the last act, which leaves nothing of it as it was.
  const until = await judge(world, { death, bad, back }).catch(unreadable);
  const assertions = [...until, ...(await wiped(stage).catch(unreadable))];
  stage.title("Read back from git, the engine's own state export and the cloud's ledger");
  for (const { says, holds, seen } of assertions) tell(`  ${holds ? "✔" : "✖"} ${says}  [${seen}]\n`);
  return { assertions, seconds: (performance.now() - started) / 1000, folder: world.clone };
}
