export type { Affected, AffectedQuestion } from "./affected.ts";
export { closureDigest, closurePartDigest, type Closure, type ClosurePart, type StackRead } from "./closure.ts";
export { declaredReads } from "./declared-reads.ts";
export { stackGraph, type Reads, type StackGraph } from "./graph.ts";
export type { AttemptResult, LiveStack, LiveStacks } from "./live.ts";
export { plan, type AffectedStack, type Candidate, type Plan, type PlanQuestion, type Unit } from "./plan.ts";
export { movedStacks, refuseSharedStacks, type MovedStack } from "./pulumi-stack.ts";
export { reasonsIn, type ClosureStep } from "./reasons.ts";
export type { CommitTouches, UnitsQuestion } from "./units.ts";
