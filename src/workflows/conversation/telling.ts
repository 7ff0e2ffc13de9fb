import type { Deployment, Forge, PullRequest, Status } from "../../adapters/forges/index.ts";
import { applyReport as applyComment, commentLimits, markerLine, type ApplyReport } from "../../domain/reports/index.ts";

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
  const page = url === undefined ? {} : { url };
  const where = report.environmentUrl === undefined ? {} : { environmentUrl: report.environmentUrl };
  return { environment: report.environment, state, description: `run ${report.run}`.slice(0, 140), ...page, ...where };
}

/** The pull requests that a commit of the branch came in with. */
async function broughtBy(forge: Forge, report: ApplyReport): Promise<readonly PullRequest[]> {
  const found = await forge.pullRequests({ commit: report.commit, state: "merged" });
  return found.filter((one) => one.base === report.branch);
}

/** How an apply ended, for the forge. */
export interface Telling {
  readonly report: ApplyReport;
  readonly exitCode: number;
  readonly url: string | undefined;
}

async function comment(forge: Forge, number: number, report: ApplyReport): Promise<string> {
  const marker = markerLine(report.marker);
  // What is told late knows less: where the first answer was lost only on the way, the comment is there, and better.
  const there = report.late === true ? (await forge.comments(number)).find((one) => one.ours && one.body.startsWith(marker)) : undefined;
  return (there ?? (await forge.saveComment(number, marker, applyComment(report, commentLimits[forge.capabilities.limits])))).url;
}

/** `isNewest`: no later run has told how the same commit ended. */
export async function tell(forge: Forge, { report, exitCode, url }: Telling, isNewest = true): Promise<void> {
  let page = url;
  if (report.result !== "nothing") {
    for (const { number } of await broughtBy(forge, report)) page = await comment(forge, number, report);
  }
  if (!isNewest) return;
  await forge.setStatus(report.commit, statusOf(report, exitCode, page));
  const deployment = deploymentOf(report, page);
  if (deployment !== undefined) await forge.setDeployment(report.commit, deployment);
}
