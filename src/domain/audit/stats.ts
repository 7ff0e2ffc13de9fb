import type { RunTold } from "./entry.ts";
import { isWithin, type Span } from "./span.ts";

/** Times of one kind. Left out where there were none: no number is better than a wrong zero. */
export interface Times {
  readonly count: number;
  readonly medianMs?: number;
  readonly p90Ms?: number;
}

export interface DeliveryStats {
  readonly environment: string;
  readonly since: string;
  readonly until: string;
  readonly deployments: { readonly count: number; readonly perDay: number };
  /** `unknown`: commits whose time git no longer tells. */
  readonly leadTime: Times & { readonly unknown: number };
  readonly failures: { readonly attempts: number; readonly failed: number; readonly rate?: number };
  /** `open`: what failed within the span and is not good yet. */
  readonly restore: Times & { readonly open: number };
  /** Applies that changed nothing because they were refused, or that somebody cancelled: neither a deployment nor a failure. */
  readonly refused: number;
  readonly cancelled: number;
}

export interface StatsQuestion {
  readonly environment: string;
  readonly span: Span;
  /** Ended runs of the ledger that ended in the span or after it, in any order. */
  readonly runs: readonly RunTold[];
  /** When a commit came to be, in milliseconds since 1970; undefined where git does not tell. */
  committedAt(commit: string): number | undefined;
}

/** What each number means, as it is printed beside them. */
export const statsDefinitions = {
  deployments: "applies that ended good and changed at least one stack",
  leadTime: "from the oldest commit of what was merged to the end of the first good apply that brought it",
  failures: "of the applies that began to change something, the share that did not end good; refused and cancelled ones are not counted",
  restore: "per stack: from the start of the run in which it failed to the end of the next run in which it is good",
} as const;

const dayMs = 86_400_000;

type Outcome = "deployed" | "failed" | "refused" | "cancelled" | "none";

const outcomes: Readonly<Record<string, Outcome>> = { refused: "refused", cancelled: "cancelled", nothing: "none", running: "none" };

function outcomeOf(run: RunTold): Outcome {
  if (run.kind !== "apply") return "none";
  if (run.result !== "good") return outcomes[run.result] ?? "failed";
  return run.units.some(({ stacks }) => stacks.some(({ result }) => result === "good")) ? "deployed" : "none";
}

function timesOf(values: readonly number[]): Times {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return sorted.length === 0 ? { count: 0 } : { count: sorted.length, medianMs: at(0.5), p90Ms: at(0.9) };
}

/** Commits that a run brought: those of its units that are good. */
function commitsOf(run: RunTold): readonly string[] {
  return run.units.filter(({ stacks }) => stacks.some(({ result }) => result === "good")).flatMap(({ commits }) => commits);
}

function leadTimes(deployed: readonly RunTold[], committedAt: StatsQuestion["committedAt"]): DeliveryStats["leadTime"] {
  const brought = new Map<string, number>();
  for (const run of deployed) {
    for (const commit of commitsOf(run)) if (!brought.has(commit)) brought.set(commit, Date.parse(run.endedAt ?? run.startedAt));
  }
  const times = [...brought].map(([commit, at]) => ({ at, from: committedAt(commit) }));
  const known = times.flatMap(({ at, from }) => (from === undefined ? [] : [Math.max(0, at - from)]));
  return { ...timesOf(known), unknown: times.length - known.length };
}

/** A run that died before it could tell of its stacks failed as a whole. */
const whole = "*";

function failedStacks(run: RunTold): readonly string[] {
  const named = run.units.flatMap(({ stacks }) => stacks.filter(({ result }) => result === "failed").map(({ stack }) => stack));
  return named.length > 0 ? named : outcomeOf(run) === "failed" ? [whole] : [];
}

function goodStacks(run: RunTold): readonly string[] {
  const named = run.units.flatMap(({ stacks }) => stacks.filter(({ result }) => result === "good").map(({ stack }) => stack));
  return run.result === "good" && named.length > 0 ? [...named, whole] : named;
}

/** A run that took back what it did by itself ended with its stacks as they were before. */
const takenBack = /^rolled[- ]?back$/i;

function restoreTimes(runs: readonly RunTold[], span: Span): DeliveryStats["restore"] {
  const open = new Map<string, RunTold>();
  const done: number[] = [];
  for (const run of runs) {
    const endedMs = Date.parse(run.endedAt ?? run.startedAt);
    for (const stack of goodStacks(run)) {
      const failed = open.get(stack);
      if (failed !== undefined) done.push(endedMs - Date.parse(failed.startedAt));
      open.delete(stack);
    }
    if (!isWithin(run.endedAt ?? run.startedAt, span)) continue;
    for (const stack of failedStacks(run)) {
      if (takenBack.test(run.result)) done.push(endedMs - Date.parse(run.startedAt));
      else if (!open.has(stack)) open.set(stack, run);
    }
  }
  return { ...timesOf(done), open: open.size };
}

function failuresOf(deployed: number, failed: number): DeliveryStats["failures"] {
  const attempts = deployed + failed;
  return { attempts, failed, ...(attempts === 0 ? {} : { rate: failed / attempts }) };
}

/** How an environment is delivered to, from the records of its runs alone. */
export function deliveryStats({ environment, span, runs, committedAt }: StatsQuestion): DeliveryStats {
  const ordered = runs.filter(({ endedAt }) => endedAt !== null).toSorted((a, b) => Date.parse(a.endedAt ?? "") - Date.parse(b.endedAt ?? ""));
  const within = ordered.filter(({ endedAt }) => isWithin(endedAt ?? "", span));
  const of = (outcome: Outcome): readonly RunTold[] => within.filter((run) => outcomeOf(run) === outcome);
  const deployed = of("deployed");
  return {
    environment,
    since: new Date(span.sinceMs).toISOString(),
    until: new Date(span.untilMs).toISOString(),
    deployments: { count: deployed.length, perDay: deployed.length / Math.max((span.untilMs - span.sinceMs) / dayMs, 1 / 24) },
    leadTime: leadTimes(deployed, committedAt),
    failures: failuresOf(deployed.length, of("failed").length),
    restore: restoreTimes(ordered, span),
    refused: of("refused").length,
    cancelled: of("cancelled").length,
  };
}
