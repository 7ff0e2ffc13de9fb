export { failureOf } from "./failure.ts";
export { frozenNow, frozenProblem, liveNow } from "./freeze.ts";
export { previousClosures, touchesSince } from "./history.ts";
export { liveStacks } from "./live.ts";
export {
  inspectStack,
  planOf,
  refuseOtherCloud,
  unitsGoingBack,
  vetoedUnits,
  type Inspection,
  type InspectionQuestion,
  type StackInspection,
} from "./inspect.ts";
export { identityOf, judgeAgain, judgeAll, refuseElsewhere } from "./judging.ts";
export { look, type Looked } from "./look.ts";
export { overdueProblem } from "./overdue.ts";
export { holdsOf, isConsentWanted, judgeWave, untouched, type Judged, type JudgedRefusal, type Verdict } from "./verdict.ts";
export { keptNowhere, otherBackend, revisionAsKept } from "./other-backend.ts";
