import type { Repository } from "../../adapters/git/index.ts";
import type { Ledger } from "./ledger.ts";
import type { RunRecord } from "./run-schema.ts";

/** Records that are read for ids and times: each is a file of the ledger. */
const mostRuns = 60;

/** By the turn in which each had the lease: a clock that was set back gives a later run the name of an earlier one. */
export function newestFirst(runs: readonly RunRecord[]): readonly RunRecord[] {
  return runs.toSorted((one, other) => other.fencing - one.fencing);
}

/** Records of the runs that the ledger still has, newest first. */
export async function recentRuns(repository: Pick<Repository, "branch" | "list">, ledger: Pick<Ledger, "branch" | "run">): Promise<readonly RunRecord[]> {
  const head = await repository.branch(ledger.branch);
  if (head === undefined) return [];
  const names = (await repository.list(head, "runs")).map(({ path }) => path.slice("runs/".length, -".json".length)).sort();
  const found: RunRecord[] = [];
  for (const id of names.slice(-mostRuns).toReversed()) {
    // What a record cannot tell is only less that is known.
    const run = await ledger.run(id).catch(() => undefined);
    if (run !== undefined) found.push(run);
  }
  return newestFirst(found);
}
