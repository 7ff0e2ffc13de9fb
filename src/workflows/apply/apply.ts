import { asProblem, Problem } from "../../base/problem/index.ts";
import { refusalKinds, type Override } from "../../domain/gates/index.ts";
import type { StackInspection } from "../inspection/index.ts";
import { inspect, judgeAll, planOf, previousClosures, touchesSince, type InspectionQuestion } from "../inspection/index.ts";
import { actorOf, eachOf, environmentBranch, ledgerOf, readRevision, type Estate } from "../estate/index.ts";
import { keepLease, newRunId } from "../ledger/index.ts";
import { beginning, finishing, runRecord, sentenceOf } from "./records.ts";
import type { ApplyEnd, ApplyRequest, ApplyResult, ApplyRun } from "./run.ts";
import { applyStack } from "./stack.ts";

/** How one step ended: go on, or the run is over. */
type Step = { readonly kind: "next" } | { readonly kind: "end"; readonly end: ApplyEnd; readonly problem?: Problem };

const next: Step = { kind: "next" };

/** Reads branch, declarations and ledger: everything a run decides from. Nothing is written yet. */
async function open(estate: Estate, request: ApplyRequest): Promise<ApplyRun> {
  const startedMs = estate.clock.monotonicMs();
  const stop = new AbortController();
  request.signal?.addEventListener("abort", () => stop.abort(), { once: true });
  estate.observe({ kind: "step", text: `reading the branch and the ledger of ${request.environment}` });
  await estate.repository.fetch();
  const first = ledgerOf(estate, request.environment);
  const live = (await first.read({ fetch: false }))?.environment;
  estate.warm(live?.identity?.cloud);
  const branch = await environmentBranch(estate, request.environment, live?.branch?.name);
  const revision = await readRevision(estate, branch.head, request.environment);
  const ledger = ledgerOf(estate, request.environment, revision.organisation.ledger.prefix);
  const from = live?.branch?.head;
  await refuseRewritten(estate, { environment: request.environment, from, head: branch.head, name: branch.name });
  const question: InspectionQuestion = {
    revision,
    commit: branch.head,
    live,
    previous: await previousClosures(estate, live, request.environment),
    all: request.all,
    touches: from === undefined || from === branch.head ? [] : await touchesSince(estate, from, { ...revision, commit: branch.head }),
    readsLive: revision.environment.preview.refresh !== "never",
    onSession: (session) => void ledger.noteSession(session).catch(() => undefined),
    signal: stop.signal,
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  };
  const { author } = await estate.repository.commit(branch.head);
  return {
    estate,
    request,
    ledger,
    run: newRunId(estate.clock.now()),
    startedAt: estate.clock.now(),
    startedMs,
    branch,
    revision,
    question,
    mergedBy: author.name,
    live,
    timings: {},
    stop,
    kept: undefined,
    inspection: undefined,
    verdict: undefined,
    judged: undefined,
    stacks: new Map(),
  };
}

async function refuseRewritten(
  estate: Estate,
  moved: { readonly environment: string; readonly from: string | undefined; readonly head: string; readonly name: string },
): Promise<void> {
  const { from, head, name } = moved;
  if (from === undefined || from === head) return;
  const isForward = await estate.repository.isAncestor(from, head).catch(() => false);
  if (isForward) return;
  throw new Problem("BRANCH_REWRITTEN", {
    what: `${name} no longer contains ${from.slice(0, 7)}, which is live`,
    on: `environment ${moved.environment}, branch ${name} at ${head.slice(0, 7)}`,
    todo: `Nothing was touched. Put it back with: git push --force origin ${from}:refs/heads/${name} (or merge what is live into it).`,
  });
}

async function takeLease(run: ApplyRun): Promise<Step> {
  const { lease, tookOver } = await run.ledger.takeLease(run.run);
  run.kept = keepLease(run.ledger, lease, run.estate.clock);
  run.kept.lost.addEventListener("abort", () => run.stop.abort(run.kept?.lost.reason), { once: true });
  if (tookOver !== undefined) run.estate.observe({ kind: "step", text: `took the lease over from run ${tookOver.from.run}: ${tookOver.how}` });
  return next;
}

function overridesOf(run: ApplyRun): Override[] {
  const { overrides } = run.request;
  return refusalKinds
    .filter((guard) => overrides?.guards.includes(guard) === true)
    .map((guard) => ({ guard, by: actorOf(run.estate.machine), reason: overrides?.reason ?? "", commit: run.branch.head }));
}

/** The read-only phase: any "no" ends the run with nothing changed. */
async function look(run: ApplyRun): Promise<Step> {
  run.inspection = await inspect(run.estate, run.question);
  const { verdict, judged } = await judgeAll(run.estate, {
    question: run.question,
    inspection: run.inspection,
    rulesFrom: run.live?.branch?.head,
    overrides: overridesOf(run),
  });
  run.verdict = verdict;
  run.judged = judged;
  return run.verdict.problem === undefined ? next : { kind: "end", end: "refused", problem: run.verdict.problem };
}

async function recordAttempt(run: ApplyRun): Promise<Step> {
  await run.ledger.record(
    (current) => ({
      next: beginning(run, current),
      runs: [runRecord(run, "running", undefined)],
      sentence: sentenceOf(run, "applying", undefined),
      trailers: { Run: run.run, Kind: "apply", Commit: run.branch.head, Result: "applying" },
    }),
    run.kept?.lease,
  );
  return next;
}

/** Waves of all units in step, parallel inside a wave. After a failure a unit starts nothing new; what runs is let finish. */
async function applyWaves(run: ApplyRun): Promise<Step> {
  const { estate, inspection } = run;
  const units = inspection?.plan.units ?? [];
  const depth = Math.max(0, ...units.map((unit) => unit.waves.length));
  const failedUnits = new Set<string>();
  for (let index = 0; index < depth; index++) {
    const wave = units.flatMap((unit) => (unit.waves[index] ?? []).map((affected) => ({ unit: unit.id, affected })));
    estate.observe({ kind: "wave", number: index + 1, of: depth, stacks: wave.map(({ affected }) => affected.stack.name) });
    await eachOf(wave, { atOnce: run.revision.environment.apply.parallel }, async ({ unit, affected }) => {
      const planned = inspection?.stacks.get(affected.stack.name);
      if (planned === undefined || failedUnits.has(unit) || run.stop.signal.aborted) {
        if (planned !== undefined) run.stacks.set(affected.stack.name, skipped(planned));
        estate.observe({ kind: "stack", stack: affected.stack.name, state: "skipped" });
        return;
      }
      const outcome = await applyStack(run, planned);
      run.stacks.set(affected.stack.name, outcome);
      if (outcome.result !== "good") failedUnits.add(unit);
    });
  }
  return ending(run);
}

function skipped(planned: StackInspection): ApplyResult["stacks"][number] {
  const { state, affected } = planned;
  return {
    affected,
    result: "skipped",
    outcome: undefined,
    problem: undefined,
    probes: [],
    stateBefore: state.digest,
    stateAfter: state.digest,
    resources: state.resources.length,
    durationMs: 0,
  };
}

function ending(run: ApplyRun): Step {
  const all = [...run.stacks.values()];
  const failed = all.find((one) => one.result === "failed");
  if (run.kept?.lost.aborted === true) throw run.kept.lost.reason;
  if (run.stop.signal.aborted) {
    const problem = new Problem("CANCELLED", {
      what: "cancelled while stacks were applied",
      on: `environment ${run.request.environment}`,
      todo: `See what moved with: trueup status ${run.request.environment}; go on with: trueup apply ${run.request.environment}`,
    });
    return { kind: "end", end: "cancelled", problem };
  }
  if (failed !== undefined) return { kind: "end", end: "failed", ...(failed.problem === undefined ? {} : { problem: failed.problem }) };
  return { kind: "end", end: "good" };
}

const steps = [takeLease, look, recordAttempt, applyWaves] as const;

async function walk(run: ApplyRun): Promise<Extract<Step, { kind: "end" }>> {
  for (const step of steps) {
    const started = run.estate.clock.monotonicMs();
    const outcome = await step(run);
    run.timings[step.name] = run.estate.clock.monotonicMs() - started;
    if (outcome.kind === "end") return outcome;
  }
  return { kind: "end", end: "good" };
}

async function giveBack(run: ApplyRun, over: Extract<Step, { kind: "end" }>): Promise<void> {
  const { end, problem } = over;
  if (run.kept === undefined) return;
  await run.kept.stop();
  await run.ledger.releaseLease(run.kept.lease, (current) => ({
    next: finishing(run, current),
    runs: [runRecord(run, end, problem)],
    sentence: sentenceOf(run, end === "nothing" ? "good" : end, problem),
    trailers: { Run: run.run, Kind: "apply", Commit: run.branch.head, Result: end },
  }));
}

function hasNothingToDo(run: ApplyRun): boolean {
  return run.live !== undefined && planOf(run.question).units.length === 0;
}

/**
 * Brings an environment to the head of its branch: lease, read-only phase, waves, verify, record. At most three ledger pushes besides renewals.
 * A refusal changes nothing but the ledger; a failure records exactly which stacks moved, and applying again converges.
 */
export async function applyEnvironment(estate: Estate, request: ApplyRequest): Promise<ApplyResult> {
  const run = await open(estate, request);
  const result = (over: { readonly end: ApplyEnd; readonly problem?: Problem }): ApplyResult => ({
    run: run.run,
    environment: request.environment,
    branch: run.branch,
    end: over.end,
    inspection: run.inspection,
    verdict: run.verdict,
    revision: run.revision,
    stacks: [...run.stacks.values()],
    problem: over.problem,
    mergedBy: run.mergedBy,
    durationMs: estate.clock.monotonicMs() - run.startedMs,
  });
  if (hasNothingToDo(run)) return result({ end: "nothing" });
  try {
    const over = await walk(run);
    await giveBack(run, over);
    return result(over);
  } catch (thrown) {
    const problem = asProblem(thrown, `environment ${request.environment}`);
    const end: ApplyEnd = problem.code === "CANCELLED" ? "cancelled" : run.stacks.size === 0 ? "refused" : "failed";
    if (problem.code !== "LEASE_LOST") await giveBack(run, { kind: "end", end, problem }).catch(() => undefined);
    throw problem;
  } finally {
    await run.kept?.stop();
  }
}
