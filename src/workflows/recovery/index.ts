export { openGate, type Gate, type OpenGate } from "./gate.ts";
export { isUnreadable, unread } from "./mend.ts";
export { madeId, noting, stateAfter } from "./noting.ts";
export { recoverEnvironment } from "./recover.ts";
export { recoveryReportOf } from "./report.ts";
