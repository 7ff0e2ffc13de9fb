/** What dead runs left of an environment, and what was done about it. */
export interface RecoveryReport {
  readonly environment: string;
  readonly commit: string;
  /** Left out where nothing was changed. */
  readonly run?: string;
  /** What is known of the runs that died, a sentence each. */
  readonly happened: readonly string[];
  readonly stacks: readonly RecoveredStack[];
}

export interface RecoveredStack {
  readonly name: string;
  readonly pulumiStack: string;
  readonly found: readonly {
    readonly urn: string;
    readonly operation: string;
    /** drop, keep, remove, reread, adopt, quarantine, unlock, restore. */
    readonly kind: string;
    readonly id?: string;
    readonly because: string;
  }[];
  readonly lockedBy: readonly { readonly user: string; readonly host: string; readonly pid: number; readonly since: string }[];
  readonly problem?: { readonly code: string; readonly what: string; readonly on: string; readonly todo: string };
}
