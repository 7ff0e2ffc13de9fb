import { readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { bucketOf, namesIn, readObject, removeObject, type Bucket } from "./bucket.ts";
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

/** Where a backend keeps its files, as far as locks need it. */
interface Place {
  /** undefined: it cannot be listed. */
  list(folder: string): Promise<readonly string[] | undefined>;
  read(path: string): Promise<string | undefined>;
  remove(path: string): Promise<void>;
}

/** Writing a lock takes an engine milliseconds. */
const beingWrittenMs = 2_000;

/**
 * A lock that its engine could not write to its end (the disk was full, it was killed): a name that is no lock's, and the engine stumbles over it when it
 * looks for locks, for ever. Somebody may be writing it this very moment: it goes once it is as it was a while ago.
 */
async function dropUnwritten(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names.filter((one) => /\.json\.[0-9a-f]+\.tmp$/.test(one))) {
    const file = join(folder, name);
    const ageMs = Date.now() - (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
    if (ageMs < beingWrittenMs) await sleep(beingWrittenMs - Math.max(0, ageMs));
    // Where nothing can be written, the engine itself will tell.
    await rm(file, { force: true }).catch(() => undefined);
  }
}

const onDisk = (root: string): Place => ({
  async list(folder) {
    const names = await readdir(join(root, folder)).catch(() => []);
    await dropUnwritten(join(root, folder), names);
    return names;
  },
  read: (path) => readFile(join(root, path), "utf8").catch(() => undefined),
  remove: async (path) => {
    await rm(join(root, path), { force: true });
    await rm(join(root, `${path}.attrs`), { force: true });
  },
});

const inBucket = (bucket: Bucket): Place => ({
  list: (folder) => namesIn(bucket, folder),
  read: (path) => readObject(bucket, path),
  remove: async (path) => void (await removeObject(bucket, path)),
});

async function placeOf({ backend, variables }: StackSite): Promise<Place | undefined> {
  const root = fileBackend(backend);
  if (root !== undefined) return onDisk(root);
  const bucket = await bucketOf(backend, variables);
  return bucket === undefined ? undefined : inBucket(bucket);
}

/** Where the engine puts its lock files of one stack: one file per lock, with its owner and no expiry. */
async function lockFolder(site: StackSite): Promise<string> {
  return join(".pulumi", "locks", "organization", await projectName(site.directory), shortName(site.pulumiStack));
}

const isLockName = (name: string): boolean => /^[\w-]+\.json$/.test(name);

/** The locks that are on a stack now; undefined where the backend cannot be listed. One that cannot be read counts as nobody's we know. */
export async function locksOf(site: StackSite): Promise<readonly EngineLock[] | undefined> {
  const place = await placeOf(site);
  if (place === undefined) return undefined;
  const folder = await lockFolder(site);
  const names = (await place.list(folder))?.filter((name) => name.endsWith(".json"));
  const found: EngineLock[] = [];
  for (const name of names?.toSorted() ?? []) {
    const text = await place.read(join(folder, name));
    if (text !== undefined) found.push(readLock(name, text));
  }
  return names === undefined ? undefined : found;
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
  if (isLockName(name)) await (await placeOf(site))?.remove(join(await lockFolder(site), name));
}

/** The lock that this very process of the engine holds. A number that was given again would have taken it before `startedMs`. */
export async function lockOfSession(site: StackSite, session: number, startedMs: number): Promise<EngineLock | undefined> {
  const locks = await locksOf(site).catch(() => undefined);
  return locks?.find((lock) => lock.pid === session && lock.host === hostname() && Date.parse(lock.since) >= startedMs - 2_000);
}
