import { asProblem, type Problem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { ledgerOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, LogEntry } from "../ledger/index.ts";
import { announce, hasNews } from "../notices/index.ts";
import { keepDriftIssue } from "./drift-issue.ts";
import { lateExit, lateReport } from "./late-report.ts";
import { hasUnwritten, takeOutFailed } from "./take-out.ts";
import { tell } from "./telling.ts";
import { applyUntold, isPassing, leaveUntold, tellUntold, untoldIn, withoutUntold, type Telling, type Untold } from "./untold.ts";

/** Runs of one commit that are looked through for the newest. */
const mostLooked = 60;

/** Tells what an earlier run of the environment could not: an apply by its record, the drift issue by what the ledgers say now. */
async function tellLate(estate: Estate, forge: Forge, { environment, one }: { readonly environment: string; readonly one: Untold }): Promise<void> {
  if (one.what === driftIssueUntold) return keepDriftIssue(estate, forge);
  const ledger = await ledgerOf(estate, environment);
  const run = one.run === undefined ? undefined : await ledger.run(one.run);
  // Forgotten, or of a newer trueup: there is nothing that could be said.
  if (run === undefined || run.kind !== "apply") return;
  const branch = (await ledger.read({ fetch: false }))?.environment.branch?.name ?? `env/${environment}`;
  const isOfCommit = ({ trailers }: LogEntry): boolean => trailers["Kind"] === "apply" && trailers["Commit"] === run.commit && trailers["Run"] !== undefined;
  const newest = (await ledger.log(mostLooked)).find(isOfCommit)?.trailers["Run"];
  await tell(forge, { report: lateReport(run, branch), exitCode: lateExit(run), url: one.url }, newest === run.id);
}

const driftIssueUntold = "drift-issue";

/** What a run leaves behind for people to hear, when what it recorded is known. */
export interface AfterRun {
  readonly environment: string;
  /** What is known of drift may have become different. */
  readonly drift: boolean;
  /** The forge did not answer just now: it is not asked again. */
  readonly isForgeAway?: boolean;
  /** The apply of which the forge was told just now, or never can be. */
  readonly told?: string;
  readonly signal?: AbortSignal;
}

/**
 * Ends a run for people who are not looking: receivers of notices are told what they do not know, the forge what earlier runs could not tell it,
 * and the drift issue is brought up to date. Never throws; what cannot be told now is left to the next run of the environment. Answers the first
 * reason why something is left.
 */
export async function afterRun(estate: Estate, forge: Forge | undefined, after: AfterRun): Promise<Problem | undefined> {
  const { environment, isForgeAway, drift, told, signal } = after;
  // Usually done before anybody was told; a run that died before that is made up for here.
  await takeOutFailed(estate, environment);
  // Who writes the ledger for its notices writes in the same commit that the forge was told.
  const also = told === undefined ? {} : { also: (record: EnvironmentRecord) => withoutUntold(record, [{ what: applyUntold, run: told }]) };
  const unheard = await announce(estate, { environment, ...also, ...(signal === undefined ? {} : { signal }) });
  if (forge === undefined || signal?.aborted === true) return unheard;
  if (isForgeAway !== true) return (await tellForge(estate, forge, after)) ?? unheard;
  if (drift) await leaveUntold(estate, environment, { what: driftIssueUntold });
  return unheard;
}

async function tellForge(estate: Estate, forge: Forge, { environment, drift, told }: AfterRun): Promise<Problem | undefined> {
  const telling: Telling = {
    tell: (one) => tellLate(estate, forge, { environment, one }),
    told: told === undefined ? [] : [{ what: applyUntold, run: told }],
  };
  const late = await problemOf(tellUntold(estate, environment, telling));
  const issue = drift ? await problemOf(keepDriftIssue(estate, forge)) : undefined;
  for (const problem of [late, issue]) if (problem !== undefined) estate.observe({ kind: "step", text: `the forge was not told: ${problem.what}` });
  if (isPassing(issue)) await leaveUntold(estate, environment, { what: driftIssueUntold });
  return late ?? issue;
}

async function problemOf(doing: Promise<unknown>): Promise<Problem | undefined> {
  return doing.then(
    () => undefined,
    (thrown: unknown) => asProblem(thrown, "the forge"),
  );
}

/** Whoever has just recorded something may still be about to tell it. */
const settledMs = 60_000;

/**
 * When who only catches up may tell what earlier runs could not, or died before they could; undefined: nothing is left, or somebody is at work.
 * As last fetched. `hasForge`: there is one that can be told.
 */
export async function leftToTell(estate: Estate, environment: string, hasForge: boolean): Promise<Date | undefined> {
  const ledger = await ledgerOf(estate, environment);
  const record = (await ledger.read({ fetch: false }))?.environment;
  if (record === undefined || record.lease !== null) return undefined;
  const isLeft = hasUnwritten(record) || (hasForge && untoldIn(record).length > 0) || (await hasNews(estate, environment));
  const [newest] = isLeft ? await ledger.log(1) : [];
  return newest === undefined ? undefined : new Date(Date.parse(newest.at) + settledMs);
}
