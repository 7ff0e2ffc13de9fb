/** One run's word on one stack, as its record keeps it. */
export interface ToldRun {
  readonly startedMs: number;
  /** undefined: it died, or it is the one that runs now. */
  readonly endedMs: number | undefined;
  /** Whether it is an attempt that a rollback undoes: an apply of which the unit was not good in the end. */
  readonly isAttempt: boolean;
  /** Urns that it is known to have made, or to have read back of what an earlier one had made. */
  readonly made: readonly string[];
  /** Whether it may have made more than that. */
  readonly mayHaveMadeMore: boolean;
  /** Urns of what was there before, and is a resource since (`import`). */
  readonly tookIn: readonly string[];
  /** Urns of what left the state and lives on (`retainOnDelete`). */
  readonly letGo: readonly string[];
}

/** What runs are known to have made of a stack: by name, or in the time of one that could not tell. */
export interface Makers {
  readonly urns: ReadonlySet<string>;
  readonly times: readonly { readonly fromMs: number; readonly untilMs: number }[];
}

/** What became of a stack since it was last good. */
export interface Past {
  /** By the attempts that a rollback undoes. */
  readonly attempts: Makers;
  /** By any run, repairs and good ones too. */
  readonly all: Makers;
  readonly tookIn: ReadonlySet<string>;
  readonly letGo: ReadonlySet<string>;
}

/** Of one that died the time is over when the next one begins. */
function makersOf(runs: readonly ToldRun[], starts: readonly number[]): Makers {
  const times = runs
    .filter(({ mayHaveMadeMore }) => mayHaveMadeMore)
    .map(({ startedMs, endedMs }) => ({ fromMs: startedMs, untilMs: endedMs ?? starts.find((start) => start > startedMs) ?? Number.POSITIVE_INFINITY }));
  return { urns: new Set(runs.flatMap(({ made }) => made)), times };
}

/** What the runs of a stack tell of the time since it was last good. Pure. */
export function pastOf(runs: readonly ToldRun[], sinceMs: number): Past {
  const since = runs.filter(({ endedMs }) => endedMs === undefined || endedMs > sinceMs);
  const starts = runs.map(({ startedMs }) => startedMs).sort((a, b) => a - b);
  return {
    attempts: makersOf(
      since.filter(({ isAttempt }) => isAttempt),
      starts,
    ),
    all: makersOf(since, starts),
    tookIn: new Set(since.flatMap(({ tookIn }) => tookIn)),
    letGo: new Set(since.flatMap(({ letGo }) => letGo)),
  };
}

/** Whether one of them made what is of this urn since then (milliseconds since 1970). */
export const hasMade = ({ urns, times }: Makers, urn: string, madeMs: number): boolean =>
  urns.has(urn) || times.some(({ fromMs, untilMs }) => madeMs >= fromMs && madeMs <= untilMs);
