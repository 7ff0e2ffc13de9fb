import type { DriftReport, DriftRow } from "../../domain/reports/index.ts";
import { firstSeen, type Detection, type StackDrift } from "./drift.ts";
import type { Repair } from "./fix.ts";

function rowsOf(detection: Detection, one: StackDrift, repair: Repair | undefined): DriftRow[] {
  const isRepaired = repair?.repaired.some(({ drift, outcome }) => drift.stack.name === one.stack.name && outcome.result === "succeeded") === true;
  const outcome =
    repair === undefined
      ? undefined
      : isRepaired
        ? "fixed"
        : repair.problem?.code === "GUARD_REFUSED" || repair.problem?.code === "STALE"
          ? "refused"
          : "failed";
  return [...one.findings, ...one.noise].map((finding) => ({
    finding,
    ageMs: detection.at.getTime() - firstSeen(detection.live, finding, detection.at).getTime(),
    ...(outcome === undefined || finding.kind === "output-only" ? {} : { repair: outcome }),
  }));
}

/** A detection, and what a repair made of it, in the words of reports. */
export function driftReportOf(detection: Detection, repair: Repair | undefined, durationMs: number): DriftReport {
  const { environment, stacks, live } = detection;
  return {
    marker: `drift:${environment}`,
    environment,
    branch: live.branch?.name ?? "",
    commit: live.branch?.head ?? "",
    durationMs,
    stacks: stacks.map((one) => ({
      name: one.stack.name,
      rows: rowsOf(detection, one, repair),
      ...(one.problem === undefined ? {} : { failure: { problem: one.problem, log: [] } }),
    })),
    ignored: stacks.reduce((sum, one) => sum + one.ignored, 0),
    warnings: stacks.flatMap((one) => one.warnings),
    commands: { fix: `trueup drift ${environment} --fix`, preview: `trueup preview ${environment}` },
  };
}
