import { asProblem, type Problem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import type { ApplyReport } from "../../domain/reports/index.ts";
import { applyEnvironment, applyReportOf, type ApplyRequest, type ApplyResult } from "../apply/index.ts";
import { ledgerOf, type Estate } from "../estate/index.ts";
import { afterRun } from "./after-run.ts";
import { consentOf, consentOnRecord } from "./consent.ts";
import { nextAfter, takeOutFailed } from "./take-out.ts";
import { tell, type Telling } from "./telling.ts";
import { applyUntold, isPassing, withUntold } from "./untold.ts";

/** How an apply ended, and whether the forge was told. */
export interface ToldApply {
  readonly result: ApplyResult;
  readonly report: ApplyReport;
  /** Why nobody was told; an apply never fails by that. */
  readonly untold: Problem | undefined;
}

export interface TellRequest extends Omit<ApplyRequest, "consent"> {
  /** Where the job that does this can be watched. */
  readonly url?: string;
}

/** A forge that is away for a moment is tried again, as long as receivers are; what it then still has not taken is left to a later run. */
async function tellPatiently(estate: Estate, forge: Forge, told: Telling): Promise<Problem | undefined> {
  const ends = estate.clock.monotonicMs() + estate.deadlines.noticesMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await tell(forge, told);
      return undefined;
    } catch (thrown) {
      const problem = asProblem(thrown, "the forge");
      const pauseMs = problem.retry === "never" ? Number.POSITIVE_INFINITY : Math.min(problem.retry.afterMs, firstPauseMs * 2 ** (attempt - 1));
      if (estate.clock.monotonicMs() + pauseMs >= ends) return problem;
      await estate.clock.sleep(pauseMs);
    }
  }
}

const firstPauseMs = 1_000;

/** What passes was left to a later run when the end was recorded; a right that is missing stays missing, and is only said. */
function sayUntold(estate: Estate, end: ApplyResult["end"], untold: Problem): void {
  const isLeft = isPassing(untold) && end !== "nothing";
  estate.observe({ kind: "step", text: `the forge was not told${isLeft ? ", and is told by a later run" : ""}: ${untold.what}` });
}

/** Whether something that had drifted was put right since. */
async function hasRighted(estate: Estate, environment: string, since: Date): Promise<boolean> {
  const record = (await (await ledgerOf(estate, environment)).read({ fetch: false }))?.environment;
  return record?.drift.closed?.some(({ at }) => Date.parse(at) >= since.getTime()) === true;
}

/** What failed and is not live is taken out of the branch before anybody is told, so that they hear where. */
async function reportOf(estate: Estate, result: ApplyResult): Promise<ApplyReport> {
  const report = applyReportOf(result);
  if (result.end === "good" || result.end === "nothing" || result.units.length === 0) return report;
  const next = nextAfter((await takeOutFailed(estate, result.environment)).written);
  return next === undefined ? report : { ...report, next };
}

/**
 * Applies an environment with the approvals that the forge knows, and tells the forge how it ended: a comment on the pull request that brought it,
 * a status, a deployment. Without a forge nobody is told, and what is approved is on the ledger alone.
 */
export async function applyAndTell(estate: Estate, forge: Forge | undefined, request: TellRequest): Promise<ToldApply> {
  const { url, ...rest } = request;
  const { environment, signal } = rest;
  const began = estate.clock.now();
  let untold: Problem | undefined;
  let told: string | undefined;
  try {
    if (forge === undefined) {
      const result = await applyEnvironment(estate, { ...rest, consent: (question) => consentOnRecord(estate, question) });
      return { result, report: await reportOf(estate, result), untold };
    }
    const result = await applyEnvironment(estate, {
      ...rest,
      consent: (question) => consentOf(estate, forge, question),
      leave: (record, run) => withUntold(record, { what: applyUntold, run, ...(url === undefined ? {} : { url }) }, estate.clock.now()),
    });
    const report = await reportOf(estate, result);
    untold = await tellPatiently(estate, forge, { report, exitCode: result.problem?.exitCode ?? 0, url });
    if (untold !== undefined) sayUntold(estate, result.end, untold);
    if (!isPassing(untold)) told = result.run;
    return { result, report, untold };
  } finally {
    const drift = await hasRighted(estate, environment, began).catch(() => false);
    const isForgeAway = isPassing(untold);
    const more = { ...(told === undefined ? {} : { told }), ...(signal === undefined ? {} : { signal }) };
    await afterRun(estate, forge, { environment, drift, isForgeAway, ...more });
  }
}
