import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { writeLaunchers } from "../../src/satellites/program-host/index.ts";
import { estateFiles, plainFiles } from "./program.ts";

const repository = join(import.meta.dirname, "../..");
const machine = thisMachine();

/** What is measured: an estate of one stack with its remote, and the same program as a plain one, all in one folder that goes away. */
export interface BenchEstate {
  readonly root: string;
  readonly clone: string;
  readonly plain: string;
  readonly engine: string;
  /** Compiled programs; also where plain pulumi's launchers keep theirs. */
  readonly cache: string;
  /** Environment of `trueup` in the clone. */
  readonly ours: Readonly<Record<string, string>>;
  /** Environment of plain `pulumi` in the clone: same state, same cloud, our launchers for language host and providers. */
  readonly theirs: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** node_modules as an install would leave it: this repository's packages, and trueup as one of them. */
async function installModules(folder: string): Promise<void> {
  const source = join(repository, "node_modules");
  await mkdir(join(folder, "node_modules"));
  for (const name of await readdir(source)) await symlink(join(source, name), join(folder, "node_modules", name));
  await symlink(repository, join(folder, "node_modules", "trueup"));
}

async function git(clone: string, ...args: string[]): Promise<void> {
  const env = {
    PATH: machine.path,
    HOME: clone,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Bench",
    GIT_AUTHOR_EMAIL: "bench@localhost",
    GIT_COMMITTER_NAME: "Bench",
    GIT_COMMITTER_EMAIL: "bench@localhost",
  };
  const result = await runChild(["git", ...args], { cwd: clone, env, deadlineMs: 60_000 });
  if (result.exitCode !== 0) throw new Error(`git ${args[0]} failed: ${result.stderr}`);
}

/** The engine that `npm run bench` found. */
export function givenEngine(): string {
  const engine = machine.variable("TRUEUP_ENGINE");
  if (engine === undefined) throw new Error("TRUEUP_ENGINE names no pulumi: start this by npm run bench");
  return engine;
}

export async function makeEstate(): Promise<BenchEstate> {
  const root = await mkdtemp(join(tmpdir(), "trueup-bench-"));
  const [clone, plain, cache, home] = [join(root, "clone"), join(root, "plain"), join(root, "cache"), join(root, "home")];
  for (const folder of [clone, plain, home]) await mkdir(folder);
  await write(clone, estateFiles);
  await write(plain, plainFiles);
  await symlink("dev/everything.yaml", join(clone, "environments/Pulumi.dev.everything.yaml"));
  await writeFile(join(clone, ".gitignore"), "node_modules\n.trueup\n");
  await installModules(clone);
  await symlink(join(repository, "node_modules"), join(plain, "node_modules"));
  await git(clone, "init", "--quiet", "--bare", "--initial-branch=main", join(root, "remote.git"));
  await git(clone, "init", "--quiet", "--initial-branch=env/dev");
  await git(clone, "add", "--all");
  await git(clone, "commit", "--quiet", "-m", "One stack of 31 resources");
  await git(clone, "remote", "add", "origin", join(root, "remote.git"));
  await git(clone, "push", "--quiet", "origin", "env/dev");
  const engine = givenEngine();
  const work = join(clone, ".trueup");
  const bin = join(root, "bin");
  writeLaunchers(bin, {
    node: process.execPath,
    cache: join(cache, "trueup/programs"),
    sandbox: { store: join(work, "cloud"), sdk: join(repository, "node_modules") },
  });
  const ours = { PATH: machine.path, HOME: home, XDG_CACHE_HOME: cache, TMPDIR: root, TRUEUP_ENGINE: engine, TRUEUP_ACTOR: "bench", NO_COLOR: "1" };
  const theirs = {
    PATH: `${bin}:${dirname(process.execPath)}:${machine.path}`,
    HOME: home,
    TMPDIR: root,
    PULUMI_HOME: join(root, "pulumi"),
    PULUMI_BACKEND_URL: `file://${join(work, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "sandbox",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
  };
  return { root, clone, plain, engine, cache: join(cache, "trueup"), ours, theirs, remove: () => rm(root, { recursive: true, force: true }) };
}
