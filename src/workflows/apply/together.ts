import type { Problem } from "../../base/problem/index.ts";
import { verifyEnvironment, verifyFailure } from "../stack-run/index.ts";
import type { ApplyRun } from "./run.ts";

/**
 * Asks the environment's own checks, once every wave is through and good; else nothing. Where one does not hold, everything that this run applied has failed: which of
 * it is to blame nobody can tell, and what is recorded as good would not be looked at again.
 */
export async function failedTogether(run: ApplyRun): Promise<Problem | undefined> {
  const { estate, inspection, revision, stacks, stop } = run;
  if (stop.signal.aborted || [...stacks.values()].some(({ result }) => result !== "good")) return undefined;
  const applied = [...stacks].filter(([, { affected }]) => affected.action === "apply");
  const [first] = applied.flatMap(([name]) => inspection?.stacks.get(name) ?? []);
  if (first === undefined || inspection === undefined) return undefined;
  const { environment } = revision;
  const site = await inspection.sites.site(first.affected.stack);
  const probes = await verifyEnvironment(estate, { environment, site, sites: inspection.sites, signal: stop.signal });
  const problem = verifyFailure({ environment: environment.name, commit: run.branch.head }, probes);
  if (problem !== undefined) for (const [name, outcome] of applied) stacks.set(name, { ...outcome, result: "failed" });
  return problem;
}
