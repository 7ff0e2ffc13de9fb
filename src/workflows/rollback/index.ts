export { finishRollbacks, isRollingBack, type Finished } from "./finish.ts";
export { rollBackNow, type NowAsked } from "./now.ts";
export { backProblem, freezeRecord, goneBack, targetOf, vetoRecord, whyFrozen, withoutSettled, withVeto, type FailedUnit, type VetoRecord } from "./record.ts";
export { retryFailed, type RetryAsked, type Retried } from "./retry.ts";
export { rollBack, type RolledBack } from "./roll-back.ts";
export { backTogether } from "./together.ts";
export type { RollbackGround, StackBack, Target } from "./stack-back.ts";
export { stackBackRecord } from "./run-record.ts";
