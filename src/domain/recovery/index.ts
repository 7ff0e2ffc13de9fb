export { isOfGone, isOwnDead, type DeadEngine, type GoneMachine, type LockFacts } from "./locks.ts";
export { decide, isNoAnswer, isNowhere, settle, type Decision, type Evidence, type Settled, type Unfinished } from "./decide.ts";
export { besides, mayHave, stillOpen, type Listed } from "./listed.ts";
export { objectNamed } from "./names.ts";
export { unendedSince, type ToldStep, type Unended } from "./unended.ts";
export { recoveredWords, type Told } from "./words.ts";
