import type { Problem } from "../../base/problem/index.ts";
import type { RunRecord } from "./run-schema.ts";

/** A problem as a run's record keeps it: its three public lines. */
export function publicLines(problem: Problem | undefined): RunRecord["problem"] {
  return problem === undefined ? null : { code: problem.code, what: problem.what, on: problem.on, todo: problem.todo };
}

/** How a run ended, as others found out. `what`: for people. */
export type HowEnded = Pick<RunRecord, "result" | "machine"> & { readonly what: string };

/** The record of a run that could not write its own end. */
export function endedFor(found: RunRecord, { result, machine, what }: HowEnded, at: Date): RunRecord {
  const { environment } = found;
  const todo = `See what is left with: trueup status ${environment}; go on with: trueup apply ${environment}`;
  return {
    ...found,
    result,
    units: found.units.map((unit) => (unit.result === "running" ? { ...unit, result } : unit)),
    endedAt: at.toISOString(),
    problem: { code: "LEASE_LOST", what, on: `environment ${environment}`, todo },
    ...(machine === undefined ? {} : { machine }),
  };
}
