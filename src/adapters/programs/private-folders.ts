import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { processFacts } from "../../base/process/index.ts";

const staleMs = 24 * 3_600_000;

/** A folder name that nobody else has, and that says which process made it: `<label>-<pid>-<start ticks>-<random>`. */
export function privateName(label: string): string {
  return `${label}-${process.pid}-${processFacts(process.pid)?.startTicks ?? 0}-${randomUUID().slice(0, 8)}`;
}

function isOwnerAlive(name: string): boolean {
  const match = /-(\d+)-(\d+)-[0-9a-f]{8}$/.exec(name);
  const facts = match === null ? undefined : processFacts(Number(match[1]));
  return facts !== undefined && facts.startTicks === Number(match?.[2]);
}

/** Removes what killed processes left behind: folders a day old whose maker is gone. Failures do not matter: the next run tries again. */
export async function sweepFolders(parent: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(parent).catch(() => [] as string[])) {
    const path = join(parent, name);
    const age = await stat(path)
      .then((facts) => now - facts.mtimeMs)
      .catch(() => 0);
    if (age > staleMs && !isOwnerAlive(name)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
