import { createHash } from "node:crypto";
import { Problem } from "../../../src/base/problem/index.ts";
import type { CommitFacts, PushOutcome, Repository, RevertedTree, Sha, TreeEntry } from "../../../src/adapters/git/index.ts";

type Files = ReadonlyMap<string, Sha>;

interface Commit extends CommitFacts {
  readonly tree: Sha;
  readonly files: Files;
  /** Of first parents, this one included. */
  readonly depth: number;
}

/** How one talk to the remote goes. `unanswered`: what was asked is done, and its answer never comes. */
export type Talk = "answered" | "away" | "unanswered";

/** Around a mirror: who waits while it talks, and what goes wrong. */
export interface Line {
  /** Comes back when the remote has heard it. */
  asked(label: string): Promise<Talk>;
  /** Comes back when the answer is here. */
  heard(label: string): Promise<void>;
  now(): Date;
}

const idOf = (text: string): Sha => createHash("sha1").update(text).digest("hex");
const isSha = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

function invalid(what: string, on: string): Problem {
  return new Problem("REF_INVALID", { what, on, todo: "Give another one." });
}

function unreachable(): Problem {
  return new Problem("REMOTE_UNREACHABLE", {
    what: "the git remote cannot be reached",
    on: "the simulated remote",
    todo: "Run the same command again.",
    retry: { afterMs: 10_000 },
  });
}

/** Everything that was ever written anywhere; which repository has what is theirs to know. */
export class Objects {
  readonly commits = new Map<Sha, Commit>();
  readonly trees = new Map<Sha, Files>();
  readonly blobs = new Map<Sha, Buffer>();

  blob(content: string): Sha {
    const id = idOf(`blob ${content}`);
    if (!this.blobs.has(id)) this.blobs.set(id, Buffer.from(content));
    return id;
  }

  tree(files: Files): Sha {
    const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
    const id = idOf(`tree ${sorted.map(([path, blob]) => `${path} ${blob}`).join("\n")}`);
    if (!this.trees.has(id)) this.trees.set(id, new Map(sorted));
    return id;
  }

  commit(facts: Omit<Commit, "sha" | "depth" | "files">): Commit {
    const parent = facts.parents[0] === undefined ? undefined : this.commits.get(facts.parents[0]);
    const sha = idOf(`commit ${facts.tree} ${facts.parents.join(" ")} ${facts.at} ${facts.subject}\n${facts.body}`);
    const made = { ...facts, sha, files: this.filesOf(facts.tree), depth: (parent?.depth ?? 0) + 1 };
    this.commits.set(sha, made);
    return made;
  }

  filesOf(treeish: Sha): Files {
    const found = this.trees.get(treeish) ?? this.commits.get(treeish)?.files;
    if (found === undefined) throw invalid("there is no such commit or tree", treeish);
    return found;
  }

  /** By first and further parents. */
  isAncestor(ancestor: Sha, descendant: Sha): boolean {
    const wanted = this.commits.get(ancestor);
    const todo = [descendant];
    for (let sha = todo.pop(); sha !== undefined; sha = todo.pop()) {
      if (sha === ancestor) return true;
      const commit = this.commits.get(sha);
      if (commit !== undefined && (wanted === undefined || commit.depth > wanted.depth)) todo.push(...commit.parents);
    }
    return false;
  }
}

export interface Arrival {
  readonly ref: string;
  readonly old: Sha | undefined;
  readonly next: Sha;
}

/** A bare remote: branches that move by compare-and-swap alone. */
export class SimRemote {
  readonly objects = new Objects();
  readonly refs = new Map<string, Sha>();
  /** In the order in which they arrived. */
  readonly had: Sha[] = [];
  readonly #has = new Set<Sha>();
  onArrival: (arrival: Arrival) => void = () => undefined;

  receive(sha: Sha): void {
    for (let at: Sha | undefined = sha; at !== undefined && !this.#has.has(at); at = this.objects.commits.get(at)?.parents[0]) {
      this.#has.add(at);
      this.had.push(at);
    }
  }

  swap(move: Arrival): PushOutcome {
    const { ref, old, next } = move;
    const now = this.refs.get(ref);
    if (now !== old || now === next) return { kind: "lost" };
    this.receive(next);
    this.refs.set(ref, next);
    this.onArrival(move);
    return { kind: "moved" };
  }

  /** What a developer pushes, from a clone of their own. */
  push(ref: string, content: { readonly files: Readonly<Record<string, string>>; readonly message: string; readonly at: Date }): Sha {
    const old = this.refs.get(ref);
    const { objects } = this;
    const tree = objects.tree(new Map(Object.entries(content.files).map(([path, text]) => [path, objects.blob(text)])));
    const author = { name: "Ann", email: "ann@example.com" };
    const parents = old === undefined ? [] : [old];
    const { sha } = objects.commit({ tree, parents, author, at: content.at.toISOString(), subject: content.message, body: "" });
    this.swap({ ref, old, next: sha });
    return sha;
  }
}

/** What one host has of the remote, shared by all its runners. */
export class SimMirror {
  readonly refs = new Map<string, Sha>();
  readonly has = new Set<Sha>();
  #arrived = 0;

  /** What the remote had when it was asked takes effect when it is here: an older fetch may end after a newer one. */
  take(remote: SimRemote, refs: ReadonlyMap<string, Sha>): void {
    for (; this.#arrived < remote.had.length; this.#arrived++) this.has.add(remote.had[this.#arrived] ?? "");
    this.refs.clear();
    for (const [name, sha] of refs) this.refs.set(name, sha);
  }
}

function pathFault(path: string): boolean {
  return path === "" || path.startsWith("/") || path.split("/").some((part) => part === "" || part === ".." || part.toLowerCase() === ".git");
}

/** The git port in memory. What no workflow of the simulation asks for is refused. */
export class SimRepository implements Repository {
  readonly #remote: SimRemote;
  readonly #mirror: SimMirror;
  readonly #line: Line;
  #headsThen: string | undefined;
  #fetching: Promise<void> = Promise.resolve();

  constructor(remote: SimRemote, mirror: SimMirror, line: Line) {
    this.#remote = remote;
    this.#mirror = mirror;
    this.#line = line;
  }

  /** One at a time, as in the real one. */
  fetch(): Promise<void> {
    this.#fetching = this.#fetching.catch(() => undefined).then(() => this.#fetchNow());
    return this.#fetching;
  }

  async #fetchNow(): Promise<void> {
    const talk = await this.#line.asked("fetch");
    const refs = new Map(this.#remote.refs);
    await this.#line.heard("fetched");
    if (talk !== "answered") throw unreachable();
    this.#mirror.take(this.#remote, refs);
  }

  async fetchIfMoved(): Promise<boolean> {
    const heads = JSON.stringify([...this.#remote.refs]);
    if (heads === this.#headsThen) return false;
    await this.fetch();
    this.#headsThen = heads;
    return true;
  }

  async branch(name: string): Promise<Sha | undefined> {
    return this.#mirror.refs.get(name);
  }

  async branches(prefix: string): Promise<readonly string[]> {
    return [...this.#mirror.refs.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  async resolve(ref: string): Promise<Sha> {
    const sha = this.#mirror.refs.get(ref) ?? (this.#mirror.has.has(ref) ? ref : undefined);
    if (sha === undefined) throw invalid("nothing has that name", ref);
    return sha;
  }

  async commit(sha: Sha): Promise<CommitFacts> {
    const { tree: _, files: __, depth: ___, ...facts } = this.#commit(sha);
    return facts;
  }

  async firstParents(from: Sha | undefined, to: Sha, limit: number): Promise<readonly CommitFacts[]> {
    const found: CommitFacts[] = [];
    for (let at: Sha | undefined = to; at !== undefined && found.length < limit;) {
      if (from !== undefined && (at === from || this.#remote.objects.isAncestor(at, from))) break;
      const commit = this.#commit(at);
      found.push(await this.commit(at));
      at = commit.parents[0];
    }
    return found.reverse();
  }

  async isAncestor(ancestor: Sha, descendant: Sha): Promise<boolean> {
    return this.#mirror.has.has(ancestor) && this.#remote.objects.isAncestor(ancestor, descendant);
  }

  async tree(treeish: Sha): Promise<Sha> {
    return this.#remote.objects.trees.has(treeish) ? treeish : this.#commit(treeish).tree;
  }

  async list(treeish: Sha, path: string): Promise<readonly TreeEntry[]> {
    const entries = [...this.#remote.objects.filesOf(treeish)].map(([name, blob]) => ({ path: name, mode: "100644", blob }));
    return entries.filter((one) => path === "" || one.path === path || one.path.startsWith(`${path}/`)).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async read(treeish: Sha, path: string): Promise<Buffer | undefined> {
    const blob = this.#remote.objects.filesOf(treeish).get(path);
    return blob === undefined ? undefined : this.readBlob(blob);
  }

  async readBlob(blob: Sha): Promise<Buffer> {
    const content = this.#remote.objects.blobs.get(blob);
    if (content === undefined) throw invalid("there is no such file", blob);
    return content;
  }

  async changedPaths(from: Sha, to: Sha): Promise<readonly string[]> {
    const [before, after] = [this.#remote.objects.filesOf(from), this.#remote.objects.filesOf(to)];
    return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
  }

  /** By whole files: what both sides changed in one is a conflict, though git would look at its lines. */
  async revertTree(onto: Sha, commit: Sha): Promise<RevertedTree> {
    const { objects } = this.#remote;
    const [parent] = this.#commit(commit).parents;
    if (parent === undefined) throw invalid("that commit has none before it", commit);
    const [base, ours, theirs] = [objects.filesOf(commit), objects.filesOf(onto), objects.filesOf(parent)];
    const merged = new Map(ours);
    const files: string[] = [];
    for (const path of await this.changedPaths(commit, parent)) {
      const [was, is, wanted] = [base.get(path), ours.get(path), theirs.get(path)];
      if (is === wanted) continue;
      if (is !== was) files.push(path);
      else if (wanted === undefined) merged.delete(path);
      else merged.set(path, wanted);
    }
    return files.length === 0 ? { kind: "tree", tree: objects.tree(merged) } : { kind: "conflict", files };
  }

  async write({ parent, files, message, orphanTree, tree: kept }: Parameters<Repository["write"]>[0]): Promise<Sha> {
    const { objects } = this.#remote;
    const base = kept ?? (orphanTree === true ? undefined : parent);
    const all = new Map(base === undefined ? [] : objects.filesOf(base));
    for (const [path, content] of Object.entries(files)) {
      if (pathFault(path)) throw invalid("that is no path of a repository", path);
      if (content === null) all.delete(path);
      else all.set(path, objects.blob(content));
    }
    const [subject = "", ...body] = message.trimEnd().split("\n");
    const facts = { author: { name: "trueup", email: "trueup@localhost" }, at: this.#line.now().toISOString(), subject, body: body.join("\n").trim() };
    const { sha } = objects.commit({ tree: objects.tree(all), parents: parent === undefined ? [] : [parent], ...facts });
    this.#mirror.has.add(sha);
    return sha;
  }

  async moveRef(ref: string, old: Sha | undefined, next: Sha): Promise<PushOutcome> {
    if (old !== undefined && !(await this.isAncestor(old, next)))
      throw new Problem("BRANCH_REWRITTEN", { what: "this push would rewrite the branch", on: ref, todo: "Read the branch again and build on its head." });
    const talk = await this.#line.asked("push");
    if (talk === "away") throw unreachable();
    const outcome = this.#remote.swap({ ref, old, next });
    await this.#line.heard(`pushed ${outcome.kind}`);
    if (talk === "unanswered") {
      // Nobody knows how it ended: the remote is asked where the branch is now.
      if ((await this.#line.asked("ask")) !== "answered") throw unreachable();
      return { kind: "lost" };
    }
    if (outcome.kind === "moved") this.#mirror.refs.set(ref, next);
    return outcome;
  }

  async tryPush(): Promise<void> {
    await Promise.resolve();
  }

  async defaultBranch(): Promise<string | undefined> {
    return "main";
  }

  mergeTree(): Promise<Sha> {
    return Promise.reject(new Error("the simulation merges nothing"));
  }

  fetchLocal(): Promise<Sha> {
    return Promise.reject(new Error("the simulation has no clone"));
  }

  fetchRef(): Promise<Sha> {
    return Promise.reject(new Error("the simulation has no pull requests"));
  }

  materialise(): Promise<void> {
    return Promise.reject(new Error("the simulation writes no trees"));
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #commit(sha: Sha): Commit {
    const found = this.#remote.objects.commits.get(sha);
    if (!isSha(sha) || found === undefined || !this.#mirror.has.has(sha)) throw invalid("there is no such commit", sha);
    return found;
  }
}
