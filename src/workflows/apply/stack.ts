import { join } from "node:path";
import { asProblem, Problem } from "../../base/problem/index.ts";
import type { EngineOutcome, StackSite, StateSummary } from "../../adapters/engine/index.ts";
import { probe, type ProbeResult } from "../../adapters/probes/index.ts";
import { inspectStack, judgeStack, overdueProblem, type StackInspection } from "../inspection/index.ts";
import { madeId, noting } from "../recovery/index.ts";
import { hasMoved } from "./records.ts";
import type { ApplyRun, StackOutcome } from "./run.ts";

const keptBackups = 30;

/** The state as it was before this run touched it, beside the clone: the last resort of a person. */
async function backUp(run: ApplyRun, stack: string, state: StateSummary): Promise<void> {
  if (!state.exists) return;
  const { work, host } = run.estate;
  const folder = join(work, "backups", run.request.environment, stack);
  await host.files.write(join(folder, `${run.startedAt.toISOString().replaceAll(":", "")}-${run.run}.json`), state.deployment);
  for (const name of (await host.files.list(folder)).slice(0, -keptBackups)) await host.files.remove(join(folder, name));
}

/** What the engine does, told and written down as it happens. */
function heard(run: ApplyRun, site: StackSite, told: Map<string, string>): ReturnType<typeof noting> {
  const notes = noting({ ledger: run.ledger, clock: run.estate.clock }, site);
  return {
    ...notes,
    onProgress: (progress) => {
      const { urn, operation, phase } = progress;
      const id = madeId(progress);
      if (id !== undefined) told.set(urn, id);
      notes.onProgress(progress);
      run.estate.observe({ kind: "resource", stack: site.stack, urn, operation, phase });
    },
  };
}

interface Acting {
  readonly inspected: StackInspection;
  readonly site: StackSite;
  /** Filled by urn: the ids that the engine tells. */
  readonly told: Map<string, string>;
}

async function act(run: ApplyRun, { inspected, site, told }: Acting): Promise<EngineOutcome | undefined> {
  const { action } = inspected.affected;
  if (action === "forget" || (action === "destroy" && !inspected.state.exists)) return undefined;
  const { estate, request } = run;
  const engine = await estate.engine(run.revision.environment);
  const limits = {
    deadlineMs: estate.deadlines.applyMs,
    ...heard(run, site, told),
    signal: run.stop.signal,
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  };
  await run.kept.confirm();
  if (action === "destroy") {
    const outcome = await engine.destroy(site, { ...limits, previewOnly: false });
    if (outcome.result === "succeeded") await engine.remove(site);
    return outcome;
  }
  if (!inspected.state.exists) await engine.init(site);
  // What was previewed with live reads is applied with live reads: else drift that the preview showed as repaired would stay.
  return engine.up(site, { ...limits, refresh: inspected.state.exists && run.question.readsLive });
}

function failureOf(run: ApplyRun, stack: string, outcome: EngineOutcome | undefined): Problem | undefined {
  if (outcome === undefined || outcome.result === "succeeded") return undefined;
  const on = `${run.request.environment}.${stack} at ${run.branch.head.slice(0, 7)}`;
  if (outcome.result === "cancelled")
    return new Problem("CANCELLED", { what: "cancelled while it was applied", on, todo: `See what is left with: trueup status ${run.request.environment}` });
  const left = `See what is left with: trueup status ${run.request.environment}.`;
  const overdue = overdueProblem(outcome, { stack, on, kind: "apply", left });
  if (overdue !== undefined) return overdue;
  const error = outcome.changes.diagnostics.find((one) => one.severity === "error");
  const where = error?.source === undefined ? on : `${on}, ${error.source}`;
  return new Problem("ENGINE_FAILED", {
    what: error?.message.split("\n")[0] ?? "the engine failed without a message",
    on: where,
    todo: `Mend it and push, or run again what can be retried: trueup apply ${run.request.environment}`,
  });
}

async function verify(run: ApplyRun, inspected: StackInspection, site: StackSite): Promise<ProbeResult[]> {
  const { stack, action } = inspected.affected;
  if (action !== "apply" || stack.verify.length === 0) return [];
  const { estate } = run;
  estate.observe({ kind: "stack", stack: stack.name, state: "verifying" });
  const sandboxConsole = await (await estate.engine(run.revision.environment)).sandboxConsole();
  const place = {
    directory: site.repositoryRoot,
    variables: { PATH: estate.machine.path, HOME: site.directory },
    sandboxConsole,
    clock: estate.clock,
    signal: run.stop.signal,
  };
  return Promise.all(stack.verify.map((check) => probe(check, place)));
}

function verifyFailure(run: ApplyRun, stack: string, probes: readonly ProbeResult[]): Problem | undefined {
  const failed = probes.find((one) => !one.ok);
  if (failed === undefined) return undefined;
  const { check } = failed;
  const target = check.kind === "http" ? check.url : check.kind === "tcp" ? `${check.host}:${check.port}` : check.run.join(" ");
  return new Problem("VERIFY_FAILED", {
    what: `${check.kind} ${target} says ${failed.answer} after ${failed.attempts} tries`,
    on: `${run.request.environment}.${stack} at ${run.branch.head.slice(0, 7)}`,
    todo: `It was applied but does not work. Mend it and push, or look again with: trueup apply ${run.request.environment}`,
  });
}

/** Applies one stack of the plan: looked at again first when its inputs were unknown, backed up, applied, verified. Failures are results. */
export async function applyStack(run: ApplyRun, planned: StackInspection): Promise<StackOutcome> {
  const { estate } = run;
  const { stack } = planned.affected;
  const started = estate.clock.monotonicMs();
  const told = new Map<string, string>();
  const end = (rest: Pick<StackOutcome, "result" | "outcome" | "problem" | "probes"> & { readonly after?: StateSummary }): StackOutcome => ({
    affected: planned.affected,
    result: rest.result,
    outcome: rest.outcome,
    problem: rest.problem,
    probes: rest.probes,
    stateBefore: planned.state.digest,
    stateAfter: rest.after?.digest ?? planned.state.digest,
    resources: rest.after?.resources.length ?? planned.state.resources.length,
    durationMs: estate.clock.monotonicMs() - started,
    unfinished: (rest.after?.pending ?? []).map(({ urn, type, operation }) => ({ urn, type, operation, ...idOf(told, urn) })),
  });
  let after: StateSummary | undefined;
  try {
    const inspected = await judgedAgain(run, planned);
    const { site } = inspected;
    await backUp(run, stack.name, inspected.state);
    estate.observe({ kind: "stack", stack: stack.name, state: "applying" });
    const outcome = await act(run, { inspected, site, told }).catch(async (thrown: unknown) => {
      // The engine died on the way: what it did is in the state, and only there.
      after = await stateNow(run, site);
      throw thrown;
    });
    after = await stateNow(run, site);
    const failure = failureOf(run, stack.name, outcome);
    if (failure !== undefined) {
      estate.observe({ kind: "stack", stack: stack.name, state: "failed" });
      return end({
        result: outcome?.result === "cancelled" ? "cancelled" : "failed",
        outcome,
        problem: failure,
        probes: [],
        ...(after === undefined ? {} : { after }),
      });
    }
    if (outcome !== undefined) estate.observe({ kind: "done", stack: stack.name, changes: outcome.changes });
    const probes = await verify(run, inspected, site);
    const ill = verifyFailure(run, stack.name, probes);
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

function idOf(told: ReadonlyMap<string, string>, urn: string): { readonly id?: string } {
  const id = told.get(urn);
  return id === undefined ? {} : { id };
}

/** The state as it is; undefined when it cannot be read now, which must not hide how the apply itself ended. */
async function stateNow(run: ApplyRun, site: StackSite): Promise<StateSummary | undefined> {
  const engine = await run.estate.engine(run.revision.environment);
  return engine.exportState(site).catch(() => undefined);
}

/** A stack that was previewed with unknown inputs is previewed with the real ones now, and judged by the same gates. */
async function judgedAgain(run: ApplyRun, planned: StackInspection): Promise<StackInspection> {
  const { inspection } = run;
  if (planned.until.length === 0 || inspection === undefined)
    return { ...planned, site: await (inspection?.sites.site(planned.affected.stack) ?? planned.site) };
  const again = await inspectStack({ estate: run.estate, question: run.question, sites: inspection.sites }, planned.affected, { stacks: [], outputs: {} });
  const expected = [...inspection.stacks.values()].filter((one) => one.affected.action === "apply").map((one) => one.affected.stack);
  const moved = [...run.stacks.values()].filter(hasMoved).map((one) => one.affected.stack.name);
  const refusal = run.judged === undefined ? undefined : judgeStack({ ...run.judged, at: run.estate.clock.now() }, again, { planned: expected, moved });
  if (refusal !== undefined) throw refusal;
  return again;
}
