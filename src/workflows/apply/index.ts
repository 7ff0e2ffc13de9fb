export { applyEnvironment } from "./apply.ts";
export type { ApplyEnd, ApplyRequest, ApplyResult, ConsentQuestion, StackOutcome } from "./run.ts";
export { changesRules } from "./rules.ts";
export { applyReportOf } from "./report.ts";
