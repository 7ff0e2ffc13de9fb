export { adoptDrift } from "./adopt.ts";
export { detectDrift, type Detection, type DriftRequest, type StackDrift } from "./drift.ts";
export { fixDrift, type FixOptions, type Repair } from "./fix.ts";
export { ignoreDrift, unignoreDrift, type IgnoreAsked, type Ignored, type UnignoreAsked } from "./ignore.ts";
export { memoryOf, withoutRighted } from "./memory.ts";
export { recordFindings } from "./record.ts";
export { driftProblem, driftReportOf, settledProposals } from "./report.ts";
export { nextSweep, sweepDrift, type Sweep } from "./sweep.ts";
