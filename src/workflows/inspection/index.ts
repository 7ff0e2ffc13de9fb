export { failureOf } from "./failure.ts";
export { previousClosures, touchesSince } from "./history.ts";
export { inspect, inspectStack, planOf, refuseOtherCloud, type Inspection, type InspectionQuestion, type StackInspection } from "./inspect.ts";
export { judgeAll } from "./judging.ts";
export { judgeStack, type Judged, type JudgedRefusal, type Verdict } from "./verdict.ts";
