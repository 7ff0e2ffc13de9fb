/** One apply of a commit, as it ended. */
export interface Attempt {
  readonly at: Date;
  readonly result: string;
}

const firstWaitMs = 5 * 60_000;
const longestWaitMs = 3_600_000;

/**
 * When a head that did not become live is tried again by itself: 5 minutes after its first failure, twice as long after each further one, at most an
 * hour. A commit that cannot work must not keep a runner busy. undefined: at once, because it was not tried or its last try was cancelled.
 * `attempts`: the newest first.
 */
export function nextTry(attempts: readonly Attempt[]): Date | undefined {
  const [last] = attempts;
  if (last === undefined || last.result === "cancelled") return undefined;
  const failures = attempts.findIndex(({ result }) => result !== "failed" && result !== "refused");
  const count = failures === -1 ? attempts.length : failures;
  return count === 0 ? undefined : new Date(last.at.getTime() + Math.min(longestWaitMs, firstWaitMs * 2 ** (count - 1)));
}
