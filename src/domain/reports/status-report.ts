/** How one environment stands, ages in milliseconds: what `trueup status` prints. */
export interface StatusReport {
  readonly environment: string;
  readonly branch: string;
  readonly cloud: "real" | "sandbox";
  /** Head of the branch; undefined when the branch is not there. */
  readonly head?: string;
  readonly stacks: readonly StackStatus[];
  readonly lease?: { readonly who: string; readonly host: string; readonly run: string; readonly ageMs: number };
  /** Pins, holds, freezes and vetoes, each with its way out where a person has one. */
  readonly held: readonly {
    readonly kind: "pin" | "hold" | "freeze" | "veto";
    readonly stacks: readonly string[];
    readonly reason: string;
    readonly by: string;
    readonly ageMs: number;
    /** ISO 8601; left out: until somebody lifts it. */
    readonly until?: string;
    readonly endsInMs?: number;
    /** The command that lifts it. */
    readonly lift?: string;
    /** Of a veto: how the rollback was written to git, and what that leaves to people. */
    readonly writtenBack?: string;
  }[];
  /** Why the head cannot be read; what is declared is told as of what is live then. */
  readonly unreadable?: { readonly code: string; readonly what: string; readonly on: string; readonly todo: string };
  /** The environment's folder is gone from the branch; everything of it is orphaned. */
  readonly removed?: true;
  readonly orphans: readonly { readonly stack: string; readonly resources: number }[];
  /** Age of the last drift check; undefined when there was none. */
  readonly driftAgeMs?: number;
}

export interface StackStatus {
  readonly name: string;
  readonly result: "good" | "failed" | "applying" | "never" | "destroyed";
  /** Live commit; undefined when it was never applied. */
  readonly commit?: string;
  readonly ageMs?: number;
  readonly resources: number;
  /** Open drift findings. */
  readonly drift: number;
  /** True when the branch's head would change it. */
  readonly behind: boolean;
}

/** One commit of the ledger branch. */
export interface LogEntry {
  readonly commit: string;
  /** ISO 8601. */
  readonly at: string;
  readonly sentence: string;
}
