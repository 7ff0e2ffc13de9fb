import { readRef, readRefs, writeObject, writeRef, writeTree } from "./objects.ts";
import { plainGit } from "./plain-git.ts";

/** What a host does with git in the bare repository that it serves. */
export interface HostGit {
  /** Full name of every ref → commit. */
  refs(): ReadonlyMap<string, string>;
  resolve(name: string): string | undefined;
  setRef(name: string, commit: string): void;
  /** Those of `head` that `base` has not, oldest first. */
  commits(base: string, head: string): readonly GitCommit[];
  commit(name: string): GitCommit | undefined;
  /** A commit with these files changed over `parent` (or from nothing). */
  write(change: Change): string;
  /** Whether a merge of the two would have no conflict. */
  mergeable(base: string, head: string): boolean;
  /** How it comes in, or undefined for a conflict. `landed` are the new commits on the base's line, oldest first. */
  merge(style: MergeStyle, sides: Sides): { readonly tip: string; readonly landed: readonly string[] } | undefined;
}

export type MergeStyle = "merge" | "squash" | "rebase";

export interface GitCommit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Identity & { readonly at: string };
  readonly message: string;
}

export interface Identity {
  readonly name: string;
  readonly email: string;
}

interface Change {
  readonly parent: string | undefined;
  readonly files: Readonly<Record<string, string>>;
  readonly message: string;
  readonly by: Identity;
}

interface Sides {
  readonly base: string;
  readonly head: string;
  readonly message: string;
  readonly by: Identity;
}

interface Facts {
  readonly parents: readonly string[];
  readonly message: string;
  readonly by: Identity;
}

const isId = (name: string): boolean => /^[0-9a-f]{40}$/.test(name);

/** Plain git does what is not simple; what is (an object, a ref) is written by hand, for a test starts a hundred times and a process is slow. */
export function hostGit(path: string): HostGit {
  return new Bare(path);
}

class Bare implements HostGit {
  readonly #path: string;
  readonly #known = new Map<string, GitCommit>();
  /** Commit → path → blob, of those written here. */
  readonly #files = new Map<string, ReadonlyMap<string, string>>();
  /** Tree of the merge, or undefined for a conflict. */
  readonly #merged = new Map<string, string | undefined>();

  constructor(path: string) {
    this.#path = path;
  }

  #tried(...args: readonly string[]): string | undefined {
    try {
      return plainGit(this.#path, args);
    } catch {
      return undefined;
    }
  }

  refs(): ReadonlyMap<string, string> {
    return readRefs(this.#path);
  }

  resolve(name: string): string | undefined {
    if (name.startsWith("refs/")) return readRef(this.#path, name);
    return this.#known.has(name) ? name : this.#tried("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
  }

  setRef(name: string, commit: string): void {
    writeRef(this.#path, name, commit);
  }

  commit(name: string): GitCommit | undefined {
    const id = isId(name) ? name : this.resolve(name);
    if (id === undefined) return undefined;
    const read = this.#known.get(id) ?? this.#read(id);
    if (read !== undefined) this.#known.set(id, read);
    return read;
  }

  #read(id: string): GitCommit | undefined {
    const [tree = "", parents = "", name = "", email = "", at = "", ...message] =
      this.#tried("log", "-1", "--format=%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%B", id)?.split("\u001f") ?? [];
    if (tree === "") return undefined;
    return { id, tree, parents: parents.split(" ").filter((parent) => parent !== ""), author: { name, email, at }, message: message.join("").trim() };
  }

  /** Parents before children, the first parent's line first. */
  commits(base: string, head: string): readonly GitCommit[] {
    const have = this.#ancestors(this.resolve(base) ?? base);
    const ordered: GitCommit[] = [];
    const seen = new Set<string>();
    const visit = (id: string): void => {
      const found = seen.has(id) || have.has(id) ? undefined : this.commit(id);
      seen.add(id);
      if (found === undefined) return;
      for (const parent of found.parents) visit(parent);
      ordered.push(found);
    };
    visit(this.resolve(head) ?? head);
    return ordered;
  }

  write({ parent, files: changed, message, by }: Change): string {
    const all = new Map(parent === undefined ? [] : this.#filesOf(parent));
    for (const [file, text] of Object.entries(changed)) all.set(file, writeObject(this.#path, "blob", Buffer.from(text)));
    const id = this.#committed(writeTree(this.#path, all), { parents: parent === undefined ? [] : [parent], message, by });
    this.#files.set(id, all);
    return id;
  }

  mergeable(base: string, head: string): boolean {
    return this.#mergedTree(base, head) !== undefined;
  }

  merge(style: MergeStyle, sides: Sides): { readonly tip: string; readonly landed: readonly string[] } | undefined {
    if (style === "rebase") return this.#rebased(sides);
    const { base, head, message, by } = sides;
    const tree = this.#mergedTree(base, head);
    if (tree === undefined) return undefined;
    const tip = this.#committed(tree, { parents: style === "merge" ? [base, head] : [base], message, by });
    return { tip, landed: [tip] };
  }

  /** Each commit carried over by a merge of three trees whose common ancestor is its own parent. */
  #rebased({ base, head, by }: Sides): { readonly tip: string; readonly landed: readonly string[] } | undefined {
    let tip = base;
    const landed: string[] = [];
    const treeOf = (id: string): string => this.commit(id)?.tree ?? "";
    const side = (tree: string, parents: readonly string[]): string => this.#committed(tree, { parents, message: "side", by });
    for (const one of this.commits(base, head)) {
      const ancestor = side(treeOf(one.parents[0] ?? ""), []);
      const tree = this.#mergedTree(side(treeOf(tip), [ancestor]), side(one.tree, [ancestor]));
      if (tree === undefined) return undefined;
      tip = this.#committed(tree, { parents: [tip], message: one.message, by: one.author });
      landed.push(tip);
    }
    return { tip, landed };
  }

  #mergedTree(ours: string, theirs: string): string | undefined {
    const key = `${ours} ${theirs}`;
    if (!this.#merged.has(key)) this.#merged.set(key, this.#tried("merge-tree", "--write-tree", ours, theirs)?.split("\n")[0]);
    return this.#merged.get(key);
  }

  #committed(tree: string, { parents, message, by }: Facts): string {
    const seconds = Math.floor(Date.now() / 1000);
    const who = `${by.name} <${by.email}> ${seconds} +0000`;
    const text = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`, "", message, ""].join("\n");
    const id = writeObject(this.#path, "commit", Buffer.from(text));
    const author = { name: by.name, email: by.email, at: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` };
    this.#known.set(id, { id, tree, parents, author, message });
    return id;
  }

  #filesOf(id: string): ReadonlyMap<string, string> {
    const listed = (this.#tried("ls-tree", "-r", "-z", id) ?? "").split("\0").filter((line) => line !== "");
    return this.#files.get(id) ?? new Map(listed.map((line) => [line.slice(line.indexOf("\t") + 1), line.split(/\s/)[2] ?? ""]));
  }

  #ancestors(id: string): ReadonlySet<string> {
    const seen = new Set<string>();
    for (const queue = [id]; queue.length > 0;) {
      const next = queue.pop() ?? "";
      if (!seen.has(next)) queue.push(...(this.commit(next)?.parents ?? []));
      seen.add(next);
    }
    return seen;
  }
}
