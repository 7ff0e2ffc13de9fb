import { Problem } from "../../base/problem/index.ts";
import { formatCommit, messageOf, nameOf, type Identity } from "./commits.ts";
import type { ChildResult } from "../../base/process/index.ts";
import { mapBounded } from "./bounded.ts";
import { gitFailed, type Git } from "./git.ts";
import { requirePathParts, requireSha } from "./names.ts";
import type { Sha } from "./port.ts";
import { folderMode, type TreeRow, type Trees } from "./trees.ts";

/** Path components → id of the new content, or null to delete. */
interface Edit {
  readonly parts: readonly string[];
  readonly blob: Sha | null;
}

export interface WriteOptions {
  readonly parent: Sha | undefined;
  readonly files: Readonly<Record<string, string | null>>;
  readonly message: string;
  readonly orphanTree?: boolean;
  readonly tree?: Sha;
}

/** Who makes commits. */
export interface Author {
  readonly identity: Identity;
  /** Path of the ssh key that signs them; a public one stands for the agent behind SSH_AUTH_SOCK. Left out: they are not signed. */
  readonly signingKey?: string;
}

function cannotSign(git: Git, result: ChildResult): Problem {
  return new Problem("CONFIG_INVALID", {
    what: "what is to be recorded cannot be signed",
    on: "the key that TRUEUP_SIGNING_KEY names",
    todo: "Give it the absolute path of an ssh key without a passphrase that nobody else may read, or take the variable away. Nothing was recorded.",
    detail: gitFailed(["commit-tree"], result, git.remote).detail ?? "",
  });
}

/** git orders the rows of a tree by bytes, a folder as if its name ended in "/". */
function gitOrder(a: TreeRow, b: TreeRow): number {
  const key = (row: TreeRow): Buffer => Buffer.from(row.mode === folderMode ? `${row.name}/` : row.name, "utf8");
  return Buffer.compare(key(a), key(b));
}

function formatTree(rows: readonly TreeRow[]): Buffer {
  return Buffer.concat([...rows].sort(gitOrder).flatMap((row) => [Buffer.from(`${row.mode} ${row.name}\0`, "utf8"), Buffer.from(row.sha, "hex")]));
}

/** Makes commits without index or work tree: blobs, trees and the commit go to `hash-object` by stdin, so that no path or text is an argument. */
export class CommitWriter {
  readonly #git: Git;
  readonly #trees: Trees;
  readonly #author: Author;

  constructor(git: Git, trees: Trees, author: Author) {
    this.#git = git;
    this.#trees = trees;
    this.#author = author;
  }

  async write(options: WriteOptions, atMs: number): Promise<Sha> {
    const edits = await mapBounded(Object.entries(options.files), 4, async ([path, content]): Promise<Edit> => {
      const parts = requirePathParts(path);
      return { parts, blob: content === null ? null : await this.#store("blob", Buffer.from(content, "utf8")) };
    });
    const base = options.tree ?? (options.orphanTree === true ? undefined : options.parent);
    const tree = (await this.#edit(base === undefined ? undefined : await this.#trees.root(base), edits)) ?? (await this.#store("tree", Buffer.alloc(0)));
    const parents = options.parent === undefined ? [] : [requireSha(options.parent)];
    const { identity, signingKey } = this.#author;
    const facts = { tree, parents, identity, atMs, message: options.message };
    return signingKey === undefined ? this.#store("commit", formatCommit(facts)) : this.#signed(facts, signingKey);
  }

  /**
   * A commit that is only there to be merged: what stands for one history in a question about three trees. Its id is the same for the same tree and
   * parents, and no ref ever reaches it.
   */
  async standIn(tree: Sha, parents: readonly Sha[]): Promise<Sha> {
    const identity = { name: "trueup", email: "trueup@localhost" };
    return this.#store("commit", formatCommit({ tree, parents: parents.map(requireSha), identity, atMs: 0, message: "Stand in" }));
  }

  /** The same commit with git's own signature in it. */
  async #signed(facts: Parameters<typeof formatCommit>[0], key: string): Promise<Sha> {
    const date = `${Math.floor(facts.atMs / 1000)} +0000`;
    const [name, email] = [nameOf(facts.identity.name), nameOf(facts.identity.email)];
    const env = {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: date,
    };
    const settings = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${key}`, "-c", "gpg.ssh.program=ssh-keygen"];
    const parents = facts.parents.flatMap((parent) => ["-p", parent]);
    const args = [...settings, "commit-tree", "-S", "-F", "-", ...parents, facts.tree];
    const result = await this.#git.run(args, { stdin: messageOf(facts.message), env });
    if (result.exitCode !== 0) throw cannotSign(this.#git, result);
    return requireSha(result.stdout.trim());
  }

  /** The tree after the edits, or undefined when nothing is left in it. */
  async #edit(base: Sha | undefined, edits: readonly Edit[]): Promise<Sha | undefined> {
    const rows = new Map((base === undefined ? [] : await this.#trees.rows(base)).map((row) => [row.name, row]));
    for (const name of new Set(edits.map((edit) => edit.parts[0] ?? ""))) {
      const row = await this.#editRow(
        name,
        rows.get(name),
        edits.filter((edit) => edit.parts[0] === name),
      );
      if (row === undefined) rows.delete(name);
      else rows.set(name, row);
    }
    return rows.size === 0 ? undefined : this.#store("tree", formatTree([...rows.values()]));
  }

  /** One row after its edits: a file's own first, then those below it, which make it a folder. */
  async #editRow(name: string, was: TreeRow | undefined, edits: readonly Edit[]): Promise<TreeRow | undefined> {
    let row = was;
    for (const { parts, blob } of edits) {
      if (parts.length > 1) continue;
      row = blob === null ? undefined : { mode: was?.mode.startsWith("100") === true ? was.mode : "100644", name, sha: blob };
    }
    const deeper = edits.filter((edit) => edit.parts.length > 1).map((edit) => ({ parts: edit.parts.slice(1), blob: edit.blob }));
    if (deeper.length === 0) return row;
    const folder = await this.#edit(row?.mode === folderMode ? row.sha : undefined, deeper);
    if (folder !== undefined) return { mode: folderMode, name, sha: folder };
    return row?.mode === folderMode ? undefined : row;
  }

  async #store(type: "blob" | "tree" | "commit", data: Buffer): Promise<Sha> {
    return requireSha((await this.#git.must(["hash-object", "-w", "-t", type, "--stdin"], { stdin: data })).trim());
  }
}
