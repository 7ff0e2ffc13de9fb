import { resolve } from "node:path";
import { systemClock, type Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { Scrubber } from "../../base/secret/index.ts";
import { mapBounded } from "./bounded.ts";
import { parseCommit, type Identity } from "./commits.ts";
import { fetchAll, fetchFromClone, fetchOne, remoteDefault, remoteHeads, resolveIn, type FetchDeadlines } from "./fetch.ts";
import { bindGit, type Git } from "./git.ts";
import { materialise } from "./materialise.ts";
import { firstParentShas, isAncestor, mergeTree, mergeTrees } from "./merge.ts";
import { checkGitVersion, ensureMirror } from "./mirror.ts";
import { branchRefOf, requireBranchRef, requireSha } from "./names.ts";
import { ObjectReader, type TakeLarge } from "./objects.ts";
import type { CommitFacts, Repository, RevertedTree, Sha } from "./port.ts";
import { pushRef, tryPushRef } from "./push.ts";
import { parseRemote, type Credentials } from "./remote.ts";
import { gitEnvironment } from "./surroundings.ts";
import { Trees } from "./trees.ts";
import { CommitWriter } from "./write.ts";

export interface RepositoryOptions {
  /** URL, host:path, or path of the remote. Credentials in a URL are taken out of it and given by askpass. */
  readonly remote: string;
  /** Absolute path of the private mirror; one per remote. Made when absent. */
  readonly mirror: string;
  readonly machine: Pick<Machine, "path" | "home" | "variable">;
  readonly credentials?: Credentials;
  /** Who makes the commits of `write`. */
  readonly identity?: Identity;
  /** Absolute path of the ssh key that signs them. */
  readonly signingKey?: string;
  /** Milliseconds; defaults 30 s for local work, 120 s for the network, ten times that for the first fetch. `fetchMs`: of every fetch of the branches. */
  readonly deadlines?: { readonly localMs?: number; readonly networkMs?: number; readonly fetchMs?: number };
  /** For commit times, and to wait by where a host asks to come later with a push. */
  readonly clock?: Pick<Clock, "now" | "monotonicMs" | "sleep">;
}

/** A host's limit of pushes is by the minute: this is longer than that, and shorter than a lease is without its renewal. */
const pushWaitMs = 90_000;
const largestBlobBytes = 64 * 1024 * 1024;

function objectMissing(sha: Sha, kind: string): Problem {
  return new Problem("REF_INVALID", { what: `there is no such ${kind} in the repository`, on: sha, todo: "Push it first, or check the id." });
}

function nothingBefore(commit: Sha): Problem {
  return new Problem("REF_INVALID", {
    what: `${commit.slice(0, 7)} is the first commit of its history: there is nothing before it`,
    on: `commit ${commit.slice(0, 7)}`,
    todo: "Name a later commit. What the first one brought is taken away by a commit that says so.",
  });
}

/** Opens the mirror of a remote, making it when it is not there. Nothing is fetched yet. Raises CONFIG_INVALID, DISK_FULL. */
export async function openRepository(options: RepositoryOptions): Promise<Repository> {
  const remote = parseRemote(options.remote, options.credentials);
  const mirror = resolve(options.mirror);
  const scrubber = new Scrubber();
  if (remote.credentials !== undefined) scrubber.add(remote.credentials.password);
  const git = bindGit({
    mirror,
    remote: remote.shown,
    env: gitEnvironment(options.machine, remote, mirror),
    deadlineMs: options.deadlines?.localMs ?? 30_000,
    scrub: (text) => scrubber.scrub(text),
  });
  await checkGitVersion(git);
  await ensureMirror(git);
  return new MirroredRepository(git, options);
}

class MirroredRepository implements Repository {
  readonly #git: Git;
  readonly #objects: ObjectReader;
  readonly #trees: Trees;
  readonly #writer: CommitWriter;
  readonly #networkMs: number;
  readonly #fetchMs: FetchDeadlines;
  readonly #clock: NonNullable<RepositoryOptions["clock"]>;
  #fetching: Promise<void> | undefined;
  /** What the remote said before the last fetch that was made because of it. */
  #headsThen: string | undefined;

  constructor(git: Git, options: RepositoryOptions) {
    this.#git = git;
    this.#objects = new ObjectReader(git, { deadlineMs: options.deadlines?.localMs ?? 30_000, largestBytes: largestBlobBytes });
    this.#trees = new Trees(this.#objects);
    this.#writer = new CommitWriter(git, this.#trees, {
      identity: options.identity ?? { name: "trueup", email: "trueup@localhost" },
      ...(options.signingKey === undefined ? {} : { signingKey: options.signingKey }),
    });
    this.#networkMs = options.deadlines?.networkMs ?? 120_000;
    this.#fetchMs = { firstMs: options.deadlines?.fetchMs ?? this.#networkMs * 10, laterMs: options.deadlines?.fetchMs ?? this.#networkMs };
    this.#clock = options.clock ?? systemClock;
  }

  /** One at a time: whoever asks while one is under way gets a fetch that starts after it, since his answer may be newer. */
  fetch(): Promise<void> {
    const before = this.#fetching;
    const mine = (before === undefined ? Promise.resolve() : before.catch(() => undefined)).then(() => fetchAll(this.#git, this.#fetchMs));
    this.#fetching = mine;
    void mine
      .catch(() => undefined)
      .finally(() => {
        if (this.#fetching === mine) this.#fetching = undefined;
      });
    return mine;
  }

  async fetchIfMoved(): Promise<boolean> {
    const heads = await remoteHeads(this.#git, this.#networkMs);
    if (heads === this.#headsThen) return false;
    await this.fetch();
    // What moved between the question and the fetch is fetched once more the next time: never the other way round.
    this.#headsThen = heads;
    return true;
  }

  fetchLocal(clone: string, ref: string): Promise<Sha> {
    return fetchFromClone(this.#git, { clone, words: ref }, this.#networkMs);
  }

  fetchRef(ref: string): Promise<Sha> {
    return fetchOne(this.#git, ref, this.#networkMs);
  }

  async branch(name: string): Promise<Sha | undefined> {
    const ref = branchRefOf(name);
    return ref === undefined ? undefined : (await this.#objects.read(ref))?.sha;
  }

  async branches(prefix: string): Promise<readonly string[]> {
    const all = await this.#git.must(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"]);
    return all.split("\n").filter((name) => name !== "" && name.startsWith(prefix));
  }

  resolve(ref: string): Promise<Sha> {
    return resolveIn(this.#git, ref, this.#git.mirror);
  }

  async commit(sha: Sha): Promise<CommitFacts> {
    const object = await this.#objects.read(requireSha(sha));
    if (object?.type !== "commit") throw objectMissing(sha, "commit");
    return parseCommit(sha, object.data);
  }

  async firstParents(from: Sha | undefined, to: Sha, limit: number): Promise<readonly CommitFacts[]> {
    return mapBounded(await firstParentShas(this.#git, { from, to }, limit), 64, (sha) => this.commit(sha));
  }

  isAncestor(ancestor: Sha, descendant: Sha): Promise<boolean> {
    return isAncestor(this.#git, ancestor, descendant);
  }

  mergeTree(onto: Sha, head: Sha): Promise<Sha> {
    return mergeTree(this.#git, onto, head);
  }

  async revertTree(onto: Sha, commit: Sha): Promise<RevertedTree> {
    const [parent] = (await this.commit(commit)).parents;
    if (parent === undefined) throw nothingBefore(commit);
    const [base, ours, theirs] = await Promise.all([this.tree(commit), this.tree(onto), this.tree(parent)]);
    return mergeTrees(this.#git, this.#writer, { base, ours, theirs });
  }

  tree(treeish: Sha): Promise<Sha> {
    return this.#trees.root(treeish);
  }

  list(treeish: Sha, path: string): ReturnType<Repository["list"]> {
    return this.#trees.list(treeish, path);
  }

  async read(treeish: Sha, path: string): Promise<Buffer | undefined> {
    const row = await this.#trees.find(treeish, path);
    return row === undefined || !row.mode.startsWith("1") || row.mode === "160000" ? undefined : this.readBlob(row.sha);
  }

  readBlob(blob: Sha): Promise<Buffer> {
    return this.#readBlob(blob);
  }

  async #readBlob(blob: Sha, large?: TakeLarge): Promise<Buffer> {
    const object = await this.#objects.read(requireSha(blob), large);
    if (object?.type !== "blob") throw objectMissing(blob, "file");
    return object.data;
  }

  changedPaths(from: Sha, to: Sha): Promise<readonly string[]> {
    return this.#trees.changed(from, to);
  }

  materialise(treeish: Sha, paths: readonly string[], directory: string): Promise<void> {
    return materialise({ trees: this.#trees, readBlob: (blob, large) => this.#readBlob(blob, large), treeish }, paths, resolve(directory));
  }

  write(options: Parameters<Repository["write"]>[0]): Promise<Sha> {
    return this.#writer.write(options, this.#clock.now().getTime());
  }

  async moveRef(ref: string, old: Sha | undefined, next: Sha): ReturnType<Repository["moveRef"]> {
    const full = requireBranchRef(ref);
    // A lease alone would also allow a rewrite: the condition is on the old value only.
    if (old !== undefined && !(await this.isAncestor(old, next))) {
      throw new Problem("BRANCH_REWRITTEN", { what: "this push would rewrite the branch", on: full, todo: "Read the branch again and build on its head." });
    }
    return pushRef(this.#git, { ref: full, old, next }, { clock: this.#clock, waitMs: pushWaitMs, deadlineMs: this.#networkMs });
  }

  async tryPush(ref: string, next: Sha): Promise<void> {
    await tryPushRef(this.#git, { ref: requireBranchRef(ref), next }, this.#networkMs);
  }

  defaultBranch(): Promise<string | undefined> {
    return remoteDefault(this.#git, this.#networkMs);
  }

  async close(): Promise<void> {
    await this.#fetching?.catch(() => undefined);
    await this.#objects.close();
  }
}
