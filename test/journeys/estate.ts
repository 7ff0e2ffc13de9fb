import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/base/clock/index.ts";
import { runChild, thisMachine, type ChildResult, type Machine } from "../../src/base/process/index.ts";
import { openCloud, type Cloud } from "../../src/satellites/sandbox-cloud/index.ts";
import { applyEnvironment, type ApplyResult } from "../../src/workflows/apply/index.ts";
import { detectDrift, fixDrift, type Detection, type Repair } from "../../src/workflows/drift/index.ts";
import { openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import { previewEnvironment, previewReport, type Preview } from "../../src/workflows/preview/index.ts";
import { environmentStatus } from "../../src/workflows/status/index.ts";
import { estateFiles } from "./programs.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** How big a run of the tests is: `slice` keeps the whole suite short, `full` has everything. */
export const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";

async function newestEngine(): Promise<string | undefined> {
  const machine = thisMachine();
  const told = machine.variable("TRUEUP_ENGINE");
  if (told !== undefined) return told;
  const found: { path: string; at: number }[] = [];
  for (const cache of new Set([machine.cache, join(homedir(), ".cache", "trueup")])) {
    for (const name of await readdir(join(cache, "engine")).catch(() => [] as string[])) {
      const path = join(cache, "engine", name, "pulumi");
      if (existsSync(path)) found.push({ path, at: (await stat(path)).mtimeMs });
    }
  }
  return found.sort((a, b) => b.at - a.at)[0]?.path;
}

/** The engine that journeys run on; undefined, with the reason printed, where there is none. */
export const engine = await newestEngine();
if (engine === undefined) console.warn("journeys are skipped: no Pulumi engine (TRUEUP_ENGINE is not set and the cache holds none; run: npm run setup)");

const gitVariables = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "ann@acme.example",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "ann@acme.example",
};

/** New text of a file, or how to get it from the old one. A function that changes nothing fails: an edit that misses is no edit. */
export type Change = string | ((text: string) => string) | undefined;
type Values = Record<string, Record<string, unknown>>;

/** What a command printed and how it ended. */
export interface Told {
  readonly exit: number | undefined;
  readonly out: string;
  readonly err: string;
  /** The last three lines of standard error: the problem, where there is one. */
  readonly lines: readonly string[];
}

const told = ({ exitCode, stdout, stderr }: ChildResult): Told => ({ exit: exitCode, out: stdout, err: stderr, lines: stderr.trimEnd().split("\n").slice(-3) });

export interface RunOptions {
  /** Hears the pid of the process. */
  readonly onPid?: (pid: number) => void;
  readonly onErr?: (text: string) => void;
  readonly variables?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
  /** What the command line is started by: "unshare", …. */
  readonly by?: readonly string[];
}

/** A bare remote and a clone of it, on the sandbox cloud, in a folder of their own. Everything that reads, reads from outside of trueup. */
export class Home {
  readonly folder: string;
  readonly #machine: Machine;
  #estate: Promise<Estate> | undefined;

  constructor(folder: string) {
    this.folder = folder;
    const machine = thisMachine();
    this.#machine = { ...machine, variable: (name) => (name === "TRUEUP_ENGINE" ? engine : name === "TRUEUP_ACTOR" ? "ann" : machine.variable(name)) };
  }

  get remote(): string {
    return join(this.folder, "remote.git");
  }
  get clone(): string {
    return join(this.folder, "clone");
  }
  get cloud(): Cloud {
    return openCloud(join(this.clone, ".trueup/cloud"));
  }

  /** Runs git in the clone as Ann; its standard output. */
  async git(...args: string[]): Promise<string> {
    const result = await runChild(["git", ...args], {
      cwd: this.clone,
      env: { PATH: this.#machine.path, HOME: this.folder, ...gitVariables },
      deadlineMs: 60_000,
    });
    if (result.exitCode === 0) return result.stdout.trimEnd();
    throw new Error(`git ${args.join(" ")}: ${result.stderr}`);
  }

  async write(changes: Readonly<Record<string, Change>>): Promise<void> {
    for (const [path, change] of Object.entries(changes)) {
      const file = join(this.clone, path);
      const before = await readFile(file, "utf8").catch(() => "");
      const after = typeof change === "function" ? change(before) : change;
      if (after === before) throw new Error(`${path}: nothing was changed`);
      await mkdir(dirname(file), { recursive: true });
      if (after === undefined) await rm(file);
      else await writeFile(file, after);
    }
  }

  /** A branch off the environment's with one commit; pushed. Returns the commit. */
  async commit(branch: string, changes: Readonly<Record<string, Change>>): Promise<string> {
    await this.git("checkout", "--quiet", "-B", branch, "env/dev");
    await this.write(changes);
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "-m", branch);
    await this.git("push", "--quiet", "--force", "origin", branch);
    return this.git("rev-parse", "HEAD");
  }

  /** Merges a branch into the environment's and pushes that, as a forge does. Returns the merge. */
  async merge(branch: string): Promise<string> {
    await this.git("checkout", "--quiet", "env/dev");
    await this.git("merge", "--quiet", "--no-ff", "-m", `Merge ${branch}`, branch);
    await this.git("push", "--quiet", "origin", "env/dev");
    return this.git("rev-parse", "HEAD");
  }

  /** commit and merge in one. */
  async land(branch: string, changes: Readonly<Record<string, Change>>): Promise<string> {
    await this.commit(branch, changes);
    return this.merge(branch);
  }

  /** The clone opened by trueup, in this process; closed with the home. */
  open(): Promise<Estate> {
    this.#estate ??= openEstate({ directory: this.clone, machine: this.#machine, clock: systemClock });
    return this.#estate;
  }

  async apply(more: { readonly all?: boolean } = {}): Promise<ApplyResult> {
    return applyEnvironment(await this.open(), { environment: "dev", all: more.all === true });
  }
  async preview(ref: string): Promise<Preview> {
    return previewEnvironment(await this.open(), { environment: "dev", ref, all: false });
  }
  /** A preview in the words of the comment. */
  async report(ref: string): Promise<ReturnType<typeof previewReport>> {
    return previewReport(await this.preview(ref), new Date());
  }
  /** Of one stack, or of all. */
  async drift(stack?: string): Promise<Detection> {
    return detectDrift(await this.open(), { environment: "dev", ...(stack === undefined ? {} : { stack }) });
  }
  async fix(): Promise<Repair> {
    return fixDrift(await this.open(), { environment: "dev" });
  }
  async status(): Promise<Awaited<ReturnType<typeof environmentStatus>>> {
    return environmentStatus(await this.open(), "dev");
  }

  /** The command line, as a person runs it. */
  async run(args: readonly string[], more: RunOptions = {}): Promise<Told> {
    const { path, home } = this.#machine;
    const env = {
      PATH: path,
      HOME: home,
      TRUEUP_ENGINE: engine ?? "",
      TRUEUP_ACTOR: "ann",
      LC_ALL: "C.UTF-8",
      ...this.#machine.variables(/^(XDG_CACHE_HOME|TMPDIR)$/),
      ...more.variables,
    };
    const words = [process.execPath, "--disable-warning=ExperimentalWarning", join(repository, "src/doors/cli/main.ts"), ...args] as const;
    const argv: [string, ...string[]] = [...(more.by ?? []), ...words] as [string, ...string[]];
    const onStderr = (chunk: Buffer): void => more.onErr?.(chunk.toString("utf8"));
    return told(
      await runChild(argv, {
        cwd: this.clone,
        env,
        deadlineMs: more.deadlineMs ?? 100_000,
        outputCap: 4 * 1024 * 1024,
        onStderr,
        ...(more.onPid === undefined ? {} : { onSession: more.onPid }),
      }),
    );
  }

  /** Shell words in the clone, as a person gives them. */
  async shell(words: string, deadlineMs = 60_000): Promise<Told> {
    const env = { PATH: this.#machine.path, HOME: this.folder, LC_ALL: "C.UTF-8" };
    return told(await runChild(["sh", "-c", words], { cwd: this.clone, env, deadlineMs }));
  }

  /** The journals of engine sessions that runners of this clone keep, one JSON line each. */
  async sessions(): Promise<string> {
    const folder = join(this.clone, ".trueup/ledger");
    const names = (await readdir(folder).catch(() => [] as string[])).filter((name) => name.startsWith("dev.sessions-"));
    return (await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
  }

  /** A copy of this home in a folder of its own: what one journey does to it, the next does not see. Close this one first. */
  async copy(): Promise<Home> {
    await this.close();
    const twin = new Home(await mkdtemp(join(tmpdir(), "trueup-journey-")));
    await cp(this.folder, twin.folder, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    await twin.git("remote", "set-url", "origin", twin.remote);
    return twin;
  }

  async close(): Promise<void> {
    const estate = await this.#estate;
    this.#estate = undefined;
    await estate?.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A new estate, nothing of it applied yet. `files` are put over the usual ones. `remote`: a bare repository that somebody else serves. */
export async function newHome(files: Readonly<Record<string, Change>> = {}, remote?: string): Promise<Home> {
  const home = new Home(await mkdtemp(join(tmpdir(), "trueup-journey-")));
  await mkdir(home.clone, { recursive: true });
  if (remote === undefined) await home.git("init", "--quiet", "--bare", "--initial-branch=main", home.remote);
  else await symlink(remote, home.remote);
  await home.git("init", "--quiet", "--initial-branch=main");
  await writeFile(join(home.clone, ".git/info/exclude"), "node_modules\n.trueup\n");
  await symlink(join(repository, "node_modules"), join(home.clone, "node_modules"));
  await home.write(estateFiles);
  await home.write(files);
  await home.git("add", "--all");
  await home.git("commit", "--quiet", "-m", "A small estate");
  await home.git("remote", "add", "origin", home.remote);
  await home.git("checkout", "--quiet", "-b", "env/dev");
  await home.git("push", "--quiet", "--force", "origin", "main", "env/dev");
  return home;
}

/** Changes one thing of values.json. */
export function values(change: (values: Values) => void): Readonly<Record<string, Change>> {
  return {
    "environments/dev/values.json": (text) => {
      const all = JSON.parse(text) as Values;
      change(all);
      return `${JSON.stringify(all, undefined, 2)}\n`;
    },
  };
}

/** Sets values of one stack. */
export const set = (stack: string, given: Record<string, unknown>): Readonly<Record<string, Change>> =>
  values((all) => Object.assign((all[stack] ??= {}), given));

/** Replaces a piece of environment.ts that is there exactly once. */
export function declared(from: string, to: string): Readonly<Record<string, Change>> {
  return {
    "environments/dev/environment.ts": (text) => {
      if (text.split(from).length !== 2) throw new Error(`environment.ts does not hold exactly one ${from}`);
      return text.replace(from, () => to);
    },
  };
}
