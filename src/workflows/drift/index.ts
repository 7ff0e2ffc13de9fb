export { detectDrift, type Detection, type DriftRequest, type StackDrift } from "./drift.ts";
export { fixDrift, type Repair } from "./fix.ts";
export { driftReportOf } from "./report.ts";
