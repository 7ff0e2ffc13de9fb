/** What git itself says of a signature. `unknown`: right, but by nobody's key that is known; or it cannot be checked here. */
export interface Signature {
  readonly state: "none" | "good" | "bad" | "unknown";
  readonly by?: string;
  /** Fingerprint of the key. */
  readonly key?: string;
}

interface ChangeCounts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
}

export interface StackTold {
  readonly stack: string;
  readonly action: string;
  readonly result: string;
  readonly commit: string | null;
  readonly changes: ChangeCounts;
  readonly urns: readonly { readonly urn: string; readonly operation: string }[];
  readonly urnsLeftOut: number;
}

export interface ProblemTold {
  readonly code: string;
  readonly what: string;
}

/** A run as the ledger keeps it: only what an audit tells and compares. */
export interface RunTold {
  readonly id: string;
  readonly kind: string;
  readonly commit: string | null;
  readonly mergedBy: string | null;
  readonly approvals: readonly { readonly by: string; readonly stack: string; readonly fingerprint: string; readonly at: string }[];
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly result: string;
  readonly units: readonly { readonly commits: readonly string[]; readonly result: string; readonly stacks: readonly StackTold[] }[];
  readonly overrides: readonly { readonly guard: string; readonly by: string; readonly reason: string }[];
  readonly problem: ProblemTold | null;
  readonly recovered?: readonly { readonly stack: string; readonly urn: string; readonly kind: string; readonly because: string }[] | undefined;
}

interface Reasoned {
  readonly reason: string;
  readonly since: string;
}

interface Held extends Reasoned {
  readonly id: string;
  readonly stacks: readonly string[];
  readonly by: string;
  readonly until?: string | null | undefined;
  /** What kind of hold; left out: a plain one. */
  readonly kind?: string | undefined;
}

/** The environment's record after one entry. */
export interface RecordTold {
  readonly environment: string;
  readonly sequence: number;
  readonly fencing: number;
  readonly lease: { readonly run: string; readonly who: string; readonly host: string; readonly fencing: number; readonly owner: string } | null;
  readonly stacks: Readonly<Record<string, { readonly result: string; readonly run: string | null; readonly commit: string | null }>>;
  readonly holds: readonly Held[];
  readonly vetoes: readonly (Reasoned & { readonly closureDigests: Readonly<Record<string, string>>; readonly commit: string; readonly run: string })[];
  readonly freezes: readonly Held[];
  /** Approvals given by word, as the conversation keeps them. */
  readonly approvals?: unknown;
}

/** A run's record that an entry wrote. undefined: it took the record away; `unreadable`: it wrote something else there. */
export interface RunChange {
  readonly id: string;
  readonly is: RunTold | "unreadable" | undefined;
}

/** One commit of the ledger, read and not yet judged. */
export interface LedgerEntry {
  readonly commit: string;
  readonly parents: readonly string[];
  /** Its writer's clock, ISO 8601. */
  readonly at: string;
  readonly sentence: string;
  readonly trailers: Readonly<Record<string, string>>;
  /** undefined: there is none that can be understood. */
  readonly record: RecordTold | undefined;
  /** Digest of what the record says of all stacks. */
  readonly stacksDigest: string;
  readonly runs: readonly RunChange[];
  /** Other files that it wrote: the ledger has none. */
  readonly strangers: readonly string[];
}
