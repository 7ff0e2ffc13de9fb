import { Problem } from "../../base/problem/index.ts";
import { mapBounded } from "./bounded.ts";
import { isSafeComponent, pathParts, quoted, requireSha } from "./names.ts";
import type { ObjectReader } from "./objects.ts";
import type { Sha, TreeEntry } from "./port.ts";

/** One row of one tree object. `mode` as git writes it: 40000 is a folder, 160000 a submodule. */
export interface TreeRow {
  readonly mode: string;
  readonly name: string;
  readonly sha: Sha;
}

export const folderMode = "40000";
const submoduleMode = "160000";
const mostCachedTrees = 20_000;
const mostFiles = 1_000_000;
const fewRows = 200;

/** The rows of a raw tree object. REF_INVALID when a name in it could leave the tree: only a forged commit has such names. */
function parseTree(data: Buffer, sha: Sha): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const nul = data.indexOf(0, space);
    if (space < 0 || nul < 0 || nul + 21 > data.length) throw forged(sha, "it is cut off");
    const name = data.subarray(space + 1, nul).toString("utf8");
    if (!isSafeComponent(name)) throw forged(sha, `it holds the name ${quoted(name)}`);
    rows.push({ mode: data.subarray(at, space).toString("ascii"), name, sha: data.subarray(nul + 1, nul + 21).toString("hex") });
    at = nul + 21;
  }
  return rows;
}

function forged(sha: Sha, why: string): Problem {
  return new Problem("REF_INVALID", {
    what: `a folder in the commit cannot be written to any disk: ${why}`,
    on: `tree ${sha}`,
    todo: "Find out who made this commit; git itself does not make such trees.",
  });
}

/** Folders and files of commits, read from objects alone: no path is ever given to a git process. */
export class Trees {
  readonly #objects: Pick<ObjectReader, "read">;
  readonly #cache = new Map<Sha, readonly TreeRow[]>();
  readonly #byName = new WeakMap<readonly TreeRow[], ReadonlyMap<string, TreeRow>>();

  constructor(objects: Pick<ObjectReader, "read">) {
    this.#objects = objects;
  }

  /** The tree of a commit, a tag, or the tree itself. REF_INVALID when there is none. */
  async root(treeish: Sha): Promise<Sha> {
    let sha = requireSha(treeish);
    for (let hop = 0; hop < 8; hop++) {
      if (this.#cache.has(sha)) return sha;
      const object = await this.#objects.read(sha);
      if (object?.type === "tree") {
        this.#remember(sha, parseTree(object.data, sha));
        return sha;
      }
      const next = object === undefined ? undefined : /^(?:tree|object) ([0-9a-f]{40})\n/.exec(object.data.subarray(0, 64).toString("ascii"))?.[1];
      if (next === undefined) break;
      sha = next;
    }
    throw new Problem("REF_INVALID", {
      what: "there is no such commit in the repository",
      on: treeish,
      todo: "Push the commit first, or fetch it into this clone.",
    });
  }

  async rows(tree: Sha): Promise<readonly TreeRow[]> {
    const known = this.#cache.get(tree);
    if (known !== undefined) return known;
    const object = await this.#objects.read(tree);
    if (object?.type !== "tree") throw forged(tree, "it is not in the repository");
    return this.#remember(tree, parseTree(object.data, tree));
  }

  /** The row a path names, through folders only (a symlink is not followed), or undefined. "" is the root. */
  async find(treeish: Sha, path: string): Promise<TreeRow | undefined> {
    let row: TreeRow = { mode: folderMode, name: "", sha: await this.root(treeish) };
    if (path === "") return row;
    const parts = pathParts(path);
    if (parts === undefined) return undefined;
    for (const part of parts) {
      if (row.mode !== folderMode) return undefined;
      const next = this.#named(await this.rows(row.sha), part);
      if (next === undefined) return undefined;
      row = next;
    }
    return row;
  }

  /** Each file of a folder is looked for by its name: one after another, that would be the square of how many there are. */
  #named(rows: readonly TreeRow[], name: string): TreeRow | undefined {
    if (rows.length < fewRows) return rows.find((row) => row.name === name);
    const known = this.#byName.get(rows) ?? new Map(rows.map((row) => [row.name, row]));
    this.#byName.set(rows, known);
    return known.get(name);
  }

  /** All files at or below a path, in git's order; submodules are left out. */
  async list(treeish: Sha, path: string): Promise<readonly TreeEntry[]> {
    const start = await this.find(treeish, path);
    if (start === undefined || start.mode === submoduleMode) return [];
    if (start.mode !== folderMode) return [{ path, mode: start.mode, blob: start.sha }];
    return this.#below(start.sha, path === "" ? "" : `${path}/`);
  }

  async #below(tree: Sha, prefix: string): Promise<TreeEntry[]> {
    const rows = await this.rows(tree);
    const parts = await mapBounded(rows, 64, async (row): Promise<TreeEntry[]> => {
      if (row.mode === folderMode) return this.#below(row.sha, `${prefix}${row.name}/`);
      return row.mode === submoduleMode ? [] : [{ path: prefix + row.name, mode: row.mode, blob: row.sha }];
    });
    const files = parts.flat();
    if (files.length > mostFiles) throw forged(tree, `it holds more than ${mostFiles} files`);
    return files;
  }

  /** Paths of files that differ between two trees; equal folders are not opened. */
  async changed(from: Sha, to: Sha): Promise<readonly string[]> {
    return this.#differing(await this.root(from), await this.root(to), "");
  }

  async #differing(from: Sha | undefined, to: Sha | undefined, prefix: string): Promise<string[]> {
    if (from === to) return [];
    const before = new Map((from === undefined ? [] : await this.rows(from)).map((row) => [row.name, row]));
    const after = new Map((to === undefined ? [] : await this.rows(to)).map((row) => [row.name, row]));
    const names = [...new Set([...before.keys(), ...after.keys()])].sort();
    const parts = await mapBounded(names, 64, async (name) => {
      const [was, is] = [before.get(name), after.get(name)];
      if (was?.sha === is?.sha && was?.mode === is?.mode) return [];
      const folder = (row: TreeRow | undefined): Sha | undefined => (row?.mode === folderMode ? row.sha : undefined);
      const below = await this.#differing(folder(was), folder(is), `${prefix}${name}/`);
      const isFile = [was, is].some((row) => row !== undefined && row.mode !== folderMode);
      return isFile ? [prefix + name, ...below] : below;
    });
    return parts.flat();
  }

  #remember(sha: Sha, rows: readonly TreeRow[]): readonly TreeRow[] {
    if (this.#cache.size >= mostCachedTrees) this.#cache.clear();
    this.#cache.set(sha, rows);
    return rows;
  }
}
