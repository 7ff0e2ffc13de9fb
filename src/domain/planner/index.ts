export type { Closure } from "./closure.ts";
export type { AffectedStack, Plan, Unit } from "./plan.ts";
