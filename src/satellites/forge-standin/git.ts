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
  const known = new Map<string, GitCommit>();
  /** Commit → path → blob, of those written here. */
  const files = new Map<string, ReadonlyMap<string, string>>();
  const tried = (...args: readonly string[]): string | undefined => {
    try {
      return plainGit(path, args);
    } catch {
      return undefined;
    }
  };

  const resolve = (name: string): string | undefined => {
    if (name.startsWith("refs/")) return readRef(path, name);
    return known.has(name) ? name : tried("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
  };

  const commit = (name: string): GitCommit | undefined => {
    const id = isId(name) ? name : resolve(name);
    if (id === undefined) return undefined;
    const there = known.get(id);
    if (there !== undefined) return there;
    const [tree = "", parents = "", author = "", email = "", at = "", ...message] =
      tried("log", "-1", "--format=%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%B", id)?.split("\u001f") ?? [];
    if (tree === "") return undefined;
    const read = {
      id,
      tree,
      parents: parents.split(" ").filter((parent) => parent !== ""),
      author: { name: author, email, at },
      message: message.join("").trim(),
    };
    known.set(id, read);
    return read;
  };

  const committed = (tree: string, { parents, message, by }: Facts): string => {
    const seconds = Math.floor(Date.now() / 1000);
    const who = `${by.name} <${by.email}> ${seconds} +0000`;
    const text = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`, "", message, ""].join("\n");
    const id = writeObject(path, "commit", Buffer.from(text));
    const author = { name: by.name, email: by.email, at: `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z` };
    known.set(id, { id, tree, parents, author, message });
    return id;
  };

  const filesOf = (id: string): ReadonlyMap<string, string> => {
    const listed = (tried("ls-tree", "-r", "-z", id) ?? "").split("\0").filter((line) => line !== "");
    return files.get(id) ?? new Map(listed.map((line) => [line.slice(line.indexOf("\t") + 1), line.split(/\s/)[2] ?? ""]));
  };

  const ancestors = (id: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    for (const queue = [id]; queue.length > 0;) {
      const next = queue.pop() ?? "";
      if (!seen.has(next)) queue.push(...(commit(next)?.parents ?? []));
      seen.add(next);
    }
    return seen;
  };

  /** Parents before children, the first parent's line first. */
  const commits = (base: string, head: string): readonly GitCommit[] => {
    const have = ancestors(resolve(base) ?? base);
    const ordered: GitCommit[] = [];
    const seen = new Set<string>();
    const visit = (id: string): void => {
      const found = seen.has(id) || have.has(id) ? undefined : commit(id);
      seen.add(id);
      if (found === undefined) return;
      for (const parent of found.parents) visit(parent);
      ordered.push(found);
    };
    visit(resolve(head) ?? head);
    return ordered;
  };

  const mergedTree = (ours: string, theirs: string): string | undefined => tried("merge-tree", "--write-tree", ours, theirs)?.split("\n")[0];
  const treeOf = (id: string): string => commit(id)?.tree ?? "";

  /** Each commit carried over by a merge of three trees whose common ancestor is its own parent. */
  const rebased = ({ base, head, by }: Sides): { readonly tip: string; readonly landed: readonly string[] } | undefined => {
    let tip = base;
    const landed: string[] = [];
    for (const one of commits(base, head)) {
      const side = (tree: string, parents: readonly string[]): string => committed(tree, { parents, message: "side", by });
      const ancestor = side(treeOf(one.parents[0] ?? ""), []);
      const tree = mergedTree(side(treeOf(tip), [ancestor]), side(one.tree, [ancestor]));
      if (tree === undefined) return undefined;
      tip = committed(tree, { parents: [tip], message: one.message, by: one.author });
      landed.push(tip);
    }
    return { tip, landed };
  };

  return {
    refs: () => readRefs(path),
    resolve,
    setRef: (name, id) => writeRef(path, name, id),
    commits,
    commit,
    write: ({ parent, files: changed, message, by }) => {
      const all = new Map(parent === undefined ? [] : filesOf(parent));
      for (const [file, text] of Object.entries(changed)) all.set(file, writeObject(path, "blob", Buffer.from(text)));
      const id = committed(writeTree(path, all), { parents: parent === undefined ? [] : [parent], message, by });
      files.set(id, all);
      return id;
    },
    merge: (style, sides) => {
      if (style === "rebase") return rebased(sides);
      const { base, head, message, by } = sides;
      const tree = mergedTree(base, head);
      if (tree === undefined) return undefined;
      const tip = committed(tree, { parents: style === "merge" ? [base, head] : [base], message, by });
      return { tip, landed: [tip] };
    },
  };
}
