/** What may be tried again, as it failed. */
export interface RetryReport {
  readonly environment: string;
  readonly units: readonly { readonly stacks: readonly string[]; readonly commit: string; readonly run: string; readonly reason: string }[];
}
