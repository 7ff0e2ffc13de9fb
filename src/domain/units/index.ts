export { afterFailure, isTrouble, type AfterFailure, type StackFacts } from "./after-failure.ts";
export { pastOf, type Past, type ToldRun } from "./attempts.ts";
export { isPassing, passesByItself, pausesMs } from "./passing.ts";
export { asksPast, notOwn, rollbackRefusals, type RollbackQuestion } from "./rollback-guard.ts";
export { advanced, unitDiagram, type UnitPhase, type UnitState } from "./states.ts";
export { standingVetoes, vetoOf, type Veto } from "./veto.ts";
