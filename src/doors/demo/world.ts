import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { simpleGit } from "simple-git";
import { Problem } from "../../base/problem/index.ts";
import { runChild, type ChildResult, type Machine } from "../../base/process/index.ts";

/** The parts that the story plays on: a bare remote and a clone of it, both real, in a folder of their own. */
export interface World {
  /** Repository that trueup itself is in: where the estate is copied from. */
  readonly source: string;
  readonly folder: string;
  readonly remote: string;
  readonly clone: string;
  readonly engine: string;
  readonly machine: Machine;
  /** How whoever looks on ends it. */
  readonly interrupts?: { readonly signal: AbortSignal; readonly hardSignal: AbortSignal };
  /** What a job of CI would tell trueup besides. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Nothing of this machine's git configuration plays a part; Ann is a member of the platform team. */
const gitEnvironment = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "ann@acme.example",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "ann@acme.example",
};

/** Runs git in the clone as Ann; its standard output. */
export async function git(world: Pick<World, "clone" | "machine">, ...args: string[]): Promise<string> {
  const clone = simpleGit({
    baseDir: world.clone,
    timeout: { block: 60_000 },
    allowEnvironment: Object.keys(gitEnvironment),
    unsafe: { allowUnsafeConfigPaths: true },
  }).env({ PATH: world.machine.path, HOME: world.clone, ...gitEnvironment });
  return clone.raw(args).then(
    (text) => text.trimEnd(),
    (cause: Error) => {
      throw new Problem("INTERNAL", {
        what: `git ${args[0]} failed: ${cause.message.split("\n")[0]}`,
        on: world.clone,
        todo: "Delete .trueup/demo and run the demo again.",
        cause,
      });
    },
  );
}

/** Who looks on while trueup runs. */
export interface Onlooker {
  /** What it prints, as it comes. */
  readonly tell: (text: string) => void;
  readonly onPid?: (pid: number) => void;
}

/** Runs trueup as a person would, in the clone. */
export async function trueup(world: World, args: readonly string[], { tell, onPid }: Onlooker): Promise<ChildResult> {
  const { machine } = world;
  const env = {
    PATH: machine.path,
    HOME: machine.home,
    TRUEUP_ENGINE: world.engine,
    TRUEUP_ACTOR: "Ann",
    ...machine.variables(/^(XDG_CACHE_HOME|TMPDIR|TERM|NO_COLOR|FORCE_COLOR)$/),
    ...world.variables,
  };
  const take = (chunk: Buffer): void => tell(chunk.toString("utf8"));
  const main = join(import.meta.dirname, "../cli/main.ts");
  const result = await runChild([process.execPath, "--disable-warning=ExperimentalWarning", main, ...args], {
    cwd: world.clone,
    env,
    deadlineMs: 300_000,
    onStdout: take,
    onStderr: take,
    ...world.interrupts,
    ...(onPid === undefined ? {} : { onSession: onPid }),
  });
  if (world.interrupts?.signal.aborted !== true) return result;
  throw new Problem("CANCELLED", { what: "the demo was ended", on: world.clone, todo: "Play it again: what was played is removed then." });
}

async function trackedFiles(source: string, machine: Machine): Promise<string[]> {
  const result = await runChild(["git", "-C", source, "ls-files", "-z"], { cwd: "/", env: { PATH: machine.path, HOME: machine.home }, deadlineMs: 30_000 });
  return result.stdout.split("\0").filter((path) => path !== "");
}

export type Place = Pick<World, "source" | "engine" | "machine" | "interrupts">;

/** The world in a folder, whether anything is there or not. */
export function worldIn(folder: string, place: Place): World {
  return { ...place, folder, remote: join(folder, "remote.git"), clone: join(folder, "clone") };
}

/** A copy of a whole world, with everything that was done in it; what was in the copy's folder is removed. */
export async function copyWorld(world: World, folder: string): Promise<World> {
  const copy = worldIn(folder, world);
  await rm(folder, { recursive: true, force: true });
  await cp(world.folder, folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  await git(copy, "remote", "set-url", "origin", copy.remote);
  return copy;
}

/** The files of this repository in the clone, not committed yet, and its packages, which never are. */
export async function bringFiles(world: World): Promise<void> {
  const { source, machine } = world;
  for (const path of await trackedFiles(source, machine)) {
    await mkdir(dirname(join(world.clone, path)), { recursive: true });
    await cp(join(source, path), join(world.clone, path), { verbatimSymlinks: true });
  }
  await symlink(join(source, "node_modules"), join(world.clone, "node_modules"));
  await writeFile(join(world.clone, ".git/info/exclude"), "node_modules\n.trueup\n");
}

/** Builds the world anew: yesterday's is removed. The clone starts on `env/dev` with one commit that holds this repository's files. */
export async function makeWorld(world: World): Promise<World> {
  await rm(world.folder, { recursive: true, force: true });
  await mkdir(world.clone, { recursive: true });
  await git(world, "init", "--quiet", "--bare", "--initial-branch=main", world.remote);
  await git(world, "init", "--quiet", "--initial-branch=main");
  await git(world, "remote", "add", "origin", world.remote);
  await bringFiles(world);
  await git(world, "add", "--all");
  await git(world, "commit", "--quiet", "-m", "The estate of Acme: machines, clusters, apps and mesh");
  await git(world, "checkout", "--quiet", "-b", "env/dev");
  await git(world, "push", "--quiet", "origin", "main", "env/dev");
  return world;
}

/** Replaces one piece of text in a file of the clone. Throws when it is not there exactly once: an edit that misses is no edit. */
export async function edit(world: World, path: string, change: { readonly from: string; readonly to: string }): Promise<void> {
  const file = join(world.clone, path);
  const text = await readFile(file, "utf8");
  if (text.split(change.from).length !== 2) {
    throw new Problem("INTERNAL", {
      what: `the text to change is not there exactly once: ${change.from}`,
      on: path,
      todo: "The demo and the estate have grown apart: mend src/doors/demo/story.ts.",
    });
  }
  await writeFile(
    file,
    text.replace(change.from, () => change.to),
  );
}

/** Changes one value of a JSON file of the clone; formatting stays that of JSON.stringify with two spaces. */
export async function editJson(world: World, path: string, change: (value: Record<string, Record<string, unknown>>) => void): Promise<void> {
  const file = join(world.clone, path);
  const value = JSON.parse(await readFile(file, "utf8")) as Record<string, Record<string, unknown>>;
  change(value);
  await writeFile(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
