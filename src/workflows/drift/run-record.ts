import type { Problem } from "../../base/problem/index.ts";
import { actorOf } from "../estate/index.ts";
import { publicLines, changesTold, driftSentence, type EnvironmentRecord, type RunRecord, type RunStack } from "../ledger/index.ts";
import type { Repaired } from "./repair.ts";
import type { FixRun } from "./fix-run.ts";

function resultOf(done: Repaired | undefined, isRunning: boolean): RunStack["result"] {
  if (done === undefined) return isRunning ? "applying" : "skipped";
  if (done.problem === undefined) return "good";
  return done.problem.code === "CANCELLED" ? "cancelled" : "failed";
}

/** Digests of a stack's state before and after; the same where nothing was done. */
function statesOf(run: FixRun, name: string): Pick<RunStack, "stateBefore" | "stateAfter"> {
  const done = run.repaired.get(name);
  const stateBefore = done?.stateBefore ?? run.jobs.get(name)?.state?.digest ?? "";
  return { stateBefore, stateAfter: done?.after?.digest ?? stateBefore };
}

function runStack(run: FixRun, name: string, isRunning: boolean): RunStack {
  const done = run.repaired.get(name);
  return {
    stack: name,
    action: "refresh",
    result: resultOf(done, isRunning),
    commit: run.jobs.get(name)?.drift.commit ?? null,
    closureDigest: run.detection.live.stacks[name]?.lastGood?.closureDigest ?? "",
    fingerprint: null,
    ...changesTold(done?.outcome?.changes),
    ...statesOf(run, name),
    durationMs: Math.round(done?.durationMs ?? 0),
    problem: publicLines(done?.problem),
  };
}

/** `runs/<id>.json` of a repair as it stands now. */
export function runRecord(run: FixRun, result: "running" | "good" | "failed" | "refused" | "cancelled", problem: Problem | undefined): RunRecord {
  const { estate, detection } = run;
  const commits = [...new Set([...run.jobs.values()].map(({ drift }) => drift.commit))];
  const stacks = [...run.jobs.keys()].map((name) => runStack(run, name, result === "running"));
  return {
    schema: 1,
    id: run.run,
    kind: "drift",
    environment: detection.environment,
    commit: detection.live.branch?.head ?? null,
    mergedBy: actorOf(estate.machine),
    approvals: [],
    startedAt: run.startedAt.toISOString(),
    endedAt: result === "running" ? null : estate.clock.now().toISOString(),
    result,
    fencing: run.fencing,
    overrides: [],
    timings: Object.fromEntries(Object.entries(run.timings).map(([step, ms]) => [step, Math.round(ms)])),
    versions: { ...run.versions },
    problem: publicLines(problem),
    ...(run.gate === undefined || run.gate.found.length === 0 ? {} : { recovered: run.gate.found }),
    units: [{ id: "drift", commits, result, stacks }],
  };
}

/** Every stack that is about to be touched is `applying`, so that a killed repair is seen. */
export function attempting(run: FixRun, current: EnvironmentRecord): EnvironmentRecord {
  const stacks = { ...current.stacks };
  for (const name of run.jobs.keys()) {
    const was = stacks[name];
    if (was !== undefined) stacks[name] = { ...was, result: "applying" };
  }
  return { ...current, stacks };
}

/** What was touched is as it ended; what was not is as it was before. */
export function attempted(run: FixRun, current: EnvironmentRecord): EnvironmentRecord {
  const stacks = { ...current.stacks };
  // Also what was refused once it was under way: it was said to be at work.
  for (const name of [...run.jobs.keys(), ...run.refused.keys()]) {
    const is = stacks[name];
    if (is === undefined) continue;
    const done = run.repaired.get(name);
    const result = done !== undefined && done.problem !== undefined ? "failed" : (run.before[name] ?? is.result);
    const { after } = done ?? {};
    stacks[name] = { ...is, result, ...(after === undefined ? {} : { stateDigest: after.digest, resources: after.resources.length }) };
  }
  return { ...current, stacks };
}

/** The sentence of the ledger's commit. */
export function sentenceOf(run: FixRun, problem: Problem | undefined): string {
  const { environment, stacks } = run.detection;
  const fixed = [...run.repaired.values()].filter((one) => one.problem === undefined).map(({ drift }) => drift.stack.name);
  if (fixed.length === 0) return `${environment}: drift not fixed: ${problem?.what ?? "nothing was touched"}`;
  const found = fixed.map((stack) => ({ stack, resources: run.jobs.get(stack)?.choice.targets.length ?? 0 }));
  const durationMs = run.estate.clock.monotonicMs() - run.startedMs;
  const told = driftSentence({ environment, looked: stacks.length, fixed: true, durationMs, found });
  return problem === undefined ? told : `${told}; elsewhere not: ${problem.what}`;
}
