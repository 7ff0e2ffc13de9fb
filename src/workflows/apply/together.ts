import type { Problem } from "../../base/problem/index.ts";
import type { Unit } from "../../domain/planner/index.ts";
import { verifyEnvironment, verifyFailure } from "../stack-run/index.ts";
import type { ApplyRun } from "./run.ts";

/**
 * Asks the environment's own checks, once every wave of these units is through and good. Where one does not hold, everything that they applied has failed:
 * which of it is to blame nobody can tell, and what is recorded as good would not be looked at again.
 */
export async function failedTogether(run: ApplyRun, units: readonly Unit[]): Promise<Problem | undefined> {
  const { estate, inspection, revision, stacks, stop } = run;
  const names = new Set(units.flatMap(({ waves }) => waves.flat().map(({ stack }) => stack.name)));
  const applied = [...stacks].filter(([name, { affected }]) => names.has(name) && affected.action === "apply");
  const [first] = applied.flatMap(([name]) => inspection?.stacks.get(name) ?? []);
  if (stop.signal.aborted || first === undefined || inspection === undefined) return undefined;
  const { environment } = revision;
  const site = await inspection.sites.site(first.affected.stack);
  const probes = await verifyEnvironment(estate, { environment, site, sites: inspection.sites, signal: stop.signal });
  const problem = verifyFailure({ environment: environment.name, commit: run.branch.head }, probes);
  if (problem !== undefined) for (const [name, outcome] of applied) stacks.set(name, { ...outcome, result: "failed" });
  return problem;
}
