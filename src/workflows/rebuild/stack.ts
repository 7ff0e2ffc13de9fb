import { asProblem, Problem } from "../../base/problem/index.ts";
import type { EngineOutcome, StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { ProbeResult } from "../../adapters/probes/index.ts";
import { checkText } from "../../domain/environments/index.ts";
import type { Sites } from "../estate/index.ts";
import { overdueProblem } from "../inspection/index.ts";
import { isHalfRebuilt, type Recovered } from "../ledger/index.ts";
import { isUnreadable, stateAfter } from "../recovery/index.ts";
import { backUp, heard, patiently, verifyEnvironment, verifyStack } from "../stack-run/index.ts";
import { attemptOf, type Place } from "./ground.ts";
import { judgePlace, leftOf, refuseBoth } from "./judging.ts";
import { reaching, readState, type StackLook } from "./look.ts";
import { restore } from "./restore.ts";
import type { RebuildRun, StackRebuilt } from "./run.ts";
import { takeIn, type TakenIn, type TakingIn } from "./take-in.ts";

function failureOf({ looking }: RebuildRun, { stack, commit }: Place, outcome: EngineOutcome): Problem | undefined {
  if (outcome.result === "succeeded") return undefined;
  const { environment } = looking.ground.request;
  const on = `${environment}.${stack.name} at ${commit.slice(0, 7)}`;
  const again = `Mend it, then go on with: trueup rebuild ${environment}`;
  const overdue = overdueProblem(outcome, { stack: stack.name, on, kind: "apply", left: again });
  if (overdue !== undefined) return overdue;
  const error = outcome.changes.diagnostics.find(({ severity }) => severity === "error");
  return new Problem(outcome.result === "cancelled" ? "CANCELLED" : "ENGINE_FAILED", {
    what: error?.message.split("\n")[0] ?? `the engine ended as ${outcome.result}`,
    on: error?.source === undefined ? on : `${on}, ${error.source}`,
    todo: again,
  });
}

/** Outputs that checks name may be of any stack that was live. */
function sitesOf({ looks }: RebuildRun): Sites {
  return {
    site: ({ name }) => {
      const found = looks.get(name);
      if (found === undefined)
        throw new Problem("STACK_UNKNOWN", { what: `the stack "${name}" was never good`, on: name, todo: "Check what a verify check names." });
      return found.place.site();
    },
  };
}

function illness(run: RebuildRun, probes: readonly ProbeResult[], on: string): Problem | undefined {
  const failed = probes.find(({ ok }) => !ok);
  if (failed === undefined) return undefined;
  return new Problem("VERIFY_FAILED", {
    what: `${checkText(failed.check)} says ${failed.answer} after ${failed.attempts} tries`,
    on,
    todo: `It was made again but does not work. Look again with: trueup rebuild ${run.looking.ground.request.environment}`,
  });
}

/** Once everything is good again: does it work together? What was rebuilt is not called good where it does not. */
export async function verifyTogether(run: RebuildRun): Promise<Problem | undefined> {
  const { estate, rules } = run.looking.ground;
  const [first] = run.rebuilt.keys();
  const look = first === undefined ? undefined : run.looks.get(first);
  if (look === undefined || run.signal.aborted || [...run.rebuilt.values()].some(({ result }) => result !== "good")) return undefined;
  const { environment } = rules;
  const probes = await verifyEnvironment(estate, { environment, site: await look.place.site(), sites: sitesOf(run), signal: run.signal });
  const problem = illness(run, probes, `environment ${environment.name}`);
  if (problem !== undefined) for (const [name, done] of run.rebuilt) run.rebuilt.set(name, { ...done, result: "failed" });
  return problem;
}

/** Filled while one stack is worked on: what is known of it however it ends. */
interface Progress {
  stateBefore: string;
  taken: readonly Recovered[];
  isWhole: boolean;
  left: readonly string[];
  outcome: EngineOutcome | undefined;
  probes: readonly ProbeResult[];
}

function settingOf(run: RebuildRun, { place, loss, gone }: StackLook): { readonly isBelowLost: boolean; readonly hasLost: boolean } {
  const above = run.plan.waves.flat().find(({ stack }) => stack.name === place.stack.name)?.after ?? [];
  return { isBelowLost: above.some((name) => run.looks.get(name)?.loss !== "none"), hasLost: gone.length > 0 || loss !== "none" };
}

/** The gate before every run of a stack. A state that is cut off, and that it cannot put together again, is as good as none. */
async function pass(run: RebuildRun, look: StackLook, { site, progress }: { readonly site: StackSite; readonly progress: Progress }): Promise<StateSummary> {
  const { state, isTorn } = await readState(run.looking.ground.engine, site);
  progress.stateBefore = state.digest;
  // What never ended in a state that does not open cannot be read; that state is set aside as a whole.
  if (look.loss === "passphrase") return run.gate.pass(site, { ...state, pending: [] });
  return run.gate.pass(site).catch((thrown: unknown) => {
    if (isTorn && isUnreadable(thrown)) return run.gate.pass(site, state);
    throw thrown;
  });
}

/** Of a state that was lost: what a commit had made that was half applied then. Its program may be the one that did not work. */
async function takeInAttempt(works: TakingIn, state: StateSummary): Promise<Pick<TakenIn, "state" | "taken">> {
  const { ground } = works.looking;
  const { name } = works.place.stack;
  try {
    const place = await attemptOf(ground, works.place);
    return place === undefined ? { state, taken: [] } : await takeIn({ ...works, place, site: await place.site() }, state);
  } catch (thrown) {
    const problem = asProblem(thrown, `${ground.request.environment}.${name}`);
    if (!/^(ENGINE_FAILED|PROGRAM_|ENVIRONMENT_|STACK_)/.test(problem.code)) throw problem;
    ground.estate.observe({ kind: "step", text: `${name}: what was on the way to it could not be looked for: ${problem.what}` });
    return { state, taken: [] };
  }
}

/** Makes one stack what it was: its state, what is left of it, and the rest. Raises why not. */
async function work(run: RebuildRun, look: StackLook, progress: Progress): Promise<Problem | undefined> {
  const { looking, kept, signal } = run;
  const { ground } = looking;
  const { estate, engine, ledger, request } = ground;
  const { place } = look;
  const { name } = place.stack;
  const site = reaching(await place.site(), place.revision, settingOf(run, look).isBelowLost);
  estate.observe({ kind: "stack", stack: name, state: "previewing" });
  const passed = await pass(run, look, { site, progress });
  const restored = await restore(run, look, { site, state: passed });
  const works = { looking, place, site, kept: [...restored.ids, ...look.kept], signal, lease: kept };
  const isOwn = restored.told.length === 0 && look.state.exists && !isHalfRebuilt(place.record);
  const before = isOwn ? { state: restored.state, taken: [] } : await takeInAttempt(works, restored.state);
  const taken = await takeIn(works, before.state);
  progress.taken = [...restored.told, ...before.taken, ...taken.taken];
  const judged = judgePlace(ground, { place, live: run.before, state: taken.state, planned: taken.planned, asked: run.asked });
  run.overridden.push(...judged.overridden);
  progress.isWhole = true;
  const refused = judged.problem ?? refuseBoth(ground, place, taken.planned);
  if (refused !== undefined) return refused;
  estate.observe({ kind: "stack", stack: name, state: "applying" });
  const facts = { estate, ledger, run: run.run, startedAt: run.startedAt, environment: request.environment, kept };
  await backUp(facts, name, taken.state);
  const notes = heard(facts, site, new Map());
  const limits = { signal, ...notes, deadlineMs: estate.deadlines.applyMs, ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }) };
  progress.left = leftOf(taken.planned);
  const among = progress.left.length === 0 ? {} : { excludes: progress.left };
  const outcome = await patiently(estate, { site, limits }, (listening, isFirst) =>
    engine.up(site, { ...listening, ...(isFirst ? { known: taken.state } : {}), ...among, refresh: true }),
  );
  progress.outcome = outcome;
  const failure = failureOf(run, place, outcome);
  if (failure !== undefined) return failure;
  estate.observe({ kind: "done", stack: name, changes: outcome.changes });
  const { environment } = place.revision;
  progress.probes = await verifyStack(estate, { environment, stack: place.stack, site, sites: sitesOf(run), signal });
  return illness(run, progress.probes, `${request.environment}.${name} at ${place.commit.slice(0, 7)}`);
}

/** Rebuilds one stack of the plan. Failures are results. */
export async function rebuildStack(run: RebuildRun, look: StackLook): Promise<StackRebuilt> {
  const { estate, engine, ledger, request } = run.looking.ground;
  const { place } = look;
  const { name } = place.stack;
  const started = estate.clock.monotonicMs();
  const progress: Progress = { stateBefore: look.state.digest, taken: [], isWhole: false, left: [], outcome: undefined, probes: [] };
  const problem = await work(run, look, progress).catch((thrown: unknown) => asProblem(thrown, `${request.environment}.${name}`));
  // What was done is in the state even when it died on the way; that it cannot be read now must not hide how it ended.
  const after = await stateAfter(ledger, engine, await place.site());
  estate.observe({ kind: "stack", stack: name, state: problem !== undefined ? "failed" : progress.probes.length > 0 ? "verified" : "applied" });
  const result = problem === undefined ? "good" : problem.code === "CANCELLED" ? "cancelled" : "failed";
  return { name, result, problem, ...progress, after, durationMs: estate.clock.monotonicMs() - started };
}

/** A stack that was not begun, because one that it needs did not end well, or nobody goes on. */
export function leftOut({ place, state }: StackLook): StackRebuilt {
  const rest = { outcome: undefined, problem: undefined, probes: [], taken: [], isWhole: false, left: [], after: undefined, durationMs: 0 };
  return { name: place.stack.name, result: "skipped", stateBefore: state.digest, ...rest };
}
