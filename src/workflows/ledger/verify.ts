import { Problem } from "../../base/problem/index.ts";
import type { Repository, Sha } from "../../adapters/git/index.ts";
import { refuseUnsigned, type ReadSignatures } from "./signed.ts";
import { environmentRecordSchema, ledgerSchemaVersion, type EnvironmentRecord } from "./schema.ts";
import type { Seen } from "./seen.ts";

/** One verified commit of the ledger. */
export interface Snapshot {
  readonly head: Sha;
  readonly environment: EnvironmentRecord;
}

export type LedgerRepository = Pick<Repository, "fetch" | "branch" | "commit" | "read" | "list" | "write" | "moveRef" | "isAncestor" | "firstParents">;

export interface LedgerPlace {
  readonly repository: LedgerRepository;
  readonly environment: string;
  readonly branch: string;
  /** The local file with what was last seen; named in `detail` only. */
  readonly seenFile: string;
  /** Where keys are named that may sign: from the first good signature on every entry needs one. */
  readonly signatures?: ReadSignatures;
}

/** Longer stretches are not counted commit by commit. */
const mostCounted = 5_000;

export const environmentFile = "environment.json";

function foreign(place: LedgerPlace, why: string, detail?: string): Problem {
  return new Problem("LEDGER_FOREIGN", {
    what: `the branch ${place.branch} is not the ledger of ${place.environment}: ${why}`,
    on: `branch ${place.branch}`,
    todo: "Rename or delete that branch, or set another prefix: ledger.prefix in trueup.config.ts.",
    ...(detail === undefined ? {} : { detail }),
  });
}

/** LEDGER_NEWER when a file of the ledger says a format that only a newer trueup knows. */
export function refuseNewer(place: Pick<LedgerPlace, "environment" | "branch">, raw: unknown): void {
  const version = typeof raw === "object" && raw !== null && "schema" in raw ? raw.schema : undefined;
  if (typeof version !== "number" || version <= ledgerSchemaVersion) return;
  throw new Problem("LEDGER_NEWER", {
    what: `the ledger of ${place.environment} has format ${version}; this trueup knows up to ${ledgerSchemaVersion}`,
    on: `branch ${place.branch}`,
    todo: "Upgrade trueup on this machine. Nothing was touched.",
  });
}

function rewritten(place: LedgerPlace, why: string, seen: Seen | undefined): Problem {
  const back = seen === undefined ? "" : ` To put it back: git push --force origin ${seen.head}:refs/heads/${place.branch}.`;
  return new Problem("LEDGER_REWRITTEN", {
    what: `the ledger of ${place.environment} was rewritten: ${why}`,
    on: `branch ${place.branch}`,
    todo: `Find out who pushed it.${back} If it was meant, forget the remembered head (its file is named by --debug).`,
    detail: `last seen: ${seen === undefined ? "nothing" : `${seen.head} (sequence ${seen.sequence})`} in ${place.seenFile}`,
  });
}

async function readJson(place: LedgerPlace, head: Sha): Promise<unknown> {
  const content = await place.repository.read(head, environmentFile);
  if (content === undefined) throw foreign(place, `it holds no ${environmentFile}`);
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    throw foreign(place, `its ${environmentFile} is not JSON`);
  }
}

/** The record in a commit of the ledger branch. LEDGER_NEWER for another format, LEDGER_FOREIGN for anything else that is not of trueup. */
async function readRecord(place: LedgerPlace, head: Sha): Promise<EnvironmentRecord> {
  const raw = await readJson(place, head);
  refuseNewer(place, raw);
  const parsed = environmentRecordSchema.safeParse(raw);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".");
    throw foreign(place, `its ${environmentFile} is not one of trueup's (at ${where === undefined || where === "" ? "its top" : where})`, parsed.error.message);
  }
  if (parsed.data.environment !== place.environment) throw foreign(place, `it is the ledger of environment "${parsed.data.environment}"`);
  return parsed.data;
}

/**
 * The ledger as it is in the mirror, checked against itself and against what this machine saw last: nothing is taken away, nothing is put in
 * between, each commit counts one, and is signed where others are. undefined: there never was one. Raises LEDGER_FOREIGN, LEDGER_NEWER, LEDGER_REWRITTEN,
 * LEDGER_BROKEN.
 */
export async function readVerified(place: LedgerPlace, seen: Seen | undefined): Promise<Snapshot | undefined> {
  const head = await place.repository.branch(place.branch);
  if (head === undefined) {
    if (seen !== undefined) throw rewritten(place, "its branch is gone", seen);
    return undefined;
  }
  const environment = await readRecord(place, head);
  if (seen?.head === head) return { head, environment };
  if (seen !== undefined && !(await place.repository.isAncestor(seen.head, head))) throw rewritten(place, `it no longer holds ${seen.head.slice(0, 7)}`, seen);
  await checkCount(place, { head, environment }, seen);
  await refuseUnsigned(place, head, seen?.head);
  return { head, environment };
}

async function checkCount(place: LedgerPlace, now: Snapshot, seen: Seen | undefined): Promise<void> {
  const commits = await place.repository.firstParents(seen?.head, now.head, mostCounted);
  if (commits.length >= mostCounted) return;
  const merge = commits.find((commit) => commit.parents.length > 1);
  if (merge !== undefined) throw rewritten(place, `${merge.sha.slice(0, 7)} merges something into it`, seen);
  const expected = now.environment.sequence - (seen?.sequence ?? 0);
  if (commits.length === expected) return;
  throw rewritten(place, `${commits.length} commits ${seen === undefined ? "" : `since ${seen.head.slice(0, 7)} `}were counted as ${expected}`, seen);
}
