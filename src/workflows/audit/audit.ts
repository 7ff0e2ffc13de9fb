import { isWithin, tellEntry, type AuditEntry, type Span } from "../../domain/audit/index.ts";
import { ledgerPlace, type Estate } from "../estate/index.ts";
import { openHistory, readEntries, type Read } from "../ledger/index.ts";
import { hasLedger, signaturesOf, startOf } from "./open.ts";

export interface AuditRequest {
  readonly environment: string;
  readonly span: Span;
  /** Who may sign, instead of those that trueup.config.ts names. */
  readonly signers?: readonly string[];
}

export interface Audit {
  readonly environment: string;
  readonly branch: string;
  /** Oldest first. */
  readonly entries: readonly AuditEntry[];
}

/** The entries of a span of time, told. Raises ENVIRONMENT_UNKNOWN, and what reading a ledger raises. */
export async function auditEnvironment(estate: Estate, request: AuditRequest): Promise<Audit> {
  const { environment, span } = request;
  const isThere = await hasLedger(estate, environment);
  const place = await ledgerPlace(estate, environment);
  if (!isThere) return { environment, branch: place.branch, entries: [] };
  const history = await openHistory(place, estate.host.files);
  const reads: Read[] = [];
  for await (const read of readEntries(place, history, startOf(history, span))) if (isWithin(read.entry.at, span)) reads.push(read);
  const shas = reads.map(({ entry }) => entry.commit);
  const signatures = await signaturesOf(estate, shas, request.signers ?? place.signers);
  const entries = reads.map(({ entry, before }) => tellEntry(entry, before, signatures.get(entry.commit) ?? { state: "unknown" }));
  return { environment, branch: place.branch, entries };
}
