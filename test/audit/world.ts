import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../../src/base/clock/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { ledgerOf, openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import {
  openLedger,
  thisOwner,
  type Entry,
  type EnvironmentRecord,
  type Ledger,
  type ProofOfLife,
  type RunRecord,
  type StackRecord,
} from "../../src/workflows/ledger/index.ts";
import { typed } from "../cli/typed.ts";

const people = { GIT_AUTHOR_NAME: "Ann", GIT_AUTHOR_EMAIL: "ann@acme.example", GIT_COMMITTER_NAME: "Ann", GIT_COMMITTER_EMAIL: "ann@acme.example" };
const plain = { PATH: thisMachine().path, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C", ...people };

export interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A remote and a clone of it in a folder of their own. */
export interface World {
  readonly folder: string;
  readonly clone: string;
  /** Plain git in the remote, as whoever may push does what he likes. Its output, trimmed. */
  git(args: readonly string[], call?: { readonly input?: string; readonly variables?: Readonly<Record<string, string>> }): string;
  /** The whole command line, in this process. */
  trueup(...args: string[]): Promise<Said>;
  /** The clone opened as a runner does; closed when `work` is done. */
  open<Result>(work: (estate: Estate, ledger: Ledger) => Promise<Result>, variables?: Readonly<Record<string, string>>): Promise<Result>;
  /** The same remote and clone once more, to be spoilt. */
  copy(): World;
  remove(): void;
}

const environment = `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({ branch: "env/dev", cloud: "sandbox", stacks: { shop: stack("stacks/shop", { layer: "apps" }) } });
`;

function at(folder: string): World {
  const [clone, remote] = [join(folder, "clone"), join(folder, "remote.git")];
  const git: World["git"] = (args, { input, variables = {} } = {}) =>
    execFileSync("git", args, { cwd: remote, env: { ...plain, ...variables }, encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] }).trim();
  return {
    folder,
    clone,
    git,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    copy() {
      const other = mkdtempSync(join(tmpdir(), "trueup-audit-"));
      cpSync(folder, other, { recursive: true });
      execFileSync("git", ["remote", "set-url", "origin", join(other, "remote.git")], { cwd: join(other, "clone"), env: plain });
      return at(other);
    },
    async open(work, variables = {}) {
      const machine = thisMachine();
      const own = { ...machine, variable: (name: string) => variables[name] ?? (name === "TRUEUP_ACTOR" ? "ann" : machine.variable(name)) };
      const estate = await openEstate({ directory: clone, machine: own, clock: systemClock });
      try {
        await estate.repository.fetch();
        return await work(estate, await ledgerOf(estate, "dev"));
      } finally {
        await estate.close();
      }
    },
    trueup: (...args) => typed(clone, args),
  };
}

/** `config`: trueup.config.ts, where there is one. */
export function makeWorld(config?: string): World {
  const folder = mkdtempSync(join(tmpdir(), "trueup-audit-"));
  const world = at(folder);
  const inClone = (...args: readonly string[]): void => void execFileSync("git", args, { cwd: world.clone, env: plain, stdio: "pipe" });
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"], { cwd: folder, env: plain });
  execFileSync("git", ["init", "--quiet", "--initial-branch=env/dev", "clone"], { cwd: folder, env: plain });
  const files = {
    "environments/dev/environment.ts": environment,
    ...(config === undefined ? {} : { "trueup.config.ts": config }),
    "stacks/shop/index.ts": "export {};\n",
    ".gitignore": ".trueup\n",
  };
  for (const [path, text] of Object.entries(files)) {
    const file = join(world.clone, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  inClone("add", "--all");
  inClone("commit", "--quiet", "-m", "An estate");
  inClone("remote", "add", "origin", join(folder, "remote.git"));
  inClone("push", "--quiet", "origin", "env/dev", "env/dev:main");
  return world;
}

const minutes = 60_000;
const urn = "urn:pulumi:dev.shop::acme::aws:sqs/queue:Queue::jobs";

interface RunFacts {
  readonly id: string;
  readonly commit: string;
  readonly result: string;
  /** How long ago it began and ended, in minutes. */
  readonly ago: readonly [number, number];
}

function runOf({ id, commit, result, ago: [began, ended] }: RunFacts): RunRecord {
  const time = (before: number): string => new Date(Date.now() - before * minutes).toISOString();
  const isOver = result !== "running";
  const changes = { create: 1, update: 2, replace: 0, delete: 0, read: 0, import: 0, unchanged: 3 };
  const stack = {
    stack: "shop",
    action: "apply",
    commit,
    closureDigest: "c",
    fingerprint: "f1f2f3",
    changes,
    urnsLeftOut: 2,
    stateBefore: "",
    stateAfter: "s",
  } as const;
  const ending = {
    urns: [{ urn, operation: "create" }],
    durationMs: 1_000,
    problem: null,
    result: result === "good" ? ("good" as const) : ("failed" as const),
  };
  return {
    schema: 1,
    id,
    kind: "apply",
    environment: "dev",
    commit,
    mergedBy: "Ann",
    approvals: [{ by: "@bob", stack: "shop", fingerprint: "f1f2f3", at: time(began) }],
    startedAt: time(began),
    endedAt: isOver ? time(ended) : null,
    result,
    fencing: 1,
    units: [{ id: "u", commits: [commit], result, stacks: isOver ? [{ ...stack, ...ending }] : [] }],
    overrides: result === "good" ? [{ guard: "destroy", by: "@cy", reason: "the queue is empty" }] : [],
    timings: {},
    versions: {},
    problem: result === "failed" ? { code: "ENGINE_FAILED", what: "the queue was refused", on: "dev.shop", todo: "Look." } : null,
  };
}

function shop(facts: RunFacts): StackRecord {
  const since = new Date().toISOString();
  const result = facts.result === "running" ? "applying" : facts.result === "good" ? "good" : "failed";
  const common = { commit: facts.commit, closureDigest: "c", stateDigest: "s", result, since, run: facts.id, resources: 1 } as const;
  return { ...common, pulumiStack: "dev.shop", backend: "file://state", lastGood: null };
}

function said(facts: RunFacts): (current: EnvironmentRecord) => Entry {
  const word = facts.result === "running" ? "applying" : facts.result;
  return (current) => ({
    next: { ...current, stacks: { ...current.stacks, shop: shop(facts) } },
    runs: [runOf(facts)],
    sentence: `dev: ${facts.commit.slice(0, 7)} ${word} to shop`,
    trailers: { Run: facts.id, Kind: "apply", Result: word, Commit: facts.commit },
  });
}

/** One apply as trueup records it: lease, attempt, a sign of life, end. Four entries. */
export async function apply(ledger: Ledger, facts: RunFacts): Promise<void> {
  const { lease } = await ledger.takeLease(facts.id);
  await ledger.record(said({ ...facts, result: "running" }), lease);
  const renewed = await ledger.renewLease(lease);
  await ledger.releaseLease(renewed, said(facts));
}

/** The ledger as somebody opens it elsewhere who knows of no keys that may sign. */
export function keyless({ repository, clock, work }: Estate): Ledger {
  return openLedger({ repository, prefix: "trueup", environment: "dev", owner: thisOwner("vm", "Ann"), clock, directory: join(work, "elsewhere") });
}

/** The same, by a runner on another host that dies after its attempt; a second one takes its lease over, and does as much. A person takes away that one's. */
export async function deaths(estate: Estate, commit: string): Promise<void> {
  const { repository, clock } = estate;
  const one = (owner: object, proofs: readonly ProofOfLife[] = []): Ledger => {
    const machine = { ...thisOwner("vm", "Ann"), ...owner };
    return openLedger({ repository, prefix: "trueup", environment: "dev", owner: machine, clock, directory: join(estate.work, "ledger"), proofs });
  };
  const attempt = async (ledger: Ledger, id: string): Promise<void> => {
    const { lease } = await ledger.takeLease(id);
    await ledger.record(said({ id, commit, result: "running", ago: [9, 0] }), lease);
  };
  await attempt(one({ host: "elsewhere", boot: "another" }), "20261104-100000-dddddddd");
  await attempt(one({}, [async () => ({ kind: "dead", how: "its host says so" })]), "20261105-100000-eeeeeeee");
  await one({}).cancelLease("20261105-100000-eeeeeeee", { by: "bob", reason: "the machine is gone" });
}

export async function hold(ledger: Ledger, reason: string | undefined): Promise<void> {
  const holds = reason === undefined ? [] : [{ id: "h1", stacks: ["shop"], reason, by: "@bob", since: new Date().toISOString(), until: null }];
  const sentence = `dev: @bob ${reason === undefined ? "unlocks" : "locks"} shop`;
  await ledger.record((current) => ({ next: { ...current, holds }, sentence, trailers: { Kind: "command", By: "@bob" } }));
}

const branch = "refs/heads/trueup/dev";

/** The ledger's commits in the remote, oldest first. */
export function entriesOf(world: World): readonly string[] {
  return world.git(["rev-list", "--reverse", "--first-parent", branch]).split("\n");
}

export interface Again {
  /** The commit whose message and time it has; its tree too, but for `files`. */
  readonly of: string;
  readonly files?: Readonly<Record<string, string | null>>;
  readonly message?: (text: string) => string;
}

/** The tree of a commit with other files in it. */
function treeWith(world: World, commit: string, files: Readonly<Record<string, string | null>>): string {
  if (Object.keys(files).length === 0) return `${commit}^{tree}`;
  const variables = { GIT_INDEX_FILE: join(world.folder, "index") };
  world.git(["read-tree", commit], { variables });
  for (const [path, content] of Object.entries(files)) {
    const blob = content === null ? "0".repeat(40) : world.git(["hash-object", "-w", "--stdin"], { input: content });
    world.git(["update-index", "--index-info"], { variables, input: `${content === null ? "0" : "100644"} ${blob}\t${path}\n` });
  }
  return world.git(["write-tree"], { variables });
}

/** Writes a ledger anew on top of a commit of it, as somebody who may push can; the branch is then this one. */
export function rewrite(world: World, onto: string | undefined, again: readonly Again[]): void {
  let parent = onto;
  for (const { of, files = {}, message = (text: string) => text } of again) {
    const [time = "", ...lines] = world.git(["show", "-s", "--format=%ct +0000%n%B", of]).split("\n");
    const args = ["commit-tree", ...(parent === undefined ? [] : ["-p", parent]), treeWith(world, of, files)];
    const variables = { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
    parent = world.git(args, { input: `${message(lines.join("\n"))}\n`, variables });
  }
  if (parent === undefined) world.git(["update-ref", "-d", branch]);
  else world.git(["update-ref", branch, parent]);
}

export function fileOf(world: World, commit: string, path: string): string {
  return world.git(["show", `${commit}:${path}`]);
}
