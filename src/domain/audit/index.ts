export { TrailWalk } from "./check.ts";
export type { LedgerEntry, RecordTold, RunChange, RunTold, Signature } from "./entry.ts";
export { worstFirst, type TrailFinding } from "./finding.ts";
export { keptFindings, type Kept } from "./kept.ts";
export { signatureFindings, signatureWords, unacceptable, type SignedEntry } from "./signed.ts";
export { isWithin, timeOf, type Span } from "./span.ts";
export { deliveryStats, statsDefinitions, type DeliveryStats, type Times } from "./stats.ts";
export { tellEntry, type AuditEntry } from "./tell.ts";
