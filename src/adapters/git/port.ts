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

/**
 * One repository, seen through a private bare mirror of its remote: objects by `cat-file --batch`, refs moved by compare-and-swap push.
 * Methods may run at once. Raises REMOTE_UNREACHABLE, PUSH_REFUSED, REF_INVALID, BRANCH_MISSING, MERGE_CONFLICT.
 */
export interface Repository {
  /** Fetches all branches of the remote (pruned). Deleted branches disappear from `branch()`. */
  fetch(): Promise<void>;
  /** Brings the objects of a commit of the local clone into the mirror, so that it can be previewed before it is pushed. */
  fetchLocal(clone: string, ref: string): Promise<Sha>;
  /** Head of a branch of the remote as last fetched. */
  branch(name: string): Promise<Sha | undefined>;
  resolve(ref: string): Promise<Sha>;
  commit(sha: Sha): Promise<CommitFacts>;
  /** First-parent commits after `from` (exclusive) up to `to`, oldest first. `from` undefined: all, at most `limit`. */
  firstParents(from: Sha | undefined, to: Sha, limit: number): Promise<readonly CommitFacts[]>;
  isAncestor(ancestor: Sha, descendant: Sha): Promise<boolean>;
  /** The tree that merging `head` into `onto` would give. */
  mergeTree(onto: Sha, head: Sha): Promise<Sha>;
  /** All files below a path ("" = everything), recursively. */
  list(treeish: Sha, path: string): Promise<readonly TreeEntry[]>;
  read(treeish: Sha, path: string): Promise<Buffer | undefined>;
  readBlob(blob: Sha): Promise<Buffer>;
  /** Paths that differ between two trees or commits. */
  changedPaths(from: Sha, to: Sha): Promise<readonly string[]>;
  /** Writes exactly these files of a tree below a directory (symlinks leaving it are refused). */
  materialise(treeish: Sha, paths: readonly string[], directory: string): Promise<void>;
  /** A new commit with these files (path → content) on top of `parent` (its files kept, `null` deletes), not yet on any ref. */
  write(options: { readonly parent: Sha | undefined; readonly files: Readonly<Record<string, string | null>>; readonly message: string; readonly orphanTree?: boolean }): Promise<Sha>;
  /** `push --force-with-lease=<ref>:<old>`, result read from --porcelain flags. `old` undefined: the ref must not exist. */
  moveRef(ref: string, old: Sha | undefined, next: Sha): Promise<PushOutcome>;
  close(): Promise<void>;
}
