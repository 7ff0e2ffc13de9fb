export { auditEnvironment, type Audit, type AuditRequest } from "./audit.ts";
export { readSigners } from "./signers.ts";
export { environmentStats } from "./stats.ts";
export { trailProblem, verifyTrail, type TrailCheck, type TrailRequest } from "./verify.ts";
