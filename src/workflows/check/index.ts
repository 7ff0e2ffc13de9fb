export { checkEstate, type CheckReport } from "./check.ts";
export type { Finding } from "./finding.ts";
