export { openCloud, type Cloud } from "./store/cloud.ts";
export type { CloudObject, LedgerEntry, ObjectKey, Place } from "./store/record.ts";
export type { Fault, FaultKind, FaultOp, FaultRule } from "./store/faults.ts";
export type { ObjectFilter } from "./store/reference.ts";
export { isGuessedRule } from "./rules/replaces.ts";
export type { Json, JsonObject } from "./wire/json.ts";
