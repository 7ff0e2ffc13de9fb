/** A full commit id: 40 hex digits. */
export type Sha = string;

export interface CommitFacts {
  readonly sha: Sha;
  readonly parents: readonly Sha[];
  readonly author: { readonly name: string; readonly email: string };
  /** ISO 8601, committer's. */
  readonly at: string;
  readonly subject: string;
  readonly body: string;
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly blob: Sha;
}

/** Outcome of moving one ref by compare-and-swap. `lost`: somebody else moved it ("up to date" counts as lost). */
export type PushOutcome = { readonly kind: "moved" } | { readonly kind: "lost" };

/** What is left without a commit, or the files (sorted) that say something else by now. */
export type RevertedTree = { readonly kind: "tree"; readonly tree: Sha } | { readonly kind: "conflict"; readonly files: readonly string[] };

/**
 * One repository, seen through a private bare mirror of its remote: objects by `cat-file --batch`, refs moved by compare-and-swap push.
 * Methods may run at once, also those of several processes on one mirror. Ids are full ones; anything else raises REF_INVALID.
 * Raises REMOTE_UNREACHABLE (fetch, moveRef, tryPush, defaultBranch), PUSH_REFUSED, BRANCH_REWRITTEN (moveRef), REF_INVALID, MERGE_CONFLICT, STACK_PATH_MISSING
 * (materialise), CONFIG_INVALID (a file above 64 MiB that is read, not materialised), DISK_FULL. Everything has a deadline.
 */
export interface Repository {
  /** Fetches all branches of the remote (pruned). Deleted branches disappear from `branch()`. */
  fetch(): Promise<void>;
  /**
   * Asks the remote where its branches are, and fetches only when one of them is not where it was when this process last fetched because of it.
   * True when it fetched, as it does the first time.
   */
  fetchIfMoved(): Promise<boolean>;
  /** Brings the objects of a commit of the local clone into the mirror, so that it can be previewed before it is pushed. `ref` as for `resolve`. */
  fetchLocal(clone: string, ref: string): Promise<Sha>;
  /** Brings the head of a pull request (`refs/pull/7/head`, `refs/merge-requests/7/head`), also one of a fork. REF_INVALID when the remote has none. */
  fetchRef(ref: string): Promise<Sha>;
  /** Head of a branch of the remote as last fetched. */
  branch(name: string): Promise<Sha | undefined>;
  /** Names of the remote's branches that begin with `prefix`, as last fetched, sorted. */
  branches(prefix: string): Promise<readonly string[]>;
  /** What a person wrote (branch, id, short id, `HEAD~2`) as a commit of the mirror. */
  resolve(ref: string): Promise<Sha>;
  commit(sha: Sha): Promise<CommitFacts>;
  /** First-parent commits after `from` (exclusive) up to `to`, oldest first; of more than `limit` the newest. `from` undefined: all. */
  firstParents(from: Sha | undefined, to: Sha, limit: number): Promise<readonly CommitFacts[]>;
  /** false also for an `ancestor` that the mirror does not have. True for equal ids. */
  isAncestor(ancestor: Sha, descendant: Sha): Promise<boolean>;
  /** The tree that merging `head` into `onto` would give. */
  mergeTree(onto: Sha, head: Sha): Promise<Sha>;
  /**
   * The tree that `onto` (a tree or a commit) would have without what one commit changed. Of a merge: all that it brought to its first parent. What
   * was changed again since then stays, or is a conflict. REF_INVALID for a commit without a parent.
   */
  revertTree(onto: Sha, commit: Sha): Promise<RevertedTree>;
  /** Id of the tree of a commit; a tree's own id. Commits with the same files share it. */
  tree(treeish: Sha): Promise<Sha>;
  /** All files at or below a path ("" = everything), in git's order; submodules are left out. A path that is not there gives none. */
  list(treeish: Sha, path: string): Promise<readonly TreeEntry[]>;
  /** Content of a file (of a symlink: its target), undefined when the path names none. */
  read(treeish: Sha, path: string): Promise<Buffer | undefined>;
  readBlob(blob: Sha): Promise<Buffer>;
  /** Paths that differ between two trees or commits. */
  changedPaths(from: Sha, to: Sha): Promise<readonly string[]>;
  /** Writes exactly these files of a tree below a directory, over what is there (symlinks leaving it are refused). */
  materialise(treeish: Sha, paths: readonly string[], directory: string): Promise<void>;
  /** A new commit with these files (path → content) on top of `parent` (its files kept, `null` deletes), not yet on any ref. `orphanTree`: nothing of the parent is kept. `tree`: these files are kept instead. */
  write(options: {
    readonly parent: Sha | undefined;
    readonly files: Readonly<Record<string, string | null>>;
    readonly message: string;
    readonly orphanTree?: boolean;
    readonly tree?: Sha;
  }): Promise<Sha>;
  /** `push --force-with-lease=<ref>:<old>`, result read from --porcelain flags; fast-forwards only. `old` undefined: the ref must not exist. A host that answers 429 or 5xx is asked again for a minute and a half. */
  moveRef(ref: string, old: Sha | undefined, next: Sha): Promise<PushOutcome>;
  /** Whether a push of `next` to a branch would be let in, as far as a dry run shows: nothing is sent, and no rule that wants to see the commits is asked. */
  tryPush(ref: string, next: Sha): Promise<void>;
  /** The branch that the remote itself puts first; undefined where it has none, or says none. */
  defaultBranch(): Promise<string | undefined>;
  close(): Promise<void>;
}
