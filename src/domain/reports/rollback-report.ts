/** A revert that waits for people to merge it. */
export interface RevertReport {
  readonly environment: string;
  readonly branch: string;
  /** Newest first. */
  readonly commits: readonly { readonly sha: string; readonly title: string; readonly author: string }[];
  /** Repository paths that it changes. */
  readonly files: readonly string[];
  readonly reason: string;
  /** The run that failed; left out where a person asked. */
  readonly run?: string;
  readonly by?: string;
  /** What was rolled back, and the commit that each is at now; left out of a stack that was never good. */
  readonly stacks: readonly { readonly name: string; readonly live?: string }[];
}

/** What a person asked to take back, and how it is proposed. */
export interface RollbackReport {
  readonly environment: string;
  readonly branch: string;
  /** Newest first. */
  readonly commits: readonly { readonly sha: string; readonly title: string; readonly author: string }[];
  /** Repository paths that the revert changes. */
  readonly files: readonly string[];
  /** Stacks that it would change, or why that cannot be told before its preview. */
  readonly changes: { readonly stacks: readonly string[] } | { readonly unknown: string };
  readonly reason: string;
  readonly by: string;
  readonly written:
    | { readonly kind: "pull-request"; readonly number: number; readonly url: string; readonly state: "open" | "closed" | "merged" }
    | { readonly kind: "branch"; readonly name: string; readonly why: string }
    | { readonly kind: "commit"; readonly sha: string }
    | { readonly kind: "none" | "nothing"; readonly why: string };
}

/** What may be tried again, as it failed. */
export interface RetryReport {
  readonly environment: string;
  readonly units: readonly { readonly stacks: readonly string[]; readonly commit: string; readonly run: string; readonly reason: string }[];
}

/** What was taken back at once, unit by unit. */
export interface RolledBackReport {
  readonly environment: string;
  readonly units: readonly {
    readonly state: "rolledBack" | "rollingBack" | "frozen";
    readonly reason: string;
    /** The closed window that it passed, in words. */
    readonly passes?: string;
    readonly stacks: readonly { readonly stack: string; readonly commit: string; readonly what?: string }[];
  }[];
}
