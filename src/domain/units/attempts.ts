/** One run's word on one stack, as its record keeps it. */
export interface ToldRun {
  readonly startedMs: number;
  /** undefined: it died, or it is the one that runs now. */
  readonly endedMs: number | undefined;
  /** Whether its unit was good in the end. */
  readonly isGood: boolean;
  /** Urns that it is known to have made, or to have taken in. */
  readonly made: readonly string[];
  /** Whether it may have made more than that. */
  readonly mayHaveMadeMore: boolean;
}

/** What the attempts that a rollback undoes are known to have made of a stack: by name, or in the time of one that could not tell. */
export interface Attempts {
  readonly urns: ReadonlySet<string>;
  readonly times: readonly { readonly fromMs: number; readonly untilMs: number }[];
}

/** The attempts among runs of a stack since it was last good; of one that died the time is over when the next one begins. Pure. */
export function attemptsIn(runs: readonly ToldRun[], sinceMs: number): Attempts {
  const attempts = runs.filter(({ isGood, endedMs }) => !isGood && (endedMs === undefined || endedMs > sinceMs));
  const starts = runs.map(({ startedMs }) => startedMs).sort((a, b) => a - b);
  const times = attempts
    .filter(({ mayHaveMadeMore }) => mayHaveMadeMore)
    .map(({ startedMs, endedMs }) => ({ fromMs: startedMs, untilMs: endedMs ?? starts.find((start) => start > startedMs) ?? Number.POSITIVE_INFINITY }));
  return { urns: new Set(attempts.flatMap(({ made }) => made)), times };
}
