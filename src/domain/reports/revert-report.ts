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
