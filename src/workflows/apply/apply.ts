import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Consent } from "../../domain/gates/index.ts";
import type { Looked } from "../inspection/index.ts";
import { isConsentWanted, judgeAll, look, planOf, refuseOtherCloud, vetoedUnits } from "../inspection/index.ts";
import { environmentBranch, ledgerOf, readRevisionOrRemoved, refuseActing, type Estate } from "../estate/index.ts";
import { broughtWords, giveBackLease, keepLease, newRunId, type Entry, type EnvironmentRecord } from "../ledger/index.ts";
import { byUnit, only, setAside } from "./aside.ts";
import { broughtTrailer, readBrought } from "./brought.ts";
import { withGate } from "./gate.ts";
import { afterApply, beforeApply } from "./hooks.ts";
import { overridesOf } from "./overrides.ts";
import { beginning, finishing, recoveredTrailer, runRecord, sentenceOf, vetoesAt } from "./records.ts";
import type { UnitState } from "../../domain/units/index.ts";
import { questionOf, refuseRemoved, refuseRewritten } from "./question.ts";
import { recordVetoed, vetoedProblem } from "./vetoed.ts";
import type { ApplyEnd, ApplyRequest, ApplyResult, ApplyRun, Opened } from "./run.ts";
import { refuseLooserRules } from "./rules.ts";
import { finishRollbacks, isRollingBack, type Finished } from "../rollback/index.ts";
import { stillBackProblem, tellWaiting } from "./still-back.ts";
import { stateOf, told } from "./unit-run.ts";
import { applyUnits } from "./units.ts";

/** How one step ended: go on, or the run is over. */
type Step = { readonly kind: "next" } | { readonly kind: "end"; readonly end: ApplyEnd; readonly problem?: Problem };

const next: Step = { kind: "next" };

function cancelledEarly(request: ApplyRequest): Problem {
  return new Problem("CANCELLED", {
    what: "cancelled before anything was touched",
    on: `environment ${request.environment}`,
    todo: `Run again: trueup apply ${request.environment}`,
  });
}

/** Reads branch, declarations and ledger: everything a run decides from. Nothing is written yet. */
async function open(estate: Estate, request: ApplyRequest, finished: readonly Finished[]): Promise<Opened> {
  refuseActing(estate.machine, request.environment);
  const startedMs = estate.clock.monotonicMs();
  const stop = new AbortController();
  request.signal?.addEventListener("abort", () => stop.abort(), { once: true });
  // A signal that came before we listened fires no more.
  if (request.signal?.aborted === true) throw cancelledEarly(request);
  estate.observe({ kind: "step", text: `reading the branch and the ledger of ${request.environment}` });
  if (request.isFetched !== true) await estate.repository.fetch();
  const ledger = await ledgerOf(estate, request.environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  estate.warm(live?.identity?.cloud);
  const branch = await environmentBranch(estate, request.environment, live?.branch?.name);
  const revision = await readRevisionOrRemoved(estate, branch.head, { name: request.environment, live });
  refuseRemoved(revision, live);
  await refuseRewritten(estate, { request, branch, revision, live });
  const question = await questionOf({ estate, request, ledger, live, branch, revision, stop });
  refuseOtherCloud(question);
  const { author } = await estate.repository.commit(branch.head);
  return {
    estate,
    request,
    ledger,
    run: newRunId(estate.clock.now(), estate.host),
    startedAt: estate.clock.now(),
    startedMs,
    plannedAt: estate.clock.now(),
    branch,
    asked: branch.head,
    revision,
    question,
    brings: await readBrought(estate, branch.head, live),
    mergedBy: author.name,
    live,
    timings: {},
    stop,
    inspection: undefined,
    verdict: undefined,
    judged: undefined,
    stacks: new Map(),
    lookedAgain: new Map(),
    units: new Map(),
    vetoed: vetoedUnits(question),
    finished,
    hooks: [],
  };
}

const askAgainMs = 15_000;

/** Waits for who holds the lease, as long as the request allows. Each time the holder's life is asked about anew: a job that was killed is not waited for. */
async function waitForLease(estate: Estate, request: ApplyRequest, first: Opened): Promise<Awaited<ReturnType<Opened["ledger"]["takeLease"]>>> {
  const until = estate.clock.monotonicMs() + (request.waitMs ?? 0);
  let told = "";
  for (;;) {
    try {
      return await first.ledger.takeLease(first.run);
    } catch (thrown) {
      const problem = asProblem(thrown, `environment ${request.environment}`);
      const leftMs = until - estate.clock.monotonicMs();
      if (problem.code !== "LEASE_HELD" || leftMs <= 0) throw thrown;
      if (problem.what !== told) estate.observe({ kind: "step", text: `waiting at most ${Math.ceil(leftMs / 60_000)} min: ${problem.what}` });
      told = problem.what;
      await estate.clock.sleep(Math.min(askAgainMs, leftMs), request.signal).catch(() => undefined);
      if (request.signal?.aborted === true) throw cancelledEarly(request);
    }
  }
}

/** Takes the lease, then reads everything again: what was read without it may be somebody else's past. */
async function takeLease(estate: Estate, request: ApplyRequest, first: Opened): Promise<ApplyRun> {
  const { lease, tookOver } = await waitForLease(estate, request, first);
  const kept = keepLease(first.ledger, lease, estate.clock);
  try {
    if (tookOver !== undefined) estate.observe({ kind: "step", text: `took the lease over from run ${tookOver.from.run}: ${tookOver.how}` });
    const again = await open(estate, { ...request, isFetched: false }, first.finished);
    const run = await withGate({
      ...again,
      run: first.run,
      startedMs: first.startedMs,
      startedAt: first.startedAt,
      ledger: first.ledger,
      asked: first.branch.head,
      kept,
    });
    kept.lost.addEventListener("abort", () => run.stop.abort(kept.lost.reason), { once: true });
    return run;
  } catch (thrown) {
    // Nothing was decided yet, so nothing is recorded but that the lease is free again.
    const sentence = `${request.environment}: run ${first.run} ended before it began; nothing was changed`;
    await giveBackLease({ ledger: first.ledger, kept, clock: estate.clock }, (current) => ({ next: current, sentence })).catch(() => undefined);
    throw thrown;
  }
}

/**
 * Asked after the previews, inside the lease: what was approved until now counts. Where nobody's yes is wanted nobody is asked, so that a forge that is
 * away holds up nothing.
 */
async function consentFor(run: ApplyRun, { inspection, rules }: Looked): Promise<Consent | undefined> {
  const [first] = inspection.stacks.values();
  if (first === undefined || run.request.consent === undefined || !isConsentWanted(rules, inspection.stacks.values())) return undefined;
  const { name, head } = run.branch;
  return run.request.consent({ environment: run.request.environment, from: run.live?.branch?.head, head, branch: name, key: first.site.passphrase });
}

/** Why the run cannot end well although nothing failed: stacks that nobody may run now. */
function refusedBy({ gate }: ApplyRun): Problem | undefined {
  return [...gate.refused.values()][0];
}

/** The read-only phase: any "no" ends the run with nothing changed. */
async function inspectAndJudge(run: ApplyRun): Promise<Step> {
  tellWaiting(run);
  const found = await look(run.estate, run.question, run.live?.branch?.head);
  const looked = { ...found, inspection: setAside(found.inspection, run.gate) };
  run.inspection = looked.inspection;
  const refused = refusedBy(run);
  if (refused !== undefined && looked.inspection.plan.units.length === 0) return { kind: "end", end: "refused", problem: refused };
  const { verdict, judged } = await judgeAll(run.estate, {
    question: run.question,
    looked,
    overrides: overridesOf(run),
    consent: await consentFor(run, looked),
  });
  run.verdict = verdict;
  run.judged = judged;
  const { going, refused: aside } = byUnit(looked.inspection, verdict);
  if (going.length === 0 && verdict.problem !== undefined) return { kind: "end", end: "refused", problem: verdict.problem };
  run.inspection = only(looked.inspection, going);
  for (const unit of going) told(run, unit, { state: "gated" });
  for (const { unit, problem } of aside) told(run, unit, { state: "refused", problem });
  return next;
}

async function preApply(run: ApplyRun): Promise<Step> {
  const problem = await beforeApply(run);
  return problem === undefined ? next : { kind: "end", end: "refused", problem };
}

async function recordAttempt(run: ApplyRun): Promise<Step> {
  await run.ledger.record(
    (current) => ({
      next: beginning(run, current),
      runs: [runRecord(run, "running", undefined)],
      sentence: sentenceOf(run, "applying", undefined),
      trailers: { Run: run.run, Kind: "apply", Commit: run.branch.head, Result: "applying", ...broughtTrailer(run.brings), ...recoveredTrailer(run) },
    }),
    run.kept.lease,
  );
  return next;
}

async function applyAll(run: ApplyRun): Promise<Step> {
  await applyUnits(run);
  return ending(run);
}

function cancelled({ request }: ApplyRun): Extract<Step, { kind: "end" }> {
  const problem = new Problem("CANCELLED", {
    what: "cancelled while stacks were applied",
    on: `environment ${request.environment}`,
    todo: `See what moved with: trueup status ${request.environment}; go on with: trueup apply ${request.environment}`,
  });
  return { kind: "end", end: "cancelled", problem };
}

/** The run ended as the worst of its units did. */
const worstFirst: readonly (readonly [ApplyEnd, readonly UnitState[]])[] = [
  ["failed", ["failed", "frozen", "rollingBack"]],
  ["rolledBack", ["rolledBack"]],
  ["refused", ["refused"]],
];

function ending(run: ApplyRun): Step {
  if (run.kept.lost.aborted) throw run.kept.lost.reason;
  if (run.stop.signal.aborted) return cancelled(run);
  const units = [...run.units.values()];
  for (const [end, states] of worstFirst) {
    const found = units.find((one) => states.includes(stateOf(one)));
    const refused = end === "refused" ? refusedBy(run) : undefined;
    if (refused !== undefined) return { kind: "end", end: "failed", problem: refused };
    if (found !== undefined) return { kind: "end", end, ...(found.problem === undefined ? {} : { problem: found.problem }) };
  }
  const still = stillBackProblem(run);
  return still === undefined ? { kind: "end", end: "good" } : { kind: "end", end: "refused", problem: still };
}

const steps = [inspectAndJudge, preApply, recordAttempt, applyAll] as const;

async function walk(run: ApplyRun): Promise<Extract<Step, { kind: "end" }>> {
  for (const step of steps) {
    const started = run.estate.clock.monotonicMs();
    const outcome = await step(run);
    run.timings[step.name] = run.estate.clock.monotonicMs() - started;
    if (outcome.kind === "end") return outcome;
  }
  return { kind: "end", end: "good" };
}

/** Records the end and gives the lease back in one commit. */
async function giveBack(run: ApplyRun, over: Extract<Step, { kind: "end" }>, leave: ApplyRequest["leave"]): Promise<void> {
  const { end, problem } = over;
  const leaving = leave ?? ((record) => record);
  await giveBackLease({ ...run, clock: run.estate.clock }, (current) => ({
    next: leaving(finishing(run, current, end), run.run),
    runs: [runRecord(run, end, problem)],
    sentence: sentenceOf(run, end === "nothing" ? "good" : end, problem),
    trailers: { Run: run.run, Kind: "apply", Commit: run.branch.head, Result: end, ...broughtTrailer(run.brings), ...recoveredTrailer(run) },
  }));
  await run.gate.close();
}

function hasNothingToDo(run: Opened): boolean {
  return run.live !== undefined && planOf(run.question).units.length === 0;
}

/** The branch moved without changing a stack (rules, documents): its head is what is live now, and its rules hold from here on. */
function headEntry(run: Opened, current: EnvironmentRecord): Entry {
  const { name, head } = run.branch;
  return {
    next: { ...current, branch: { name, head, seenAt: run.estate.clock.now().toISOString() }, vetoes: vetoesAt(run, current.vetoes) },
    sentence: `${run.request.environment}: ${head.slice(0, 7)} needed no change${broughtWords(run.brings)}`,
    trailers: { Kind: "apply", Commit: head, Result: "nothing", ...broughtTrailer(run.brings) },
  };
}

/** Whether the ledger says now that the head is live. Not so while somebody holds the lease: what that run brings is not known yet. */
async function recordHead(run: Opened): Promise<boolean> {
  if (run.live?.branch?.head === run.branch.head) return true;
  if (run.live?.lease !== null) return false;
  await refuseLooserRules(run);
  return (await run.ledger.record((current) => (current.lease === null ? headEntry(run, current) : undefined))) !== undefined;
}

async function standVetoed(run: Opened, problem: Problem): Promise<ApplyResult> {
  await recordVetoed(run, problem);
  return resultOf(run, { end: "refused", problem });
}

/** With the lease there is nothing left to do: it is no run, and is held to the rules like any other that changes no stack. */
async function standBack(run: ApplyRun): Promise<ApplyResult> {
  const isLive = run.live?.branch?.head === run.branch.head;
  const still = stillBackProblem(run);
  const vetoed = vetoedProblem(run);
  const sentence = `${run.request.environment}: run ${run.run} found nothing to do; nothing was changed`;
  const refused =
    isLive || still !== undefined
      ? undefined
      : await refuseLooserRules(run).then(
          () => undefined,
          (thrown: unknown) => ({ thrown }),
        );
  const isPlain = isLive || still !== undefined || refused !== undefined || vetoed !== undefined;
  await giveBackLease({ ...run, clock: run.estate.clock }, (current) => (isPlain ? { next: current, sentence } : headEntry(run, current)));
  await run.gate.close();
  if (still !== undefined) throw still;
  if (refused !== undefined) throw refused.thrown;
  return vetoed === undefined ? resultOf(run, { end: "nothing" }) : standVetoed(run, vetoed);
}

function resultOf(run: Opened, over: { readonly end: ApplyEnd; readonly problem?: Problem }): ApplyResult {
  return {
    run: run.run,
    environment: run.request.environment,
    branch: run.branch,
    end: over.end,
    inspection: run.inspection,
    verdict: run.verdict,
    revision: run.revision,
    stacks: [...run.stacks.values()],
    units: [...run.units.values()],
    vetoed: run.vetoed,
    finished: run.finished,
    hooks: run.hooks,
    problem: over.problem,
    mergedBy: run.mergedBy,
    durationMs: run.estate.clock.monotonicMs() - run.startedMs,
  };
}

/** How a run ended that threw: a lost lease explains everything else. */
function endOf(run: ApplyRun, thrown: unknown): Extract<Step, { kind: "end" }> & { readonly problem: Problem } {
  const problem = asProblem(run.kept.lost.aborted ? run.kept.lost.reason : thrown, `environment ${run.request.environment}`);
  const end: ApplyEnd = problem.code === "CANCELLED" ? "cancelled" : run.stacks.size === 0 ? "refused" : "failed";
  return { kind: "end", end, problem };
}

/**
 * What an earlier run had begun to take back is taken back first, as a run of its own: until then nothing else of it is known. Of what cannot be taken back
 * now nothing is begun; the units beside it do not wait for it.
 */
async function afterRollbacks(estate: Estate, request: ApplyRequest, run: ApplyRun): Promise<ApplyResult> {
  const sentence = `${request.environment}: run ${run.run} gives way to a rollback that was interrupted; nothing was changed`;
  await giveBackLease({ ...run, clock: estate.clock }, (current) => ({ next: current, sentence }));
  return applyAfter(estate, { ...request, isFetched: false }, await finishRollbacks(estate, request));
}

/** A head that cannot be read keeps nothing half taken back: the way back needs nothing of it. */
async function unreadable(estate: Estate, request: ApplyRequest, thrown: unknown): Promise<never> {
  const live = await ledgerOf(estate, request.environment)
    .then((ledger) => ledger.read())
    .catch(() => undefined);
  // Who cannot go on with that either says first what keeps it from its own work.
  if (isRollingBack(live?.environment)) await finishRollbacks(estate, request).catch(() => undefined);
  throw thrown;
}

/**
 * Brings an environment to the head of its branch: lease, read-only phase, waves, verify, record. At most three ledger pushes besides renewals, and one
 * more for each unit that is rolled back. A refusal changes nothing but the ledger. A unit that fails is taken back to what was last good, or left as it
 * is with the reason; the units beside it go on.
 */
export async function applyEnvironment(estate: Estate, request: ApplyRequest): Promise<ApplyResult> {
  return applyAfter(estate, request, undefined);
}

/** How a run ends that needs no lease to see that there is nothing to do; undefined: it needs one. */
async function endAtOnce(first: Opened): Promise<ApplyResult | undefined> {
  if (!hasNothingToDo(first)) return undefined;
  const still = stillBackProblem(first);
  if (still !== undefined) throw still;
  const vetoed = vetoedProblem(first);
  if (vetoed !== undefined) return standVetoed(first, vetoed);
  return (await recordHead(first)) ? resultOf(first, { end: "nothing" }) : undefined;
}

/** `finished`: the ways back that this very run has gone on with; undefined: it is still to do so. */
async function applyAfter(estate: Estate, request: ApplyRequest, finished: readonly Finished[] | undefined): Promise<ApplyResult> {
  const first = await open(estate, request, finished ?? []).catch((thrown: unknown) => unreadable(estate, request, thrown));
  const goesBack = ({ live }: Pick<Opened, "live">): boolean => finished === undefined && isRollingBack(live);
  const over = goesBack(first) ? undefined : await endAtOnce(first);
  if (over !== undefined) return over;
  const run = await takeLease(estate, request, first);
  if (goesBack(run)) return afterRollbacks(estate, request, run);
  if (hasNothingToDo(run)) return standBack(run);
  return carryOut(run);
}

/** The run itself, from its first look to its record. */
async function carryOut(run: ApplyRun): Promise<ApplyResult> {
  let broken: Problem | undefined;
  const over = await walk(run).catch((thrown: unknown) => {
    const ended = endOf(run, thrown);
    broken = ended.problem;
    return ended;
  });
  await afterApply(run, over.end);
  // A lease that was lost is not ours to give back; trying is safe (the ledger refuses), and it was perhaps only silence.
  if (broken === undefined) await giveBack(run, over, run.request.leave);
  else await giveBack(run, over, undefined).catch(() => undefined);
  if (broken !== undefined) throw broken;
  return resultOf(run, over);
}
