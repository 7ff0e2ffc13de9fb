import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runChild, type ChildResult } from "../../src/base/process/index.ts";
import { estateFiles } from "./estate-files.ts";

const repository = join(import.meta.dirname, "../..");
const main = join(repository, "src/doors/cli/main.ts");

/** The engine of this machine: TRUEUP_ENGINE, else the newest in the user's cache. undefined: tests are skipped. */
function engineHere(): string | undefined {
  const given = process.env["TRUEUP_ENGINE"];
  if (given !== undefined) return given;
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "trueup/engine");
  try {
    const newest = readdirSync(cache)
      .filter((name) => name.startsWith("v"))
      .sort()
      .at(-1);
    return newest === undefined ? undefined : join(cache, newest, "pulumi");
  } catch {
    return undefined;
  }
}

export const engine = engineHere();

/** A bare remote, a clone of it, and nothing else: everything is below `folder`. */
export interface World {
  readonly folder: string;
  readonly remote: string;
  readonly clone: string;
  readonly tmp: string;
}

const gitEnvironment = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "ann@acme.example",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "ann@acme.example",
};

/** git in the clone, as Ann. Throws what git says when it fails. */
export async function git(world: World, ...args: string[]): Promise<string> {
  const result = await runChild(["git", ...args], { cwd: world.clone, env: { ...gitEnvironment, HOME: world.tmp }, deadlineMs: 30_000 });
  if (result.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr}`);
  return result.stdout.trimEnd();
}

export type Files = Readonly<Record<string, string | null>>;

async function writeFiles(world: World, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(world.clone, path);
    if (text === null) await rm(file, { recursive: true });
    else {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
}

/** Commits files on env/dev and pushes it: what a merge does. */
export async function merge(world: World, files: Files, message = "A change"): Promise<void> {
  await writeFiles(world, files);
  await git(world, "add", "--all");
  await git(world, "commit", "--quiet", "--allow-empty", "-m", message);
  await git(world, "push", "--quiet", "origin", "HEAD:refs/heads/env/dev");
}

function placeIn(folder: string): World {
  return { folder, remote: join(folder, "remote.git"), clone: join(folder, "clone"), tmp: join(folder, "tmp") };
}

/** A new estate with one commit, on `main` and `env/dev` of its remote. Nothing is applied. */
async function makeWorld(): Promise<World> {
  const world = placeIn(await mkdtemp(join(tmpdir(), "trueup-bad-")));
  await mkdir(world.clone);
  await mkdir(world.tmp);
  await git(world, "init", "--quiet", "--bare", "--initial-branch=main", world.remote);
  await git(world, "init", "--quiet", "--initial-branch=main");
  await symlink(join(repository, "node_modules"), join(world.clone, "node_modules"));
  await writeFile(join(world.clone, ".git/info/exclude"), "node_modules\n.trueup\n");
  await git(world, "remote", "add", "origin", world.remote);
  await writeFiles(world, estateFiles);
  await git(world, "add", "--all");
  await git(world, "commit", "--quiet", "-m", "A small estate");
  await git(world, "push", "--quiet", "origin", "HEAD:refs/heads/main", "HEAD:refs/heads/env/dev");
  return world;
}

/** A world whose dev was applied once. */
export async function makeAppliedWorld(): Promise<World> {
  const world = await makeWorld();
  const ended = await trueup(world, ["apply", "dev"]);
  if (ended.exitCode !== 0) throw new Error(ended.stderr);
  return world;
}

/** The same world in another folder: what one test breaks, the next does not see. */
export async function copyWorld(from: World): Promise<World> {
  const world = placeIn(await mkdtemp(join(tmpdir(), "trueup-bad-")));
  await cp(from.folder, world.folder, { recursive: true, verbatimSymlinks: true });
  await git(world, "remote", "set-url", "origin", world.remote);
  return world;
}

export async function removeWorld(world: World): Promise<void> {
  await rm(world.folder, { recursive: true, force: true, maxRetries: 3 });
}

export interface Running {
  readonly ended: Promise<ChildResult & { readonly lines: readonly string[] }>;
  readonly pid: number;
  interrupt(): void;
  /** Resolves when standard error matches, or when the command ended. */
  says(words: RegExp): Promise<void>;
}

export interface Call {
  readonly cwd?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** Starts trueup as a person would. Its own group, not its own session's leader alone, so that a signal reaches it and not its engine. */
export function start(world: World, args: readonly string[], call: Call = {}): Running {
  const env = {
    PATH: gitEnvironment.PATH,
    HOME: process.env["HOME"] ?? homedir(),
    TMPDIR: world.tmp,
    TRUEUP_ENGINE: engine ?? "",
    TRUEUP_ACTOR: "ann",
    ...(process.env["XDG_CACHE_HOME"] === undefined ? {} : { XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] }),
    ...call.variables,
  };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    cwd: call.cwd ?? world.clone,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const started = performance.now();
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
    for (const wake of waiting) wake();
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), call.deadlineMs ?? 110_000);
  const ended = new Promise<ChildResult & { lines: string[] }>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      for (const wake of waiting) wake();
      const lines = stderr.split("\n").filter((line) => line !== "");
      resolve({
        exitCode: code ?? undefined,
        signal: signal ?? undefined,
        stdout,
        stderr,
        lines,
        dropped: 0,
        endedBy: "itself",
        durationMs: performance.now() - started,
      });
    });
  });
  const says = (words: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!words.test(stderr) && child.exitCode === null && child.signalCode === null) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { ended, pid: child.pid ?? 0, interrupt: () => void child.kill("SIGINT"), says };
}

export function trueup(world: World, args: readonly string[], call: Call = {}): Running["ended"] {
  return start(world, args, call).ended;
}

/** Every file below a folder with its content, as one digest; "" when there is no such folder. */
async function digestBelow(folder: string, isWanted: (name: string) => boolean): Promise<string> {
  const names = (await readdir(folder, { recursive: true }).catch(() => [])).filter(isWanted).sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(await readFile(join(folder, name)).catch(() => ""));
  return names.length === 0 ? "" : hash.digest("hex");
}

async function cloudCommits(world: World): Promise<readonly string[]> {
  const folder = join(world.clone, ".trueup/cloud");
  const names = (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.endsWith("ledger.jsonl")).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.flatMap((text) => text.split("\n")).filter((line) => line.includes('"phase":"commit"'));
}

/** Every fact that a refusal must leave as it was, read from git, the backend's files and the cloud's ledger: not from trueup. */
export interface Facts {
  /** Branches of the remote but the ledger. */
  readonly refs: string;
  readonly states: string;
  readonly locks: number;
  readonly cloud: readonly string[];
  /** Commits of the ledger, newest first, and its record. */
  readonly ledger: readonly string[];
  readonly record: LedgerRecord | undefined;
  /** Files that a push left half done. */
  readonly workTree: string;
}

export interface LedgerRecord {
  readonly sequence: number;
  readonly lease: { readonly run: string; readonly who: string } | null;
  readonly stacks: Readonly<Record<string, { readonly result: string; readonly commit: string | null }>>;
}

export async function facts(world: World): Promise<Facts> {
  const all = (await git(world, "--git-dir", world.remote, "for-each-ref", "--format=%(refname) %(objectname)")).split("\n").filter((line) => line !== "");
  const ledgerHead = all.find((line) => line.startsWith("refs/heads/trueup/dev "))?.split(" ")[1];
  const ledger = ledgerHead === undefined ? [] : (await git(world, "--git-dir", world.remote, "log", "--format=%s", ledgerHead)).split("\n");
  const record =
    ledgerHead === undefined
      ? undefined
      : await git(world, "--git-dir", world.remote, "show", `${ledgerHead}:environment.json`).then(
          (text) => JSON.parse(text) as LedgerRecord,
          () => undefined,
        );
  const pulumi = join(world.clone, ".trueup/state/.pulumi");
  return {
    refs: all.filter((line) => !line.startsWith("refs/heads/trueup/")).join("\n"),
    states: await digestBelow(join(pulumi, "stacks"), (name) => name.endsWith(".json")),
    locks: (await readdir(join(pulumi, "locks"), { recursive: true }).catch(() => [])).filter((name) => name.endsWith(".json")).length,
    cloud: await cloudCommits(world),
    ledger,
    record,
    workTree: await git(world, "status", "--porcelain"),
  };
}

/** Command lines of processes that have this world's folder in their environment, their arguments or as their folder. */
export async function processesOf(world: World): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const [environment, args, cwd, stat] = await Promise.all([
      readFile(`/proc/${pid}/environ`, "utf8").catch(() => ""),
      readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""),
      readlink(`/proc/${pid}/cwd`).catch(() => ""),
      readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""),
    ]);
    const isZombie = / Z /.test(stat.slice(stat.lastIndexOf(")")));
    if (!isZombie && [environment, args, cwd].some((text) => text.includes(world.folder))) found.push(`${pid} ${args.replaceAll("\0", " ").slice(0, 160)}`);
  }
  return found;
}
