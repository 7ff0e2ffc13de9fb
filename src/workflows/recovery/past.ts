import type { Processes } from "../../base/host/index.ts";
import type { Begun } from "../../adapters/engine/index.ts";
import type { DeadEngine, GoneMachine } from "../../domain/recovery/index.ts";
import type { EnvironmentRecord, JournalStep, Ledger, LeftRun, RunRecord } from "../ledger/index.ts";

export type FailedCreation = Begun & { readonly urn: string };

/** What is known of runs that are over or dead: from their journals on this host, and from their records in git. */
export interface Past {
  readonly dead: readonly DeadEngine[];
  /** Machines elsewhere that died with the run that they were made for. */
  readonly gone: readonly GoneMachine[];
  readonly runs: readonly LeftRun[];
  /** The id that an engine told of what it made, before it died. */
  told(pulumiStack: string, urn: string): string | undefined;
  /** Creations that failed; the cloud may have made them all the same. */
  failed(pulumiStack: string): readonly FailedCreation[];
  /** Everything that engines told of a stack, in its order. */
  steps(pulumiStack: string): readonly JournalStep[];
  /** Milliseconds since 1970 before which the operation on this urn was not begun. */
  sinceMs(pulumiStack: string, urn: string): number | undefined;
}

/** A number means something only among the processes that it was given among; where the system does not say which those are, nothing is known. */
function isNumberFree(processes: Processes, { holder }: LeftRun, pid: number): boolean {
  const { boot, pidNamespace } = processes.here();
  return boot !== "" && pidNamespace !== "" && holder?.pidNamespace === pidNamespace && processes.facts(pid) === undefined;
}

function deadEngines(runs: readonly LeftRun[], processes: Processes): DeadEngine[] {
  return runs.flatMap((run) =>
    run.sessions.flatMap(({ session, stack, at }): DeadEngine[] => {
      if (stack === undefined) return [];
      const lock = run.locks.find(({ ofSession }) => ofSession === session)?.lock;
      return [{ pid: session, host: run.holder?.host ?? "", stack, startedMs: at, lock, isNumberFree: isNumberFree(processes, run, session) }];
    }),
  );
}

const making: ReadonlySet<string> = new Set(["create", "create-replacement"]);

/** Full Pulumi stack name → the record of the last run that touched it. */
export async function lastRuns(ledger: Pick<Ledger, "run">, live: EnvironmentRecord | undefined): Promise<ReadonlyMap<string, RunRecord>> {
  const found = new Map<string, RunRecord>();
  for (const record of Object.values(live?.stacks ?? {})) {
    // What its record cannot tell is only less that is known.
    const run = record.run === null ? undefined : await ledger.run(record.run).catch(() => undefined);
    if (run !== undefined) found.set(record.pulumiStack, run);
  }
  return found;
}

export interface PastQuestion {
  readonly live: EnvironmentRecord | undefined;
  /** What dead runs of this host left. */
  readonly runs: readonly LeftRun[];
  readonly processes: Processes;
  /** Full Pulumi stack name → the record of the last run that touched it. */
  readonly records: ReadonlyMap<string, RunRecord>;
  /** What the engines of this very run told so far: a stack that it runs once more may not be as its first engine left it. */
  readonly own?: readonly JournalStep[];
}

/** What there is to be known, with the records of the last run of each stack as last fetched. */
export function pastOf({ live, runs, processes, records, own = [] }: PastQuestion): Past {
  const keys = new Map(Object.entries(live?.stacks ?? {}).map(([name, { pulumiStack }]) => [pulumiStack, name]));
  const startedMs = (stack: string): number | undefined => {
    const began = records.get(stack)?.startedAt;
    return began === undefined ? undefined : Date.parse(began);
  };
  /** The last run of a stack ended well with it: an operation that never ended is not of that run, whatever its journal tells. */
  const isSettled = (stack: string): boolean => {
    const told = records.get(stack)?.units.flatMap((unit) => [...unit.stacks, ...(unit.back ?? [])]) ?? [];
    return told.findLast((one) => one.stack === keys.get(stack))?.result === "good";
  };
  /** Creations of the last run alone: an older journal tells of objects that were replaced since. By its name, or by a clock that may have been set. */
  const stepsOf = (stack: string, urn: string): JournalStep[] => {
    const isOf = (one: JournalStep): boolean => one.stack === stack && one.urn === urn && making.has(one.operation);
    const now = own.filter(isOf);
    if (now.length > 0) return now;
    const last = runs.find(({ holder }) => holder !== undefined && holder.run === records.get(stack)?.id);
    if (last !== undefined && !isSettled(stack)) return last.steps.filter(isOf);
    // Where the last one is among them it ended well.
    const rest = runs.filter((run) => run !== last);
    const later = rest.flatMap((run) => run.steps).filter((one) => isOf(one) && one.at >= (startedMs(stack) ?? 0));
    return later.toSorted((a, b) => a.at - b.at);
  };
  const allOf = (stack: string): JournalStep[] =>
    [...runs.flatMap((run) => run.steps).toSorted((a, b) => a.at - b.at), ...own].filter((one) => one.stack === stack);
  return {
    dead: deadEngines(runs, processes),
    gone: [...records].flatMap(([stack, { machine }]) =>
      machine === undefined ? [] : [{ host: machine.host, stack, sinceMs: Date.parse(machine.since), untilMs: Date.parse(machine.until) }],
    ),
    runs,
    told: (stack, urn) => {
      // Of a creation that was begun after the one that was told nothing is known by that.
      const step = stepsOf(stack, urn).at(-1);
      if (step !== undefined) return step.phase === "done" ? step.id : undefined;
      const recorded = records.get(stack)?.units.flatMap((unit) => [...unit.stacks, ...(unit.back ?? [])]) ?? [];
      const unfinished = recorded.filter((one) => one.stack === keys.get(stack)).flatMap((one) => one.unfinished ?? []);
      return unfinished.findLast((one) => one.urn === urn)?.id;
    },
    steps: allOf,
    failed: (stack) => {
      const steps = allOf(stack).filter(({ operation }) => making.has(operation));
      const last = new Map(steps.map((one) => [one.urn, one]));
      return [...last.values()].flatMap(({ urn, phase, begun }) => (begun === undefined || phase !== "failed" ? [] : [{ urn, ...begun }]));
    },
    sinceMs: (stack, urn) => stepsOf(stack, urn).findLast(({ phase }) => phase === "started")?.at ?? startedMs(stack),
  };
}
