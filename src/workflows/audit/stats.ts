import type { CommitFacts } from "../../adapters/git/index.ts";
import { deliveryStats, isWithin, type DeliveryStats, type RunTold, type Span } from "../../domain/audit/index.ts";
import { eachOf, ledgerPlace, type Estate } from "../estate/index.ts";
import { openHistory, readEntries, type History, type HistoryPlace } from "../ledger/index.ts";
import { hasLedger, startOf } from "./open.ts";

/** Commits of one merge that are looked through for the oldest. */
const mostMerged = 500;

/** Runs that ended within a span or after it, as the ledger has them last. */
async function endedRuns(place: HistoryPlace, history: History, span: Span): Promise<readonly RunTold[]> {
  const runs = new Map<string, RunTold>();
  for await (const { entry } of readEntries(place, history, startOf(history, { ...span, untilMs: Infinity }))) {
    for (const { id, is } of entry.runs) if (is !== undefined && is !== "unreadable" && is.endedAt !== null) runs.set(id, is);
  }
  return [...runs.values()];
}

/** The oldest of the commits that a commit brought: of a merge those of the merged branch, else its own. */
async function broughtAt({ repository }: Estate, sha: string): Promise<number | undefined> {
  const merge = await repository.commit(sha).catch(() => undefined);
  if (merge === undefined) return undefined;
  const [into, from] = merge.parents;
  const merged: readonly CommitFacts[] = into === undefined || from === undefined ? [] : await repository.firstParents(into, from, mostMerged);
  return Math.min(...[merge, ...merged].map(({ at }) => Date.parse(at)));
}

async function commitTimes(estate: Estate, runs: readonly RunTold[], span: Span): Promise<ReadonlyMap<string, number>> {
  const within = runs.filter(({ endedAt, result }) => result === "good" && endedAt !== null && isWithin(endedAt, span));
  const commits = [...new Set(within.flatMap(({ units }) => units.flatMap(({ commits: brought }) => brought)))];
  const times = new Map<string, number>();
  await eachOf(commits, { atOnce: 4 }, async (sha) => {
    const at = await broughtAt(estate, sha);
    if (at !== undefined) times.set(sha, at);
  });
  return times;
}

/** How one environment is delivered to, from its ledger. Raises ENVIRONMENT_UNKNOWN, and what reading a ledger raises. */
export async function environmentStats(estate: Estate, environment: string, span: Span): Promise<DeliveryStats> {
  const isThere = await hasLedger(estate, environment);
  const place = await ledgerPlace(estate, environment);
  const history = isThere ? await openHistory(place, estate.host.files) : { head: undefined, commits: [], seen: undefined };
  const runs = await endedRuns(place, history, span);
  const times = await commitTimes(estate, runs, span);
  return deliveryStats({ environment, span, runs, committedAt: (commit) => times.get(commit) });
}
