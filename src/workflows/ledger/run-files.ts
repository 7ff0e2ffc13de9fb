import { thisHost, type Host } from "../../base/host/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { runRecordSchema, type RunRecord } from "./run-schema.ts";
import { refuseNewer, type LedgerPlace, type LedgerRepository } from "./verify.ts";

/** Runs kept in the tree; older ones stay in the history of the branch. */
export const mostRuns = 500;

const idPattern = /^[A-Za-z0-9][A-Za-z0-9-]{0,79}$/;

/** Sorts by time: `20261121-053049-4f2c1d9a`. */
export function newRunId(now: Date, { random }: Pick<Host, "random"> = thisHost): string {
  const digits = now.toISOString().replace(/[-:]/g, "");
  return `${digits.slice(0, 8)}-${digits.slice(9, 15)}-${random(4)}`;
}

/** Where a run's record is. USAGE for an id that could name another file. */
export function runFile(id: string): string {
  if (idPattern.test(id)) return `runs/${id}.json`;
  throw new Problem("USAGE", { what: "that is no run id", on: JSON.stringify(id.slice(0, 80)), todo: "Take an id from: trueup log" });
}

/** The oldest run records beyond `mostRuns - 1`, by the time in their names: one more is about to be written. */
export async function forgottenRuns(repository: Pick<LedgerRepository, "list">, head: string): Promise<readonly string[]> {
  const paths = (await repository.list(head, "runs")).map((entry) => entry.path).sort();
  return paths.slice(0, Math.max(0, paths.length - (mostRuns - 1)));
}

/** The record of one run. LEDGER_NEWER for another format, LEDGER_FOREIGN when nobody's trueup wrote it like that. */
export function parseRun(place: Pick<LedgerPlace, "branch" | "environment">, id: string, content: Buffer): RunRecord {
  try {
    const raw: unknown = JSON.parse(content.toString("utf8"));
    refuseNewer(place, raw);
    return runRecordSchema.parse(raw);
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    throw new Problem("LEDGER_FOREIGN", {
      what: `the record of run ${id} cannot be read`,
      on: `branch ${place.branch}, ${runFile(id)}`,
      todo: "Find out who edited that file.",
      cause: thrown,
    });
  }
}
