import { Problem } from "../../base/problem/index.ts";
import { alsoMeant, whoNames, type EngineOutcome, type StateSummary } from "../../adapters/engine/index.ts";
import { beyondRepair, type Reach } from "../../domain/changes/index.ts";
import { judge, vanished, type JudgedStack } from "../../domain/gates/index.ts";
import type { Estate } from "../estate/index.ts";
import { holdsOf, overdueProblem } from "../inspection/index.ts";
import type { EnvironmentRecord, KeptLease, Ledger } from "../ledger/index.ts";
import { noting, stateAfter, type OpenGate } from "../recovery/index.ts";
import { patiently } from "../stack-run/index.ts";
import type { Choice } from "./choice.ts";
import { failureText } from "./failure-text.ts";
import type { Detection, DriftRequest, StackDrift } from "./drift.ts";

/** One stack that is to be repaired, filled as it is looked at. */
export interface Job {
  readonly drift: StackDrift;
  readonly choice: Choice;
  state?: StateSummary;
  planned?: EngineOutcome;
}

/** What became of one stack that was touched. */
export interface Repaired {
  readonly drift: StackDrift;
  readonly outcome: EngineOutcome | undefined;
  readonly problem: Problem | undefined;
  readonly stateBefore: string;
  readonly after: StateSummary | undefined;
  readonly durationMs: number;
}

function placeOf(request: DriftRequest, drift: StackDrift): string {
  return `${request.environment}.${drift.stack.name} at ${drift.commit.slice(0, 7)}`;
}

/** Whatever was found and is no target: also what rules hide as a whole, which is nobody's choice. */
function reachOf({ drift, choice: { targets } }: Job): Reach {
  const own = new Set(targets.map(({ urn }) => urn));
  const found = [...drift.findings, ...drift.ignored.map(({ finding }) => finding)];
  return { targets, left: found.filter(({ urn }) => !own.has(urn)) };
}

/** The repair may touch only what it puts back: anything else that the engine plans follows from that, or is somebody's change on the way. */
function refuseMore(job: Job, planned: EngineOutcome, request: DriftRequest): void {
  const first = beyondRepair(planned.changes.resources, reachOf(job));
  if (first === undefined) return;
  throw new Problem("STALE", {
    what: `the repair would also ${first.operation} ${first.type} ${first.name}, of which it puts nothing back`,
    on: placeOf(request, job.drift),
    todo: `Nothing of it was touched. Look with: trueup drift ${request.environment}; bring git and live together with: trueup apply ${request.environment} --all`,
  });
}

/** What the engine cannot tell from a target would be put back with it. What looks like one and is in order may be run: nothing of it changes. */
function refuseBoth(job: Job, request: DriftRequest): void {
  const { targets, left } = reachOf(job);
  const found = alsoMeant(
    targets.map(({ urn }) => urn),
    left.map(({ urn }) => urn),
  );
  if (found === undefined) return;
  const [target, other] = [found.urn, found.other].map((urn) => urn.split("::").slice(2).join("::"));
  throw new Problem("GUARD_REFUSED", {
    what: `the engine takes ${target} for a pattern, and would also put back ${other}, which this repair leaves alone`,
    on: placeOf(request, job.drift),
    todo: `Nothing of it was touched. Give it a name without a star, or apply as a whole: trueup apply ${request.environment} --all`,
  });
}

export function failureOf(request: DriftRequest, drift: StackDrift, outcome: EngineOutcome): Problem | undefined {
  if (outcome.result === "succeeded") return undefined;
  const on = placeOf(request, drift);
  const overdue = overdueProblem(outcome, { stack: drift.stack.name, on, kind: "apply", left: `See what is left with: trueup drift ${request.environment}.` });
  if (overdue !== undefined) return overdue;
  return new Problem(outcome.result === "cancelled" ? "CANCELLED" : "ENGINE_FAILED", {
    what: failureText(outcome, "the repair"),
    on,
    todo: `Look again with: trueup drift ${request.environment}`,
  });
}

/** Looks at what the repair of one stack would do, after what dead runs left of it was dealt with. Raises what refuses it. */
export async function inspectJob(estate: Estate, request: DriftRequest, { job, gate }: { readonly job: Job; readonly gate: OpenGate }): Promise<void> {
  const { drift } = job;
  const engine = await estate.engine(drift.revision.environment);
  const state = await gate.pass(drift.site);
  job.state = state;
  refuseBoth(job, request);
  const lost = vanished(drift.findings.filter((finding) => finding.kind === "gone").length, state.resources.length, request.environment);
  if (lost !== undefined) throw new Problem("GUARD_REFUSED", { what: lost.reason, on: placeOf(request, drift), todo: lost.todo });
  const planned = await engine.preview(drift.site, {
    live: true,
    known: state,
    deadlineMs: estate.deadlines.applyMs,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  });
  const failed = failureOf(request, drift, planned);
  if (failed !== undefined) throw failed;
  refuseMore(job, planned, request);
  job.planned = planned;
}

function judgedOf({ drift, choice, state, planned }: Job): JudgedStack {
  const targets = new Set(choice.targets.map(({ urn }) => urn));
  return {
    affected: { stack: drift.stack, closureDigest: "", reasons: ["drifted"], action: "apply" },
    changes: planned === undefined ? undefined : { ...planned.changes, resources: planned.changes.resources.filter(({ urn }) => targets.has(urn)) },
    state: state ?? { resources: [], pending: [] },
  };
}

function recordedIdentity({ identity }: EnvironmentRecord): Record<string, string> {
  if (identity === null) return {};
  return { cloud: identity.cloud, ...(identity.account === null ? {} : { account: identity.account }) };
}

/** What the gates say of these repairs by the rules that are live: holds, windows, guards, policies, approvals, identity. By stack. */
export function judgeJobs(detection: Detection, jobs: readonly Job[], now: { readonly live: EnvironmentRecord; readonly at: Date }): Map<string, Problem> {
  const refused = new Map<string, Problem>();
  const rules = (detection.rules ?? jobs[0]?.drift.revision)?.environment;
  if (rules === undefined) return refused;
  const recorded = recordedIdentity(now.live);
  const verdict = judge({
    environment: rules,
    commit: now.live.branch?.head ?? "",
    action: "drift",
    at: now.at,
    stacks: jobs.map(judgedOf),
    holds: holdsOf(now.live, now.at),
    identity: { recorded, now: detection.identity },
  });
  const all = jobs.map(({ drift }) => drift.stack.name);
  for (const { code, stack, reason, todo } of verdict.refusals) {
    const on = stack === undefined ? `environment ${detection.environment}` : `${detection.environment}.${stack}`;
    const problem = new Problem(code, { what: reason, on, todo: `Nothing of it was touched. ${todo}` });
    for (const name of stack === undefined ? all : [stack]) refused.set(name, refused.get(name) ?? problem);
  }
  return refused;
}

/**
 * What a repair runs. The engine takes the name of what is gone out of all that named it, and only what is run says again what it depends on: so those are
 * run too, of which the look has shown that nothing changes. What is left alone stays out; an apply mends that.
 */
function runOf(job: Job): readonly string[] {
  const { targets } = job.choice;
  const gone = targets.flatMap(({ urn, kind }) => (kind === "gone" ? [urn] : []));
  const others = reachOf(job).left.map(({ urn }) => urn);
  const names = job.state?.exists !== true || gone.length === 0 ? [] : whoNames(job.state.deployment, gone, job.drift.site);
  const along = names.filter((urn) => !others.includes(urn) && alsoMeant([urn], others) === undefined);
  return [...new Set([...targets.map(({ urn }) => urn), ...along])];
}

/** Refresh and up of one stack at its live commit. Failures are results. */
export async function repairOne(
  estate: Estate,
  request: DriftRequest,
  work: { readonly job: Job; readonly signal: AbortSignal; readonly ledger: Ledger; readonly kept: KeptLease },
): Promise<Repaired> {
  const { drift, state } = work.job;
  const started = estate.clock.monotonicMs();
  const engine = await estate.engine(drift.revision.environment);
  estate.observe({ kind: "stack", stack: drift.stack.name, state: "applying" });
  const end = async (outcome: EngineOutcome | undefined, problem: Problem | undefined): Promise<Repaired> => {
    estate.observe({ kind: "stack", stack: drift.stack.name, state: problem === undefined ? "applied" : "failed" });
    // What the engine did is in the state even when it died on the way; that it cannot be read now must not hide how the repair ended.
    const after = await stateAfter(work.ledger, engine, drift.site);
    return { drift, outcome, problem, stateBefore: state?.digest ?? "", after, durationMs: estate.clock.monotonicMs() - started };
  };
  try {
    const limits = {
      deadlineMs: estate.deadlines.applyMs,
      ...noting({ ledger: work.ledger, clock: estate.clock, kept: work.kept }, drift.site),
      signal: work.signal,
      ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
    };
    // What somebody changes after the look was not found: the next look tells of it.
    const targets = runOf(work.job);
    const outcome = await patiently(estate, { site: drift.site, limits }, (listening, isFirst) =>
      engine.up(drift.site, { ...listening, ...(isFirst && state !== undefined ? { known: state } : {}), targets, refresh: true }),
    );
    return await end(outcome, failureOf(request, drift, outcome));
  } catch (thrown) {
    if (thrown instanceof Problem) return end(undefined, thrown);
    throw thrown;
  }
}
