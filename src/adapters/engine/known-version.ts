import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Smaller ones are scripts (shims of version managers): the same file may start another engine tomorrow. Bytes. */
const smallestBinary = 1024 * 1024;

/** The version of a CLI, asked once per file: the same path, size, inode and times are the same binary. `ask` starts it. */
export async function knownVersion(cli: string, cache: string, ask: () => Promise<string>): Promise<string> {
  const path = await realpath(cli);
  const { size, mtimeMs, ctimeMs, ino } = await stat(path);
  if (size < smallestBinary) return ask();
  const key = createHash("sha256")
    .update(JSON.stringify([path, size, mtimeMs, ctimeMs, ino]))
    .digest("hex");
  const folder = join(cache, "engine-versions");
  const kept = await readFile(join(folder, key), "utf8").catch(() => "");
  if (kept !== "") return kept;
  const version = await ask();
  if (version !== "") await keep(folder, key, version);
  return version;
}

/** A cache that cannot be written costs one start of the CLI per run. */
async function keep(folder: string, key: string, version: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, randomUUID());
    await writeFile(draft, version, { mode: 0o600 });
    await rename(draft, join(folder, key));
  } catch {
    // as said
  }
}
