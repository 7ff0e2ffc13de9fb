import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { EngineLock, StackSite } from "./port.ts";
import { projectName, shortName } from "./project-copy.ts";

const lockFile = z.looseObject({ pid: z.int(), username: z.string(), hostname: z.string(), timestamp: z.string() });

/** The folder of a file backend; undefined for any other backend. */
export function fileBackend(backend: string): string | undefined {
  if (!backend.startsWith("file://")) return undefined;
  try {
    const url = new URL(backend);
    url.search = "";
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** Where the engine puts its lock files of one stack: one file per lock, with its owner and no expiry. */
async function lockFolder(site: StackSite): Promise<string | undefined> {
  const root = fileBackend(site.backend);
  return root === undefined ? undefined : join(root, ".pulumi", "locks", "organization", await projectName(site.directory), shortName(site.pulumiStack));
}

/** The locks that are on a stack now; undefined where the backend cannot be listed. One that cannot be read counts as nobody's we know. */
export async function locksOf(site: StackSite): Promise<readonly EngineLock[] | undefined> {
  const folder = await lockFolder(site);
  if (folder === undefined) return undefined;
  const names = (await readdir(folder).catch(() => [] as string[])).filter((name) => name.endsWith(".json"));
  const found: EngineLock[] = [];
  for (const name of names.sort()) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined) found.push(readLock(name, text));
  }
  return found;
}

function readLock(name: string, text: string): EngineLock {
  try {
    const { pid, username, hostname: host, timestamp } = lockFile.parse(JSON.parse(text));
    return { name, pid, user: username, host, since: timestamp };
  } catch {
    return { name, pid: 0, user: "somebody", host: "?", since: "" };
  }
}

/** Takes away one lock file and nothing else. */
export async function removeLockFile(site: StackSite, name: string): Promise<void> {
  const folder = await lockFolder(site);
  if (folder === undefined || !/^[\w-]+\.json$/.test(name)) return;
  await rm(join(folder, name), { force: true });
  await rm(join(folder, `${name}.attrs`), { force: true });
}

/** The lock that this very process of the engine holds. A number that was given again would have taken it before `startedMs`. */
export async function lockOfSession(site: StackSite, session: number, startedMs: number): Promise<EngineLock | undefined> {
  const locks = await locksOf(site).catch(() => undefined);
  return locks?.find((lock) => lock.pid === session && lock.host === hostname() && Date.parse(lock.since) >= startedMs - 2_000);
}
