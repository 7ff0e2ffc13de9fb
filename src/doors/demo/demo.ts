import { join } from "node:path";
import { asProblem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { judge, type Assertion } from "./assertions.ts";
import { badCommit, drift, fromNothing, pullRequest, theLog, type Mutation, type Stage } from "./story.ts";
import { makeWorld } from "./world.ts";

export interface DemoOptions {
  readonly machine: Machine;
  readonly engine: string;
  readonly mutation: Mutation | undefined;
  readonly color: boolean;
  readonly tell: (text: string) => void;
}

export interface DemoResult {
  readonly assertions: readonly Assertion[];
  readonly seconds: number;
  readonly folder: string;
}

const source = join(import.meta.dirname, "../../..");

/** Plays the story on real git, the real engine and the sandbox cloud, then reads everything back. */
export async function playDemo(options: DemoOptions): Promise<DemoResult> {
  const { tell } = options;
  const started = performance.now();
  const bold = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[0m` : text);
  tell(`${bold("trueup demo: the main job, on real git and the real Pulumi engine, with a sandbox cloud in place of an account")}\n`);
  const world = await makeWorld(source, options.engine, options.machine);
  const stage: Stage = { world, mutation: options.mutation, tell, title: (text) => tell(`\n${bold(`── ${text} ──`)}\n`) };
  await fromNothing(stage);
  await pullRequest(stage);
  await drift(stage);
  const before = await badCommit(stage);
  await theLog(stage);
  stage.title("Read back from git, the engine's own state export and the cloud's ledger");
  const assertions = await judge(world, before).catch((thrown: unknown): readonly Assertion[] => [
    { says: "the evidence can be read", holds: false, seen: asProblem(thrown, "demo").what },
  ]);
  for (const { says, holds, seen } of assertions) tell(`  ${holds ? "✔" : "✖"} ${says}  [${seen}]\n`);
  return { assertions, seconds: (performance.now() - started) / 1000, folder: world.clone };
}
