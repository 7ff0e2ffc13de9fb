export { keepLease, type KeptLease } from "./keep.ts";
export { openLedger, type Decide, type Entry, type Ledger, type LedgerOptions, type LogEntry, type Taken } from "./ledger.ts";
export { leaseTimes, type Owner } from "./lease.ts";
export { thisOwner } from "./owner.ts";
export { newRunId } from "./run-files.ts";
export { applySentence, driftSentence, nameList, shortDuration, type ApplyTold, type DriftTold, type Trailers } from "./message.ts";
export { emptyEnvironment, ledgerSchemaVersion, type EnvironmentRecord, type Lease, type OpenFinding, type StackRecord } from "./schema.ts";
export { mostUrns, type ChangeCounts, type RunRecord, type RunStack } from "./run-schema.ts";
export type { Snapshot } from "./verify.ts";
