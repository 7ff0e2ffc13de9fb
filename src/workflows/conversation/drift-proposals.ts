import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { markerLine } from "../../domain/reports/index.ts";
import { driftReportOf, settledProposals, type Sweep } from "../drift/index.ts";
import type { Estate } from "../estate/index.ts";

const longestTitle = 180;
const markerOf = (environment: string, stack: string): string => markerLine(`drift:${environment}.${stack}`);

/** An issue that was never opened needs no closing. */
async function close(forge: Forge, environment: string, stack: string): Promise<void> {
  const marker = markerOf(environment, stack);
  const body = `${marker}\n### ⚪ ${environment}.${stack}: no drift\n\nThere is nothing left to decide. This issue is opened again when something drifts.\n`;
  try {
    await forge.saveComment({ title: `${environment}.${stack}: no drift`, state: "closed" }, marker, body);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "FORGE_MISSING") throw thrown;
  }
}

/**
 * Keeps one issue per stack whose `drift.mode` is "propose": with the diff, edited in place, closed when there is nothing left. Never throws: what the
 * forge does not take now it is told by the next look. Answers the first reason.
 */
export async function proposeDrift(estate: Estate, forge: Forge | undefined, sweep: Sweep): Promise<Problem | undefined> {
  if (forge === undefined || sweep.proposed.length === 0) return undefined;
  const looked = { detection: sweep.detection, repair: sweep.repair, sweep };
  const { environment } = sweep.detection;
  const report = driftReportOf(looked, sweep.repair.durationMs);
  try {
    for (const { stack, title, body } of report.proposals ?? [])
      await forge.saveComment({ title: title.slice(0, longestTitle), state: "open" }, markerOf(environment, stack), body);
    for (const stack of settledProposals(report, looked)) await close(forge, environment, stack);
    return undefined;
  } catch (thrown) {
    const problem = asProblem(thrown, "the forge");
    estate.observe({ kind: "step", text: `drift was not proposed, and is by the next look: ${problem.what}` });
    return problem;
  }
}
