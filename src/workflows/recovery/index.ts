export { mendStack, type MendWork } from "./mend.ts";
export { readPast } from "./past.ts";
export { recoverEnvironment } from "./recover.ts";
export { recoveryReportOf } from "./report.ts";
