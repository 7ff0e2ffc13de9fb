import type { ChangeSet } from "../changes/index.ts";

/** The cloud asks to slow down: it has done nothing. */
const slowDown = /throttl|rate (limit )?exceeded|too many requests|request ?limit ?exceeded|slow ?down|status code:? 429|\b429\b/i;
/** The way to the cloud failed: whether it has done something nobody knows. */
const noAnswer =
  /i\/o timeout|TLS handshake timeout|connection (reset|refused)|ECONNRESET|ETIMEDOUT|EAI_AGAIN|no such host|temporarily unavailable|status code:? 50[234]\b/i;

/** How often a stack is run again in one run, and how long is waited before that. */
export const pausesMs: readonly number[] = [5_000, 20_000];

export interface FailedRun {
  readonly diagnostics: ChangeSet["diagnostics"];
  /** Whether a creation failed in it: its object may exist all the same, and only the gate of the next run finds out. */
  readonly lostCreation: boolean;
}

/** Whether a failure in words is one that passes by itself. */
export const passesByItself = (what: string): boolean => slowDown.test(what) || noAnswer.test(what);

/** Whether every error of a failed run is one that passes by itself, so that the same may be tried again at once. */
export function isPassing({ diagnostics, lostCreation }: FailedRun): boolean {
  const errors = diagnostics.filter(({ severity, urn }) => severity === "error" && urn !== undefined && !urn.includes("::pulumi:pulumi:Stack::"));
  return errors.length > 0 && errors.every(({ message }) => slowDown.test(message) || (!lostCreation && noAnswer.test(message)));
}
