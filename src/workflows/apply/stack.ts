import { asProblem } from "../../base/problem/index.ts";
import type { EngineOutcome, StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { ProbeResult } from "../../adapters/probes/index.ts";
import type { StackInspection } from "../inspection/index.ts";
import { mayBeMade } from "../ledger/index.ts";
import { stateAfter } from "../recovery/index.ts";
import { backUp, failureOf, heard, patiently, unfinishedIn, verifyFailure, verifyStack, type RunFacts } from "../stack-run/index.ts";
import { judgedAgain } from "./again.ts";
import type { ApplyRun, StackOutcome } from "./run.ts";

interface Acting {
  readonly inspected: StackInspection;
  readonly site: StackSite;
  /** Filled by urn: the ids that the engine tells. */
  readonly told: Map<string, string>;
}

async function act(run: ApplyRun, { inspected, site, told }: Acting): Promise<EngineOutcome | undefined> {
  const { action } = inspected.affected;
  if (action === "forget") return undefined;
  if (action === "destroy" && !inspected.state.exists) {
    // Known to be over: it stays so for who comes next, should this run die as well.
    run.ledger.noteDestroyed(site.stack);
    run.ledger.noteRemoved(site.stack);
    return undefined;
  }
  const { estate, request } = run;
  const engine = await estate.engine(run.revision.environment);
  const limits = {
    deadlineMs: estate.deadlines.applyMs,
    ...heard(factsOf(run), site, told),
    signal: run.stop.signal,
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  };
  if (action === "destroy") {
    const outcome = await engine.destroy(site, { ...limits, previewOnly: false });
    if (outcome.result !== "succeeded") return outcome;
    run.ledger.noteDestroyed(site.stack);
    await engine.remove(site);
    run.ledger.noteRemoved(site.stack);
    return outcome;
  }
  if (!inspected.state.exists) await engine.init(site);
  // What was previewed with live reads is applied with live reads: else drift that the preview showed as repaired would stay.
  const refresh = inspected.state.exists && run.question.readsLive;
  return patiently(estate, { site, limits }, (listening, isFirst) =>
    engine.up(site, { ...listening, ...(isFirst ? { known: inspected.state } : {}), refresh }),
  );
}

const factsOf = (run: ApplyRun): RunFacts => ({ ...run, environment: run.request.environment });

async function verify(run: ApplyRun, { affected: { stack, action } }: StackInspection, site: StackSite): Promise<ProbeResult[]> {
  if (action !== "apply") return [];
  return verifyStack(run.estate, { environment: run.revision.environment, stack, site, sites: run.inspection?.sites, signal: run.stop.signal });
}

interface Found {
  readonly after?: StateSummary;
  readonly mayHaveMade?: boolean;
}

/**
 * A creation of which the answer was lost looks like one that failed. What the cloud made all the same becomes part of the state in this run, so that it goes
 * back with the rest.
 */
async function lookAgain({ ledger, gate }: ApplyRun, site: StackSite, outcome: EngineOutcome | undefined): Promise<Found> {
  if (outcome?.result !== "failed") return {};
  const steps = await ledger.steps();
  if (!steps.some((step) => step.stack === site.pulumiStack && mayBeMade(step))) return {};
  const known = gate.found.length;
  // What cannot be found out now is found out before the stack is run again, and may be there until then.
  const after = await gate.pass(site).catch(() => undefined);
  if (after === undefined) return { mayHaveMade: true };
  return { after, mayHaveMade: gate.found.slice(known).some(({ kind, stack }) => kind === "adopt" && stack === site.stack) };
}

/** Applies one stack of the plan: looked at again first when its inputs were unknown, backed up, applied, verified. Failures are results. `verifying` is told when it comes to that. */
export async function applyStack(run: ApplyRun, planned: StackInspection, verifying: () => void): Promise<StackOutcome> {
  const { estate } = run;
  const { stack } = planned.affected;
  const started = estate.clock.monotonicMs();
  const told = new Map<string, string>();
  const attempt = { environment: run.request.environment, stack: stack.name, commit: run.branch.head };
  const end = (rest: Pick<StackOutcome, "result" | "outcome" | "problem" | "probes"> & Found): StackOutcome => ({
    affected: planned.affected,
    result: rest.result,
    outcome: rest.outcome,
    problem: rest.problem,
    probes: rest.probes,
    ...(rest.mayHaveMade === undefined ? {} : { mayHaveMade: rest.mayHaveMade }),
    ...(rest.after === undefined || rest.after.options === planned.state.options ? {} : { hasOtherOptions: true }),
    stateBefore: planned.state.digest,
    stateAfter: rest.after?.digest ?? planned.state.digest,
    resources: rest.after?.resources.length ?? planned.state.resources.length,
    durationMs: estate.clock.monotonicMs() - started,
    unfinished: unfinishedIn(rest.after, told),
  });
  let after: StateSummary | undefined;
  try {
    const inspected = await judgedAgain(run, planned);
    const { site } = inspected;
    await backUp(factsOf(run), stack.name, inspected.state);
    estate.observe({ kind: "stack", stack: stack.name, state: "applying" });
    const outcome = await act(run, { inspected, site, told }).catch(async (thrown: unknown) => {
      // The engine died on the way: what it did is in the state, and only there.
      after = await stateNow(run, site);
      throw thrown;
    });
    after = await stateNow(run, site);
    const failure = failureOf(outcome, attempt);
    if (failure !== undefined) {
      estate.observe({ kind: "stack", stack: stack.name, state: "failed" });
      const found = await lookAgain(run, site, outcome);
      const result = outcome?.result === "cancelled" ? "cancelled" : "failed";
      return end({ result, outcome, problem: failure, probes: [], ...(after === undefined ? {} : { after }), ...found });
    }
    if (outcome !== undefined) estate.observe({ kind: "done", stack: stack.name, changes: outcome.changes });
    verifying();
    const probes = await verify(run, inspected, site);
    const ill = verifyFailure(attempt, probes);
    estate.observe({ kind: "stack", stack: stack.name, state: ill !== undefined ? "failed" : probes.length > 0 ? "verified" : "applied" });
    return end({ result: ill === undefined ? "good" : "failed", outcome, problem: ill, probes, ...(after === undefined ? {} : { after }) });
  } catch (thrown) {
    estate.observe({ kind: "stack", stack: stack.name, state: "failed" });
    return end({
      result: "failed",
      outcome: undefined,
      problem: asProblem(thrown, `${run.request.environment}.${stack.name}`),
      probes: [],
      ...(after === undefined ? {} : { after }),
    });
  }
}

/** The state as it is; undefined when it cannot be read now, which must not hide how the apply itself ended. */
async function stateNow(run: ApplyRun, site: StackSite): Promise<StateSummary | undefined> {
  const engine = await run.estate.engine(run.revision.environment);
  return stateAfter(run.ledger, engine, site);
}
