import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { plainGit, testRemote } from "../../src/adapters/git/test-remote.ts";
import type { Repository } from "../../src/adapters/git/index.ts";
import { systemClock } from "../../src/base/clock/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { ledgerOf, openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import type { EnvironmentRecord, RunRecord } from "../../src/workflows/ledger/index.ts";
import type { WriteBackRequest } from "../../src/workflows/write-back/index.ts";

const environment = `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: { shop: stack("stacks/shop", { layer: "apps" }), web: stack("stacks/web", { layer: "apps" }) },
});
`;

export type Files = Readonly<Record<string, string | null>>;

/** One estate of text files, its branch and ledger on a remote that is on a forge or on none, and people with clones of their own. Without an engine. */
export class Desk {
  readonly forge: Standin | undefined;
  readonly remote: string;
  readonly folder: string;
  readonly #remove: () => Promise<void>;
  readonly #estates: Estate[] = [];
  #head = "";

  private constructor(forge: Standin | undefined, place: { readonly remote: string; readonly folder: string; readonly remove: () => Promise<void> }) {
    this.forge = forge;
    this.remote = place.remote;
    this.folder = place.folder;
    this.#remove = place.remove;
  }

  static async open(name: Standin["name"] | "none"): Promise<Desk> {
    const forge = name === "none" ? undefined : await openStandin(name);
    const local = testRemote();
    const remove = async (): Promise<void> => {
      await forge?.close();
      await local.remove();
    };
    const desk = new Desk(forge, { remote: forge?.path ?? local.path, folder: local.folder, remove });
    plainGit(local.folder, ["clone", "--quiet", desk.remote, desk.clone]);
    desk.git("checkout", "--quiet", "--orphan", "env/dev");
    desk.commit(
      { "environments/dev/environment.ts": environment, "stacks/shop/index.ts": "1\n", "stacks/web/index.ts": "1\n", list: "a\nb\nc\nd\ne\n" },
      "Begin",
    );
    return desk;
  }

  get clone(): string {
    return join(this.folder, "clone");
  }

  git(...args: string[]): string {
    return plainGit(this.clone, args);
  }

  /** The branch as the remote has it. */
  head(branch = "env/dev"): string | undefined {
    return plainGit(this.remote, ["for-each-ref", "--format=%(objectname)", `refs/heads/${branch}`]) || undefined;
  }

  branches(): readonly string[] {
    return plainGit(this.remote, ["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"]).split("\n");
  }

  read(branch: string, path: string): string {
    return plainGit(this.remote, ["show", `refs/heads/${branch}:${path}`]);
  }

  tree(commit: string): string {
    return plainGit(this.remote, ["rev-parse", `${commit}^{tree}`]);
  }

  #put(files: Files): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.clone, path)), { recursive: true });
      if (content === null) rmSync(join(this.clone, path));
      else writeFileSync(join(this.clone, path), content);
    }
    this.git("add", "--all");
  }

  #catchUp(): void {
    this.git("fetch", "--quiet", "origin");
    this.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
  }

  /** Onto the branch, as one commit of its own. */
  commit(files: Files, message: string): string {
    if (this.#head !== "") this.#catchUp();
    this.#put(files);
    this.git("commit", "--quiet", "-m", message);
    this.git("push", "--quiet", "origin", "HEAD:refs/heads/env/dev");
    return (this.#head = this.git("rev-parse", "HEAD"));
  }

  /** Merged from a branch with two commits, as a host merges a pull request. */
  merge(files: Files, title: string): string {
    this.#catchUp();
    this.git("checkout", "--quiet", "-B", "side");
    this.git("commit", "--quiet", "--allow-empty", "-m", "Prepare");
    this.#put(files);
    this.git("commit", "--quiet", "-m", "Work");
    this.git("checkout", "--quiet", "env/dev");
    this.git("merge", "--quiet", "--no-ff", "-m", `Merge pull request #3 from ann/side\n\n${title}`, "side");
    this.git("push", "--quiet", "origin", "HEAD:refs/heads/env/dev");
    return (this.#head = this.git("rev-parse", "HEAD"));
  }

  /** Somebody, or a run, at a clone of their own. */
  async estate(who = "runner"): Promise<Estate> {
    const directory = join(this.folder, `${who}-${this.#estates.length}`);
    plainGit(this.folder, ["clone", "--quiet", "--branch", "env/dev", this.remote, directory]);
    const machine = thisMachine();
    const told = this.#told(who);
    const variable = (name: string): string | undefined => (Object.hasOwn(told, name) ? told[name] : machine.variable(name));
    const estate = await openEstate({ directory, machine: { ...machine, variable }, clock: systemClock });
    this.#estates.push(estate);
    return estate;
  }

  #told(who: string): Readonly<Record<string, string | undefined>> {
    const own = { TRUEUP_ACTOR: who, TRUEUP_IDENTITY: undefined, GITHUB_ACTIONS: undefined, GITLAB_CI: undefined };
    if (this.forge === undefined) return own;
    const { kind, api, repository, credentials } = this.forge.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    return { ...own, TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token };
  }

  /** What an apply leaves: these stacks are live, by these commits. */
  async applied(estate: Estate, run: string, unit: { readonly stacks: readonly string[]; readonly commits: readonly string[] }): Promise<void> {
    await estate.repository.fetch();
    const at = new Date().toISOString();
    const [commit = ""] = unit.commits.slice(-1);
    const lastGood = { commit, closureDigest: run, stateDigest: "s", run, since: at };
    const record = { ...lastGood, result: "good" as const, resources: 1, backend: "b", lastGood };
    await (
      await ledgerOf(estate, "dev")
    ).record((current) => ({
      next: {
        ...current,
        branch: { name: "env/dev", head: commit, seenAt: at },
        stacks: { ...current.stacks, ...Object.fromEntries(unit.stacks.map((stack) => [stack, { ...record, pulumiStack: `dev.${stack}` }])) },
      },
      runs: [runRecord(run, at, unit)],
      sentence: `dev: run ${run} applied`,
    }));
  }

  /** What a run leaves that was rolled back: `shop` is live at `live`, and `commit` is not to be tried again. */
  async rolledBack(estate: Estate, run: string, { live, commit }: { readonly live: string; readonly commit: string }): Promise<void> {
    await estate.repository.fetch();
    const since = new Date().toISOString();
    const lastGood = { commit: live, closureDigest: "c1", stateDigest: "s", run: "1", since };
    const shop = { ...lastGood, result: "good" as const, resources: 1, pulumiStack: "dev.shop", backend: "b", lastGood };
    await (
      await ledgerOf(estate, "dev")
    ).record((current) => ({
      next: {
        ...current,
        branch: { name: "env/dev", head: live, seenAt: since },
        stacks: { shop },
        vetoes: [...current.vetoes, { closureDigests: { shop: "c2" }, commit, run, reason: "shop never became healthy", since }],
      },
      sentence: `dev: run ${run} was rolled back`,
    }));
  }

  async record(estate: Estate): Promise<EnvironmentRecord> {
    await estate.repository.fetch();
    const snapshot = await (await ledgerOf(estate, "dev")).read({ fetch: false });
    if (snapshot === undefined) throw new Error("there is no ledger");
    return snapshot.environment;
  }

  async sentences(estate: Estate): Promise<readonly string[]> {
    await estate.repository.fetch();
    return (await (await ledgerOf(estate, "dev")).log(50)).map(({ sentence }) => sentence);
  }

  async close(): Promise<void> {
    for (const estate of this.#estates) await estate.close();
    await this.#remove();
  }
}

function runRecord(id: string, at: string, { stacks, commits }: { readonly stacks: readonly string[]; readonly commits: readonly string[] }): RunRecord {
  const changes = { create: 1, update: 0, replace: 0, delete: 0, read: 0, import: 0, unchanged: 0 };
  const told = { action: "apply", result: "good", commit: commits.at(-1) ?? null, closureDigest: id, fingerprint: null, changes } as const;
  const rest = { urns: [], urnsLeftOut: 0, stateBefore: "", stateAfter: "s", durationMs: 1, problem: null };
  return {
    schema: 1,
    id,
    kind: "apply",
    environment: "dev",
    commit: commits.at(-1) ?? null,
    mergedBy: "ann",
    approvals: [],
    startedAt: at,
    endedAt: at,
    result: "good",
    fencing: 1,
    units: [{ id: "u", commits: [...commits], result: "good", stacks: stacks.map((stack) => ({ stack, ...told, ...rest })) }],
    overrides: [],
    timings: {},
    versions: {},
    problem: null,
  };
}

export const asked = (commits: readonly string[], more: Partial<WriteBackRequest> = {}): WriteBackRequest => ({
  environment: "dev",
  branch: "env/dev",
  commits,
  reason: "shop never became healthy",
  run: "r1",
  stacks: ["shop"],
  rules: { writeBack: "pr" },
  ...more,
});

/** The same estate, and something that happens right before each move of a ref. */
export function beforeMoves(estate: Estate, happens: (ref: string, next: string) => void): Estate {
  const repository = new Proxy(estate.repository, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name === "moveRef") {
        const move: Repository["moveRef"] = async (ref, old, next) => {
          happens(ref, next);
          return target.moveRef(ref, old, next);
        };
        return move;
      }
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { ...estate, repository };
}
