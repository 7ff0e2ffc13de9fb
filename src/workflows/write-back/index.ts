export { proposeRollback, type RollbackAsked } from "./ask.ts";
export type { WriteBackRequest, Written } from "./request.ts";
export { writeBack } from "./write-back.ts";
