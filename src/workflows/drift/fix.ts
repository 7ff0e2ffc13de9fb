import { asProblem, Problem } from "../../base/problem/index.ts";
import { remember, tried, type Memory } from "../../domain/changes/index.ts";
import { refuseActing, type Estate } from "../estate/index.ts";
import { halfBackProblem, isHalfRebuilt, giveBackLease, keepLease, newRunId, type EnvironmentRecord, type KeptLease } from "../ledger/index.ts";
import { choose, refuseLost, type Choice } from "./choice.ts";
import { detectDrift, findingsOf, type Detection, type DriftRequest } from "./drift.ts";
import { liveNow } from "../inspection/index.ts";
import { openGate, type OpenGate } from "../recovery/index.ts";
import type { FixRun } from "./fix-run.ts";
import { memoryOf, withMemory } from "./memory.ts";
import { memoryAfter, recordFindings } from "./record.ts";
import { inspectJob, judgeJobs, repairOne, type Job, type Repaired } from "./repair.ts";
import { attempted, attempting, runRecord, sentenceOf } from "./run-record.ts";

/** What became of a request to repair. */
export interface Repair {
  readonly detection: Detection;
  /** undefined when nothing was to be done, or all of it was refused before the lease. */
  readonly run: string | undefined;
  readonly repaired: readonly Repaired[];
  readonly refused: ReadonlyMap<string, Problem>;
  readonly choices: ReadonlyMap<string, Choice>;
  /** What the ledger remembers after it. */
  readonly memory: Memory;
  readonly problem: Problem | undefined;
  readonly durationMs: number;
}

export interface FixOptions {
  /** What was found already. */
  readonly detection?: Detection;
  /** Only these stacks are repaired; of all that were looked at the findings are recorded. */
  readonly stacks?: readonly string[];
  /** What was tried lately waits. False for a person who asks. */
  readonly obeysWaits?: boolean;
  /** Stacks whose schedule this run serves. */
  readonly served?: readonly string[];
}

function jobsOf(detection: Detection, options: FixOptions): Pick<FixRun, "jobs" | "choices" | "refused"> {
  const jobs = new Map<string, Job>();
  const choices = new Map<string, Choice>();
  const refused = new Map<string, Problem>();
  for (const drift of detection.stacks) {
    const { name } = drift.stack;
    if (drift.findings.length === 0 || options.stacks?.includes(name) === false) continue;
    const choice = choose({ drift, memory: detection.memory, at: detection.at, obeysWaits: options.obeysWaits === true });
    const lost = refuseLost(drift, `${detection.environment}.${name}`);
    choices.set(name, choice);
    if (lost !== undefined) refused.set(name, lost);
    else if (choice.targets.length > 0) jobs.set(name, { drift, choice });
  }
  return { jobs, choices, refused };
}

function refuse(run: FixRun, refused: ReadonlyMap<string, Problem>): void {
  for (const [name, problem] of refused) {
    run.refused.set(name, problem);
    run.jobs.delete(name);
  }
}

/** Between looking and the lease somebody may have applied: then what was found is about another state. */
function refuseMoved(run: FixRun, now: EnvironmentRecord): void {
  const { detection } = run;
  for (const name of run.jobs.keys()) {
    const [was, is] = [detection.live.stacks[name], now.stacks[name]];
    if (is !== undefined && was?.run === is.run && was?.stateDigest === is.stateDigest) continue;
    const problem = new Problem("STALE", {
      what: `${name} was applied again after its drift was found`,
      on: `environment ${detection.environment}`,
      todo: `Look again: trueup drift ${detection.environment}`,
    });
    refuse(run, new Map([[name, problem]]));
  }
}

/** What is to be taken back is taken back first: until then nobody knows what of it is drift. */
function refuseRollingBack(run: FixRun, { vetoes }: EnvironmentRecord): void {
  for (const name of run.jobs.keys()) {
    const problem = halfBackProblem(run.detection.environment, name, vetoes);
    if (problem !== undefined) refuse(run, new Map([[name, problem]]));
  }
}

/** What a rebuild has not taken in yet looks like drift, and would be made a second time. */
function refuseHalfRebuilt(run: FixRun, { stacks }: EnvironmentRecord): void {
  const { environment } = run.detection;
  for (const name of run.jobs.keys()) {
    if (!isHalfRebuilt(stacks[name])) continue;
    const problem = new Problem("GUARD_REFUSED", {
      what: `a rebuild of ${name} began and did not end: its state does not hold yet what there may still be of it in the cloud`,
      on: `environment ${environment}`,
      todo: `Nothing of it was touched. Go on with: trueup rebuild ${environment}`,
    });
    refuse(run, new Map([[name, problem]]));
  }
}

/** What was never good has no commit to be put back to; that its attempt failed there is held until it is different. */
function refuseNeverGood(run: FixRun, { stacks }: EnvironmentRecord): void {
  const { environment } = run.detection;
  for (const name of run.jobs.keys()) {
    const record = stacks[name];
    if (record === undefined || record.lastGood !== null || record.result === "good") continue;
    const problem = new Problem("GUARD_REFUSED", {
      what: `${name} was never good: there is nothing to put it back to`,
      on: `environment ${environment}`,
      todo: `Nothing of it was touched. Push what mends it, or let it be tried once more as it is: trueup retry ${environment}`,
    });
    refuse(run, new Map([[name, problem]]));
  }
}

/** Before every stack: nothing that a dead run left is repaired over. */
async function gateOf(run: FixRun, kept: KeptLease, live: EnvironmentRecord): Promise<OpenGate> {
  const { estate, detection, request } = run;
  const [first] = run.jobs.values();
  const environment = (detection.rules ?? first?.drift.revision)?.environment;
  if (environment === undefined) throw new Error("there is nothing to repair");
  const limits = { signal: anyOf(request.signal, kept.lost), ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }) };
  run.gate = await openGate({ estate, ledger: detection.ledger, environment, live, kept, limits });
  return run.gate;
}

async function inspectJobs(run: FixRun, gate: OpenGate): Promise<void> {
  for (const [name, job] of run.jobs) {
    try {
      await inspectJob(run.estate, run.request, { job, gate });
    } catch (thrown) {
      const problem = asProblem(thrown, `${run.request.environment}.${name}`);
      if (problem.code === "CANCELLED") throw problem;
      refuse(run, new Map([[name, problem]]));
    }
  }
}

async function timed<Result>(run: FixRun, step: string, work: () => Promise<Result>): Promise<Result> {
  const started = run.estate.clock.monotonicMs();
  try {
    return await work();
  } finally {
    run.timings[step] = run.estate.clock.monotonicMs() - started;
  }
}

/** What is about to be touched is in the ledger first: a run that dies then counts as a try, and is seen. */
async function recordAttempt(run: FixRun, kept: KeptLease): Promise<void> {
  const { detection, estate, request } = run;
  const targets = [...run.jobs.values()].flatMap(({ choice }) => choice.targets);
  await detection.ledger.record((current) => {
    const memory = tried(memoryAfter(detection, current), targets, estate.clock.now());
    return {
      next: withMemory(attempting(run, current), memory, { at: detection.at, checked: [] }),
      runs: [runRecord(run, "running", undefined)],
      sentence: `${request.environment}: putting back drift in ${[...run.jobs.keys()].join(", ")}`,
      trailers: { Run: run.run, Kind: "drift", Result: "applying" },
    };
  }, kept.lease);
}

function anyOf(signal: AbortSignal | undefined, lost: AbortSignal): AbortSignal {
  return signal === undefined ? lost : AbortSignal.any([signal, lost]);
}

/** What was put back in another stack may have changed what this one reads: then more of it would move than was found. */
async function lookAgain(run: FixRun, name: string, job: Job): Promise<void> {
  if (run.repaired.size === 0 || run.gate === undefined) return;
  try {
    await inspectJob(run.estate, run.request, { job, gate: run.gate });
    // As between the waves of an apply: a freeze that came meanwhile counts, and nothing else of what the ledger says by now.
    const { live, ledger } = run.detection;
    const { freezes } = await liveNow(ledger, live);
    refuse(run, judgeJobs(run.detection, [job], { live: { ...live, freezes }, at: run.estate.clock.now() }));
  } catch (thrown) {
    refuse(run, new Map([[name, asProblem(thrown, `${run.request.environment}.${name}`)]]));
  }
}

/** One stack after another; after a failure no other is started. */
async function repairJobs(run: FixRun, kept: KeptLease): Promise<void> {
  const signal = anyOf(run.request.signal, kept.lost);
  for (const [name, job] of run.jobs) {
    if (signal.aborted) return;
    await lookAgain(run, name, job);
    if (!run.jobs.has(name)) continue;
    const done = await repairOne(run.estate, run.request, { job, signal, ledger: run.detection.ledger, kept });
    run.repaired.set(name, done);
    if (done.problem !== undefined) return;
  }
}

async function work(run: FixRun, kept: KeptLease, now: EnvironmentRecord): Promise<boolean> {
  refuseMoved(run, now);
  refuseRollingBack(run, now);
  refuseHalfRebuilt(run, now);
  refuseNeverGood(run, now);
  if (run.jobs.size === 0) return false;
  const gate = await gateOf(run, kept, now);
  await timed(run, "inspect", () => inspectJobs(run, gate));
  refuse(run, judgeJobs(run.detection, [...run.jobs.values()], { live: now, at: run.estate.clock.now() }));
  if (run.jobs.size === 0) return false;
  run.before = Object.fromEntries(Object.entries(now.stacks).map(([name, { result }]) => [name, result]));
  run.versions = { pulumi: await (await run.estate.engine([...run.jobs.values()][0]!.drift.revision.environment)).version() };
  await timed(run, "record", () => recordAttempt(run, kept));
  await timed(run, "repair", () => repairJobs(run, kept));
  return true;
}

/** What is remembered at the end: what was put back closes; what was left open on those stacks stays. */
function memoryAtEnd(run: FixRun, current: EnvironmentRecord, wasTried: boolean): Memory {
  const known = wasTried ? memoryOf(current) : memoryAfter(run.detection, current);
  const stacks = [...run.repaired.values()].filter((one) => one.problem === undefined).map(({ drift }) => drift.stack.name);
  const targets = new Set(stacks.flatMap((name) => run.jobs.get(name)?.choice.targets ?? []));
  const open = findingsOf(run.detection, stacks).filter((finding) => !targets.has(finding));
  return remember(known, { stacks, findings: open }, run.estate.clock.now());
}

function firstProblem(run: FixRun, broken: Problem | undefined): Problem | undefined {
  const failed = [...run.repaired.values()].find((one) => one.problem !== undefined)?.problem;
  return broken ?? failed ?? [...run.refused.values()][0];
}

function resultOf(run: FixRun, problem: Problem | undefined): "good" | "failed" | "refused" | "cancelled" {
  if (problem === undefined) return "good";
  if (problem.code === "CANCELLED") return "cancelled";
  return run.repaired.size === 0 ? "refused" : "failed";
}

interface Ended {
  readonly memory: Memory;
  readonly broken: Problem | undefined;
}

async function underLease(run: FixRun, served: readonly string[]): Promise<Ended> {
  const { ledger, at } = run.detection;
  const { lease, snapshot } = await ledger.takeLease(run.run);
  const kept = keepLease(ledger, lease, run.estate.clock);
  run.fencing = lease.fencing;
  let wasTried = false;
  let broken: Problem | undefined;
  try {
    wasTried = await work(run, kept, snapshot.environment);
  } catch (thrown) {
    broken = asProblem(thrown, `environment ${run.request.environment}`);
  }
  if (kept.lost.aborted) broken = asProblem(kept.lost.reason, `environment ${run.request.environment}`);
  const problem = firstProblem(run, broken);
  const result = resultOf(run, problem);
  const after = await giveBackLease({ ledger, kept, clock: run.estate.clock }, (current) => ({
    next: withMemory(attempted(run, current), memoryAtEnd(run, current, wasTried), { at, checked: served }),
    runs: [runRecord(run, result, problem)],
    sentence: sentenceOf(run, problem),
    trailers: { Run: run.run, Kind: "drift", Result: result },
  }));
  await run.gate?.close();
  return { memory: memoryOf(after.environment), broken };
}

/**
 * Repairs what detection lists, and only that: refresh and up at each stack's live commit, under the lease, as the gates allow. Each stack is
 * checked before the first is touched; one that is refused does not hold up the others, one that fails ends the repair. What was found is
 * recorded in any case. At most three ledger pushes besides renewals; none when there is nothing new. Raises IDENTITY_REFUSED where this process only
 * previews, unless no stack may be repaired (`stacks` is empty).
 */
export async function fixDrift(estate: Estate, request: DriftRequest, options: FixOptions = {}): Promise<Repair> {
  // A look that may repair nothing acts on nothing: the identity that previews is enough for it.
  if (options.stacks?.length !== 0) refuseActing(estate.machine, request.environment);
  const startedMs = estate.clock.monotonicMs();
  const startedAt = estate.clock.now();
  const detection = options.detection ?? (await detectDrift(estate, request));
  const { served = [] } = options;
  const looked = { look: estate.clock.monotonicMs() - startedMs };
  const run: FixRun = {
    estate,
    request,
    detection,
    startedAt,
    startedMs,
    ...jobsOf(detection, options),
    run: newRunId(startedAt, estate.host),
    repaired: new Map(),
    timings: options.detection === undefined ? looked : {},
    versions: {},
    fencing: 0,
    before: {},
  };
  // What a hold, a closed window or another account forbids needs neither previews nor the lease.
  refuse(run, judgeJobs(detection, [...run.jobs.values()], { live: detection.live, at: estate.clock.now() }));
  const hasWork = run.jobs.size > 0;
  if (!hasWork) await recordFindings(detection, served);
  const { memory, broken } = hasWork ? await underLease(run, served) : { memory: detection.memory, broken: undefined };
  return {
    detection,
    run: hasWork ? run.run : undefined,
    repaired: [...run.repaired.values()],
    refused: run.refused,
    choices: run.choices,
    memory,
    problem: firstProblem(run, broken),
    durationMs: estate.clock.monotonicMs() - startedMs,
  };
}
