import { asProblem, type Problem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { ledgerOf, type Estate } from "../estate/index.ts";
import type { LogEntry } from "../ledger/index.ts";
import { announce } from "../notices/index.ts";
import { keepDriftIssue } from "./drift-issue.ts";
import { lateExit, lateReport } from "./late-report.ts";
import { tell } from "./telling.ts";
import { isPassing, leaveUntold, tellUntold, type Untold } from "./untold.ts";

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
  readonly signal?: AbortSignal;
}

/**
 * Ends a run for people who are not looking: receivers of notices are told what they do not know, the forge what earlier runs could not tell it,
 * and the drift issue is brought up to date. Never throws; what cannot be told now is left to the next run of the environment.
 */
export async function afterRun(estate: Estate, forge: Forge | undefined, { environment, drift, isForgeAway, signal }: AfterRun): Promise<void> {
  await announce(estate, { environment, ...(signal === undefined ? {} : { signal }) });
  if (forge === undefined || signal?.aborted === true) return;
  const said = ({ what }: Problem): void => estate.observe({ kind: "step", text: `the forge was not told: ${what}` });
  if (isForgeAway !== true) {
    const late = tellUntold(estate, environment, (one) => tellLate(estate, forge, { environment, one }));
    await late.catch((thrown: unknown) => said(asProblem(thrown, `environment ${environment}`)));
  }
  if (!drift) return;
  const problem = isForgeAway === true ? undefined : await issueProblem(estate, forge);
  if (problem !== undefined) said(problem);
  if (isForgeAway === true || isPassing(problem)) await leaveUntold(estate, environment, { what: driftIssueUntold });
}

async function issueProblem(estate: Estate, forge: Forge): Promise<Problem | undefined> {
  try {
    await keepDriftIssue(estate, forge);
    return undefined;
  } catch (thrown) {
    return asProblem(thrown, "the drift issue");
  }
}
