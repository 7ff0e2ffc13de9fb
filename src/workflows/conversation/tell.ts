import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Deployment, Forge, PullRequest, Status } from "../../adapters/forges/index.ts";
import { applyReport as applyComment, commentLimits, markerLine, type ApplyReport } from "../../domain/reports/index.ts";
import { applyEnvironment, applyReportOf, type ApplyRequest, type ApplyResult } from "../apply/index.ts";
import type { Estate } from "../estate/index.ts";
import { consentOf } from "./consent.ts";

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

const waits: ReadonlySet<number> = new Set([11]);

function statusOf(report: ApplyReport, exitCode: number, url: string | undefined): Status {
  const isGood = report.result === "good" || report.result === "nothing";
  const state = isGood ? "success" : waits.has(exitCode) ? "waiting" : "failure";
  const [first] = report.refusals;
  const title = first?.reason ?? report.failure?.problem.what ?? (report.result === "nothing" ? "nothing to change" : report.result);
  return { name: `trueup/apply (${report.environment})`, state, title: title.slice(0, 140), ...(url === undefined ? {} : { url }) };
}

function deploymentOf(report: ApplyReport, url: string | undefined): Deployment | undefined {
  // What touched nothing deployed nothing.
  if (report.result === "nothing" || report.result === "refused" || report.result === "held") return undefined;
  const state = report.result === "good" ? "success" : "failure";
  return { environment: report.environment, state, description: `run ${report.run}`.slice(0, 140), ...(url === undefined ? {} : { url }) };
}

/** The pull requests that a commit of the branch came in with. */
async function broughtBy(forge: Forge, report: ApplyReport): Promise<readonly PullRequest[]> {
  const found = await forge.pullRequests({ commit: report.commit, state: "merged" });
  return found.filter((one) => one.base === report.branch);
}

async function tell(forge: Forge, told: { readonly report: ApplyReport; readonly exitCode: number; readonly url: string | undefined }): Promise<void> {
  const { report, url } = told;
  let page = url;
  if (report.result !== "nothing") {
    for (const { number } of await broughtBy(forge, report)) {
      const text = applyComment(report, commentLimits[forge.capabilities.limits]);
      page = (await forge.saveComment(number, markerLine(report.marker), text)).url;
    }
  }
  await forge.setStatus(report.commit, statusOf(report, told.exitCode, page));
  const deployment = deploymentOf(report, page);
  if (deployment !== undefined) await forge.setDeployment(report.commit, deployment);
}

const tellTries = 4;

/** A forge that is away for a moment is tried again; what it then still has not taken is in the ledger, which is the record. */
async function tellPatiently(estate: Estate, forge: Forge, told: Parameters<typeof tell>[1]): Promise<Problem | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await tell(forge, told);
      return undefined;
    } catch (thrown) {
      const problem = asProblem(thrown, "the forge");
      if (problem.retry === "never" || attempt >= tellTries) return problem;
      await estate.clock.sleep(Math.min(problem.retry.afterMs, 30_000));
    }
  }
}

/**
 * Applies an environment with the approvals that the forge knows, and tells the forge how it ended: a comment on the pull request that brought it,
 * a status, a deployment. Without a forge nobody is told, and nobody can have approved.
 */
export async function applyAndTell(estate: Estate, forge: Forge | undefined, request: TellRequest): Promise<ToldApply> {
  const { url, ...rest } = request;
  if (forge === undefined) {
    const result = await applyEnvironment(estate, rest);
    return { result, report: applyReportOf(result), untold: undefined };
  }
  const result = await applyEnvironment(estate, { ...rest, consent: (question) => consentOf(estate, forge, question) });
  const report = applyReportOf(result);
  const untold = await tellPatiently(estate, forge, { report, exitCode: result.problem?.exitCode ?? 0, url });
  if (untold !== undefined) estate.observe({ kind: "step", text: `the forge was not told: ${untold.what}` });
  return { result, report, untold };
}
