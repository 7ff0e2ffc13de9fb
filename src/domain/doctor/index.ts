export { protectionSteps, wantedOf, wantedOfLedger, type BootstrapStep } from "./bootstrap.ts";
export { branchFindings, ledgerBranchFindings, type BranchProtection } from "./branches.ts";
export { environmentFindings, type EnvironmentFacts, type LeaseFacts } from "./environments.ts";
export type { Finding, Health, Looked } from "./finding.ts";
export { About } from "./finding.ts";
export { machineFindings, type MachineFacts } from "./machine.ts";
export { ownersFindings, type OwnersFacts, type OwnerStanding } from "./owners.ts";
export { clockFinding, remoteFindings, type ClockFacts, type RemoteFacts } from "./remote.ts";
export { tokenFindings, type TokenFacts } from "./token.ts";
