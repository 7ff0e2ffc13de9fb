import { closeSync, openSync, writeFileSync } from "node:fs";
import { lstat, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { mapBounded } from "./bounded.ts";
import { leadsOutside } from "./links.ts";
import { quoted, requirePathParts } from "./names.ts";
import type { TakeLarge } from "./objects.ts";
import type { Sha } from "./port.ts";
import type { Trees } from "./trees.ts";

const linkMode = "120000";
const atOnce = 32;

interface FileToWrite {
  readonly path: string;
  readonly parts: readonly string[];
  readonly mode: string;
  readonly blob: Sha;
}

async function findFile(trees: Trees, treeish: Sha, path: string): Promise<FileToWrite> {
  const parts = requirePathParts(path);
  const row = await trees.find(treeish, path);
  if (row !== undefined && (row.mode.startsWith("100") || row.mode === linkMode)) return { path, parts, mode: row.mode, blob: row.sha };
  throw new Problem("STACK_PATH_MISSING", {
    what: `there is no file ${quoted(path)}`,
    on: `commit ${treeish.slice(0, 7)}`,
    todo: "Correct the path, or commit the file.",
  });
}

/** Makes the folders of a file one by one; each must be a real folder, never a link that was there before. */
async function makeFolders(root: string, parts: readonly string[], made: Set<string>): Promise<void> {
  let at = root;
  for (const part of parts) {
    at = join(at, part);
    if (made.has(at)) continue;
    await mkdir(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    if (!(await lstat(at)).isDirectory()) throw notPlain(at.slice(root.length + 1), "a folder is to be written where something else is");
    made.add(at);
  }
}

function notPlain(path: string, why: string): Problem {
  return new Problem("REF_INVALID", {
    what: `${quoted(path)} is not written: ${why}`,
    on: quoted(path),
    todo: "Replace the symbolic link by the file it points to, or by a link inside the repository.",
  });
}

export interface Source {
  readonly treeish: Sha;
  readonly trees: Trees;
  /** A large file is given to `large` where that is given, and the answer is empty. */
  readonly readBlob: (blob: Sha, large?: TakeLarge) => Promise<Buffer>;
}

/** A large file goes to the disk as it comes: it is never whole in memory, and its size is nobody's business. */
async function writeOut(source: Source, { blob, mode }: FileToWrite, target: string): Promise<void> {
  const options = { flag: "wx", mode: mode === "100755" ? 0o755 : 0o644 };
  let opened: number | undefined;
  let failed: unknown;
  const large = (piece: Buffer): void => {
    if (failed !== undefined) return;
    try {
      opened ??= openSync(target, options.flag, options.mode);
      writeFileSync(opened, piece);
    } catch (thrown) {
      failed = thrown;
    }
  };
  try {
    const data = await source.readBlob(blob, large);
    if (failed !== undefined) throw failed;
    if (opened === undefined) await writeFile(target, data, options);
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

/**
 * Writes exactly these files of a tree. Regular files first, links last: no file is ever written through a link. When one link leads out of
 * the directory, the links of this call are taken away again and it is refused.
 */
export async function materialise(source: Source, paths: readonly string[], directory: string): Promise<void> {
  const files = await mapBounded([...new Set(paths)], atOnce, (path) => findFile(source.trees, source.treeish, path));
  await mkdir(directory, { recursive: true });
  const made = new Set<string>();
  for (const file of files) await makeFolders(directory, file.parts.slice(0, -1), made);
  await mapBounded(
    files.filter((file) => file.mode !== linkMode),
    atOnce,
    async (file) => {
      const target = join(directory, ...file.parts);
      await rm(target, { force: true });
      await writeOut(source, file, target);
    },
  );
  await writeLinks(
    source,
    files.filter((file) => file.mode === linkMode),
    directory,
  );
}

async function writeLinks(source: Source, links: readonly FileToWrite[], directory: string): Promise<void> {
  const written: string[] = [];
  try {
    for (const link of links) {
      const target = join(directory, ...link.parts);
      await rm(target, { force: true });
      await symlink((await source.readBlob(link.blob)).toString("utf8"), target);
      written.push(target);
    }
    for (const link of links) {
      if (await leadsOutside(directory, link.parts)) throw notPlain(link.path, "it is a symbolic link that leads out of the repository");
    }
  } catch (thrown) {
    for (const target of written) await rm(target, { force: true });
    throw thrown;
  }
}
