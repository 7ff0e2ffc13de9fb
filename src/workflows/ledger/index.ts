export { keepLease, type KeptLease } from "./keep.ts";
export { openLedger, type Decide, type Entry, type Ledger, type LedgerOptions, type LogEntry, type Taken } from "./ledger.ts";
export type { Owner } from "./lease.ts";
export { thisOwner } from "./owner.ts";
export { newRunId } from "./run-files.ts";
export { applySentence, driftSentence, type ApplyTold, type DriftTold, type Trailers } from "./message.ts";
export type { EnvironmentRecord, Lease, OpenFinding, StackRecord } from "./schema.ts";
export { mostUrns, type ChangeCounts, type RunRecord, type RunStack } from "./run-schema.ts";
export type { Snapshot } from "./verify.ts";
