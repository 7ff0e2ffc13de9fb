import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Longer than git is ever silent about a pack that it still works on. */
const abandonedMs = 60 * 60_000;

const placeOf = (mirror: string): string => join(mirror, "objects", "pack");

/** Packs that git has begun to write and not put in their place: being written now, or left by a git that was killed or had no space. */
export async function unfinishedPacks(mirror: string): Promise<readonly string[]> {
  const names = await readdir(placeOf(mirror)).catch(() => [] as string[]);
  return names.filter((name) => name.startsWith("tmp_"));
}

/**
 * Removes what a fetch left that came to nothing, and answers whether there was any: git itself keeps it for weeks, as large as the repository. Another
 * process may have begun a pack meanwhile; its fetch then fails and is tried again, as after any collision.
 */
export async function removeUnfinished(mirror: string, before: readonly string[]): Promise<boolean> {
  const left = (await unfinishedPacks(mirror)).filter((name) => !before.includes(name));
  for (const name of left) await rm(join(placeOf(mirror), name), { force: true });
  return left.length > 0;
}

/** Removes what processes left that died over a fetch. */
export async function removeAbandoned(mirror: string): Promise<void> {
  for (const name of await unfinishedPacks(mirror)) {
    const path = join(placeOf(mirror), name);
    const at = await stat(path).catch(() => undefined);
    if (at !== undefined && Date.now() - at.mtimeMs > abandonedMs) await rm(path, { force: true });
  }
}
