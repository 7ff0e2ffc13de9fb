import { formatCommit, type Identity } from "./commits.ts";
import { mapBounded } from "./bounded.ts";
import type { Git } from "./git.ts";
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
  readonly #identity: Identity;

  constructor(git: Git, trees: Trees, identity: Identity) {
    this.#git = git;
    this.#trees = trees;
    this.#identity = identity;
  }

  async write(options: WriteOptions, atMs: number): Promise<Sha> {
    const edits = await mapBounded(Object.entries(options.files), 4, async ([path, content]): Promise<Edit> => {
      const parts = requirePathParts(path);
      return { parts, blob: content === null ? null : await this.#store("blob", Buffer.from(content, "utf8")) };
    });
    const base = options.parent === undefined || options.orphanTree === true ? undefined : await this.#trees.root(options.parent);
    const tree = (await this.#edit(base, edits)) ?? (await this.#store("tree", Buffer.alloc(0)));
    const parents = options.parent === undefined ? [] : [requireSha(options.parent)];
    return this.#store("commit", formatCommit({ tree, parents, identity: this.#identity, atMs, message: options.message }));
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
