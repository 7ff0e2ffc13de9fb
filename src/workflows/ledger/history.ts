import { createHash } from "node:crypto";
import type { LedgerEntry, RecordTold, RunChange, RunTold } from "../../domain/audit/index.ts";
import type { CommitFacts, Repository, Sha } from "../../adapters/git/index.ts";
import type { Files } from "../../base/host/index.ts";
import { parseTrailers } from "./message.ts";
import { runRecordSchema } from "./run-schema.ts";
import { environmentRecordSchema } from "./schema.ts";
import { readSeen, type Seen } from "./seen.ts";
import { environmentFile, refuseNewer, type LedgerPlace } from "./verify.ts";

/** Where a ledger is read as it is, trusted in nothing. */
export type HistoryPlace = Omit<LedgerPlace, "repository"> & {
  readonly repository: Pick<Repository, "fetch" | "branch" | "commit" | "firstParents" | "isAncestor" | "changedPaths" | "list" | "read">;
};

/** One ledger as it is in the mirror: its commits, and what this machine saw of it before. */
export interface History {
  readonly head: Sha | undefined;
  /** Oldest first. */
  readonly commits: readonly CommitFacts[];
  readonly seen: Seen | undefined;
}

/** One entry, and the record that it found. */
export interface Read {
  readonly entry: LedgerEntry;
  readonly before: RecordTold | undefined;
}

/** More entries than any ledger has: ten years of one every five minutes. */
const mostEntries = 1_000_000;
const atOnce = 32;
/** Looks at a ledger that seems rewritten before it is said: an older fetch into the same mirror may have ended after ours. */
const mostLooks = 3;

/** Fetches. Raises what the repository raises; says nothing of what it found. */
export async function openHistory(place: HistoryPlace, files: Files): Promise<History> {
  for (let look = 1; ; look++) {
    // What was seen is read before the fetch: read after it, another runner's newer sighting would make this look rolled back.
    const seen = await readSeen(files, place.seenFile);
    await place.repository.fetch();
    const head = await place.repository.branch(place.branch);
    const isThere = seen === undefined || (head !== undefined && (await place.repository.isAncestor(seen.head, head)));
    if (isThere || look >= mostLooks)
      return { head, commits: head === undefined ? [] : await place.repository.firstParents(undefined, head, mostEntries), seen };
  }
}

/** The commits that a ledger had when `head` was its newest, oldest first; undefined where the mirror no longer has them. */
export async function commitsUpTo(place: HistoryPlace, head: Sha): Promise<readonly Sha[] | undefined> {
  const known = await place.repository.commit(head).catch(() => undefined);
  if (known === undefined) return undefined;
  return (await place.repository.firstParents(undefined, head, mostEntries)).map(({ sha }) => sha);
}

function parsed(content: Buffer | undefined): unknown {
  try {
    return content === undefined ? undefined : JSON.parse(content.toString("utf8"));
  } catch {
    return undefined;
  }
}

async function readRecord(place: HistoryPlace, sha: Sha): Promise<RecordTold | undefined> {
  const raw = parsed(await place.repository.read(sha, environmentFile));
  refuseNewer(place, raw);
  return environmentRecordSchema.safeParse(raw).data;
}

const runPath = /^runs\/([A-Za-z0-9][A-Za-z0-9-]{0,79})\.json$/;

async function readRun(place: HistoryPlace, sha: Sha, id: string): Promise<RunChange> {
  const content = await place.repository.read(sha, `runs/${id}.json`);
  if (content === undefined) return { id, is: undefined };
  const raw = parsed(content);
  refuseNewer(place, raw);
  const run: RunTold | undefined = runRecordSchema.safeParse(raw).data;
  return { id, is: run ?? "unreadable" };
}

async function pathsOf(place: HistoryPlace, { sha, parents }: CommitFacts): Promise<readonly string[]> {
  const [parent] = parents;
  if (parent === undefined) return (await place.repository.list(sha, "")).map(({ path }) => path);
  return place.repository.changedPaths(parent, sha);
}

function digestOf(record: RecordTold | undefined): string {
  return createHash("sha256")
    .update(JSON.stringify(record?.stacks ?? null))
    .digest("hex");
}

async function readEntry(place: HistoryPlace, facts: CommitFacts): Promise<LedgerEntry> {
  const [record, paths] = await Promise.all([readRecord(place, facts.sha), pathsOf(place, facts)]);
  const runs = paths.flatMap((path) => runPath.exec(path)?.[1] ?? []);
  return {
    commit: facts.sha,
    parents: facts.parents,
    at: facts.at,
    sentence: facts.subject,
    trailers: parseTrailers(facts.body),
    record,
    stacksDigest: digestOf(record),
    runs: await Promise.all(runs.map((id) => readRun(place, facts.sha, id))),
    strangers: paths.filter((path) => path !== environmentFile && !runPath.test(path)),
  };
}

/** The entries from one place in the history on, oldest first. LEDGER_NEWER for what only a newer trueup can read. */
export async function* readEntries(place: HistoryPlace, { commits }: Pick<History, "commits">, from = 0): AsyncGenerator<Read> {
  const first = commits[from - 1];
  let before = first === undefined ? undefined : await readRecord(place, first.sha);
  for (let at = from; at < commits.length; at += atOnce) {
    for (const entry of await Promise.all(commits.slice(at, at + atOnce).map((facts) => readEntry(place, facts)))) {
      yield { entry, before };
      before = entry.record ?? before;
    }
  }
}
