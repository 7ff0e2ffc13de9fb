import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const keptMs = 14 * 24 * 60 * 60 * 1000;
/** Files looked at in one go; a cache larger than this shrinks over several starts. */
const mostFiles = 50_000;

/** Deletes files of the cache that were written two weeks ago or earlier: what is still used is made again in milliseconds. Never throws. */
export async function pruneCache(folder: string, now: number): Promise<void> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.slice(0, mostFiles)) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if (now - (await stat(path)).mtimeMs > keptMs) await rm(path, { force: true });
    }
  } catch {
    // Another host prunes the same folder; the next start goes on.
  }
}
