import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { openCloud } from "../../src/satellites/sandbox-cloud/index.ts";
import { openBacking } from "../../src/satellites/sandbox-cloud/server/backing.ts";
import { listen } from "../../src/satellites/sandbox-cloud/server/listen.ts";
import type { JsonObject } from "../../src/satellites/sandbox-cloud/wire/json.ts";
import { Connection, modules } from "../sandbox-cloud/client.ts";
import type { Ended } from "./refusal.ts";
import { trueup, type World } from "./world.ts";

interface StateFile {
  readonly deployment: {
    resources: readonly Recorded[];
    pending_operations?: readonly { readonly type: string; readonly resource: Recorded }[];
  };
}

interface Recorded {
  readonly urn: string;
  readonly id?: string;
  readonly outputs?: unknown;
}

/** Which of the ways that a refusal tells had to be taken: the object of the operation does not exist, or it does. */
export type Advised = "absent" | "exists";

/** The pulumi commands in what a refusal says to do, as they are printed. */
function commandsIn(todo: string): readonly string[] {
  return [...todo.matchAll(/pulumi (?:cancel|refresh|stack export|stack import) .*?(?=[.,:] )/g)].map(([command]) => command);
}

async function shell(world: World, commands: readonly string[]): Promise<void> {
  const words = await trueup(world, ["env", "shell", "dev"]);
  const machine = thisMachine();
  const result = await runChild(["/bin/sh", "-c", `set -e\n${words.stdout}\n${commands.join("\n")}`], {
    cwd: world.clone,
    env: { PATH: machine.path, HOME: machine.home, TMPDIR: world.tmp },
    deadlineMs: 90_000,
  });
  if (result.exitCode !== 0) throw new Error(`${commands.join("; ")} ended with ${result.exitCode}: ${result.stdout}${result.stderr}`);
}

/** The state with what the cloud has of each pending operation among its resources; undefined when the cloud has nothing of them. */
function completed(world: World, state: StateFile, todo: string): StateFile | undefined {
  const { resources, pending_operations: pending = [], ...rest } = state.deployment;
  const known = new Set(resources.map(({ id }) => id));
  const live = openCloud(join(world.clone, ".trueup/cloud")).list();
  const found = pending.flatMap(({ resource }) => {
    const object = live.find(({ createdBy, id }) => createdBy === resource.urn && !known.has(id));
    return object === undefined ? [] : [{ ...resource, id: object.id, outputs: object.properties }];
  });
  // Only what is told is done: whoever is not told that a replaced resource must be marked does not mark it.
  const replaced = new Set(todo.includes('"delete": true') ? found.map(({ urn }) => urn) : []);
  const kept = resources.map((one) => (replaced.has(one.urn) ? { ...one, delete: true } : one));
  return found.length === 0 ? undefined : { ...state, deployment: { ...rest, resources: [...kept, ...found] } };
}

/**
 * Does what a refusal because of pending operations says, by its own commands, as a person would who looks in the cloud first.
 * Answers which of its ways was taken.
 */
export async function followAdvice(world: World, refused: Ended, isLocked: boolean): Promise<Advised> {
  const todo = refused.lines.at(-1) ?? "";
  const commands = commandsIn(todo);
  const only = (words: string): string => {
    const fitting = commands.filter((command) => command.startsWith(`pulumi ${words} `));
    if (fitting.length === 1) return fitting[0] ?? "";
    throw new Error(`the refusal names ${fitting.length} commands "pulumi ${words}": ${todo}`);
  };
  if (isLocked) await shell(world, [only("cancel")]);
  const exported = only("stack export");
  await shell(world, [exported]);
  const file = join(world.clone, / -C (\S+)/.exec(exported)?.[1] ?? "", "state.json");
  const whole = completed(world, JSON.parse(await readFile(file, "utf8")) as StateFile, todo);
  if (whole !== undefined) await writeFile(file, JSON.stringify(whole));
  await shell(world, [whole === undefined ? only("refresh") : only("stack import")]);
  await rm(file);
  return whole === undefined ? "absent" : "exists";
}

/** What a cloud does that was asked before the engine died: the object of an operation that is still pending is made after all. */
export async function comesToBe(world: World, stack: string, urn: string): Promise<void> {
  const file = join(world.clone, `.trueup/state/.pulumi/stacks/small-estate/dev.${stack}.json`);
  const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as {
    readonly checkpoint: {
      readonly latest: { readonly pending_operations?: readonly { readonly resource: { readonly urn: string; readonly inputs: JsonObject } }[] };
    };
  };
  const pending = checkpoint.latest.pending_operations?.find(({ resource }) => resource.urn === urn);
  if (pending === undefined) throw new Error(`nothing is pending for ${urn}`);
  const server = await listen({ backing: openBacking({ store: join(world.clone, ".trueup/cloud"), sdk: modules, cache: undefined }) });
  const connection = new Connection(server.port);
  await connection.configure("random");
  await connection.create(urn, pending.resource.inputs);
  connection.close();
  await server.close();
}
