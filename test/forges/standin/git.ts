import { plainGit } from "../../../src/adapters/git/test-remote.ts";

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
  readonly parents: readonly string[];
  readonly author: { readonly name: string; readonly email: string; readonly at: string };
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

const fields = "%H%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%B%x1e";

function parsed(log: string): GitCommit[] {
  return log
    .split("\u001e")
    .map((entry) => entry.trim().split("\u001f"))
    .filter((parts) => parts.length === 6)
    .map(([id = "", parents = "", name = "", email = "", at = "", message = ""]) => ({
      id,
      parents: parents.split(" ").filter((parent) => parent !== ""),
      author: { name, email, at },
      message: message.trim(),
    }));
}

const variablesOf = (by: Identity): Record<string, string> => ({
  GIT_AUTHOR_NAME: by.name,
  GIT_AUTHOR_EMAIL: by.email,
  GIT_COMMITTER_NAME: by.name,
  GIT_COMMITTER_EMAIL: by.email,
});

export function hostGit(path: string): HostGit {
  const git = (...args: readonly string[]): string => plainGit(path, args);
  const tried = (...args: readonly string[]): string | undefined => {
    try {
      return git(...args);
    } catch {
      return undefined;
    }
  };
  const committed = (tree: string, parents: readonly string[], { message, by }: { readonly message: string; readonly by: Identity }): string =>
    plainGit(path, ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])], { input: `${message}\n`, variables: variablesOf(by) });
  const mergedTree = (ours: string, theirs: string): string | undefined => tried("merge-tree", "--write-tree", ours, theirs)?.split("\n")[0];
  const log = (...args: readonly string[]): GitCommit[] => parsed(git("log", `--format=${fields}`, ...args));
  const host: HostGit = {
    refs: () =>
      new Map(
        git("for-each-ref", "--format=%(refname) %(objectname)")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => line.split(" ") as [string, string]),
      ),
    resolve: (name) => tried("rev-parse", "--verify", "--quiet", `${name}^{commit}`),
    setRef: (name, commit) => void git("update-ref", name, commit),
    commits: (base, head) => log("--reverse", "--topo-order", head, "--not", base),
    commit: (name) => (tried("cat-file", "-e", `${name}^{commit}`) === undefined ? undefined : log("-1", name)[0]),
    write: ({ parent, files, message, by }) => {
      const index = `${path}/index-${process.pid}-${Math.random().toString(36).slice(2)}`;
      const variables = { GIT_INDEX_FILE: index };
      if (parent !== undefined) plainGit(path, ["read-tree", parent], { variables });
      for (const [file, text] of Object.entries(files)) {
        const blob = plainGit(path, ["hash-object", "-w", "--stdin"], { input: text });
        plainGit(path, ["update-index", "--add", "--cacheinfo", `100644,${blob},${file}`], { variables });
      }
      const tree = plainGit(path, ["write-tree"], { variables });
      return committed(tree, parent === undefined ? [] : [parent], { message, by });
    },
    merge: (style, { base, head, message, by }) => {
      if (style === "rebase") return rebased(base, head, by);
      const tree = mergedTree(base, head);
      if (tree === undefined) return undefined;
      const tip = committed(tree, style === "merge" ? [base, head] : [base], { message, by });
      return { tip, landed: [tip] };
    },
  };

  /** Each commit carried over by a merge of three trees whose common ancestor is its own parent. */
  function rebased(base: string, head: string, by: Identity): { readonly tip: string; readonly landed: readonly string[] } | undefined {
    let tip = base;
    const landed: string[] = [];
    for (const commit of host.commits(base, head)) {
      const facts = { message: "side", by };
      const ancestor = committed(`${commit.parents[0] ?? ""}^{tree}`, [], facts);
      const tree = mergedTree(committed(`${tip}^{tree}`, [ancestor], facts), committed(`${commit.id}^{tree}`, [ancestor], facts));
      if (tree === undefined) return undefined;
      tip = committed(tree, [tip], { message: commit.message, by: commit.author });
      landed.push(tip);
    }
    return { tip, landed };
  }
  return host;
}
