import { publicAddress } from "../../base/secret/index.ts";
import type { Problem } from "../../base/problem/index.ts";
import { publicLines, applySentence, changesTold, type EnvironmentRecord, type RunRecord, type RunStack, type StackRecord } from "../ledger/index.ts";
import { closureDigest, type AffectedStack } from "../../domain/planner/index.ts";
import { vetoOf } from "../../domain/units/index.ts";
import { withoutRighted } from "../drift/index.ts";
import { freezeRecord, goneBack, stackBackRecord, vetoRecord, whyFrozen, withoutSettled, withVeto, type VetoRecord } from "../rollback/index.ts";
import { withOutdated, type Moved } from "./outdated.ts";
import { contentsOf, failedUnit, recordsOf, stateOf, vetoedPhases } from "./unit-run.ts";
import type { ApplyEnd, ApplyRun, StackOutcome, UnitRun } from "./run.ts";

function runStack(run: ApplyRun, one: StackOutcome): RunStack {
  return {
    stack: one.affected.stack.name,
    action: one.affected.action,
    result: one.result,
    commit: run.branch.head,
    closureDigest: one.affected.closureDigest,
    fingerprint: run.verdict?.fingerprints[one.affected.stack.name] ?? null,
    ...changesTold(one.outcome?.changes),
    stateBefore: one.stateBefore,
    stateAfter: one.stateAfter,
    durationMs: Math.round(one.durationMs),
    problem: publicLines(one.problem),
    ...(one.unfinished === undefined || one.unfinished.length === 0 ? {} : { unfinished: [...one.unfinished] }),
  };
}

/** A stack that a run is about to touch: should it die, its record says of what it may have made more than it tells. */
function toBeDone(run: ApplyRun, { stack, action, closureDigest: digest }: AffectedStack): RunStack {
  const state = run.live?.stacks[stack.name]?.stateDigest ?? "";
  const told = { commit: run.branch.head, closureDigest: digest, fingerprint: run.verdict?.fingerprints[stack.name] ?? null, ...changesTold(undefined) };
  return { stack: stack.name, action, result: "applying", ...told, stateBefore: state, stateAfter: state, durationMs: 0, problem: null };
}

/** `machines: 1 adopt, 1 unlock`: what was found of dead runs, in the ledger's own commit. */
export function recoveredTrailer({ gate: { found } }: ApplyRun): { readonly Recovered?: string } {
  if (found.length === 0) return {};
  const stacks = [...new Set(found.map(({ stack }) => stack))].map((stack) => {
    const kinds = found.filter((one) => one.stack === stack).map(({ kind }) => kind);
    return `${stack}: ${[...new Set(kinds)].map((kind) => `${kinds.filter((one) => one === kind).length} ${kind}`).join(", ")}`;
  });
  return { Recovered: stacks.join("; ") };
}

/** Who approved what was applied, and as what. */
function approvalsOf(run: ApplyRun): RunRecord["approvals"] {
  const at = run.startedAt.toISOString();
  return (run.verdict?.approvedBy ?? []).flatMap((by) =>
    Object.entries(run.verdict?.fingerprints ?? {})
      .filter(([stack]) => run.inspection?.stacks.has(stack))
      .map(([stack, fingerprint]) => ({ by, stack, fingerprint, at })),
  );
}

/** A record is read with every clone: what would make it much larger is left out, and can then only be approved before the merge. */
const mostPrintBytes = 256 * 1024;

function printsOf(run: ApplyRun, result: string): Pick<RunRecord, "prints"> {
  const prints = run.verdict?.prints ?? [];
  if (result !== "refused" || prints.length === 0 || Buffer.byteLength(JSON.stringify(prints)) > mostPrintBytes) return {};
  return { prints: [...prints] };
}

/** `runs/<id>.json` as it stands now. */
export function runRecord(run: ApplyRun, result: ApplyEnd | "running", problem: Problem | undefined): RunRecord {
  const units = (run.inspection?.plan.units ?? []).map((unit) => {
    const went = run.units.get(unit.id);
    const stacks = unit.waves.flat().flatMap((affected) => {
      const done = run.stacks.get(affected.stack.name);
      if (done !== undefined) return [runStack(run, done)];
      return result === "running" ? [toBeDone(run, affected)] : [];
    });
    return {
      id: unit.id,
      commits: [...unit.commits],
      result: result === "running" || went === undefined ? result : stateOf(went),
      stacks,
      ...(went === undefined ? {} : { phases: went.phases.map((phase) => ({ ...phase })) }),
      ...(went?.back === undefined ? {} : { back: went.back.stacks.map(stackBackRecord) }),
    };
  });
  const aside = [...run.units.values()].filter((one) => stateOf(one) === "refused");
  const refused = aside.map(({ unit: { id, commits }, phases, problem }) => ({
    id,
    commits: [...commits],
    result: "refused",
    stacks: [],
    phases: phases.map((phase) => ({ ...phase })),
    problem: publicLines(problem),
  }));
  const left = vetoedPhases(run);
  const vetoed = run.vetoed.map(({ id, commits }) => ({
    id,
    commits: [...commits],
    result: "vetoed",
    stacks: [],
    phases: left.map((phase) => ({ ...phase })),
  }));
  return {
    schema: 1,
    id: run.run,
    kind: "apply",
    environment: run.request.environment,
    commit: run.branch.head,
    ...(run.brings === undefined ? {} : { brings: run.brings }),
    mergedBy: run.mergedBy,
    approvals: approvalsOf(run),
    startedAt: run.startedAt.toISOString(),
    endedAt: result === "running" ? null : run.estate.clock.now().toISOString(),
    result,
    fencing: run.kept.lease.fencing,
    units: [...units, ...refused, ...vetoed],
    overrides: [...(run.verdict?.overridden ?? [])],
    timings: Object.fromEntries(Object.entries(run.timings).map(([step, ms]) => [step, Math.round(ms)])),
    versions: { ...run.judged?.versions },
    problem: publicLines(problem),
    ...printsOf(run, result),
    ...(run.gate.found.length === 0 ? {} : { recovered: run.gate.found }),
    ...(run.hooks.length === 0 ? {} : { hooks: run.hooks }),
  };
}

function attempted(run: ApplyRun, one: Pick<StackOutcome, "affected">, before: StackRecord | undefined): StackRecord {
  const { stack } = one.affected;
  const closure = run.revision.closures.find((each) => each.stack === stack.name);
  return {
    ...before,
    commit: run.branch.head,
    closureDigest: closure === undefined ? one.affected.closureDigest : closureDigest(closure),
    stateDigest: before?.stateDigest ?? "",
    result: "applying",
    since: run.estate.clock.now().toISOString(),
    run: run.run,
    resources: before?.resources ?? 0,
    pulumiStack: stack.pulumiStack,
    ...(closure?.project === undefined ? {} : { project: closure.project }),
    backend: publicAddress(run.revision.environment.backend),
    lastGood: before?.lastGood ?? null,
    declaration: stack,
    reads: closure?.reads ?? [],
  };
}

function ended(run: ApplyRun, one: StackOutcome, { before, isHalfBack }: { readonly before: StackRecord; readonly isHalfBack: boolean }): StackRecord {
  const since = run.estate.clock.now().toISOString();
  const common = { ...before, stateDigest: one.stateAfter, resources: one.resources, since };
  if (one.result !== "good" || isHalfBack) return { ...common, result: "failed" };
  const live = { commit: run.branch.head, closureDigest: before.closureDigest, stateDigest: one.stateAfter, run: run.run, since };
  const earlier = before.lastGood === null || before.lastGood.closureDigest === live.closureDigest ? before.previousGood : before.lastGood;
  return { ...common, ...took(one, before), result: "good", lastGood: live, ...(earlier === undefined ? {} : { previousGood: earlier }) };
}

/** By so many runs the length of the next is told; one that changed nothing tells nothing. */
const mostTaken = 5;

function took(one: StackOutcome, { tookMs = [] }: StackRecord): Pick<StackRecord, "tookMs"> {
  return hasMoved(one) ? { tookMs: [...tookMs, Math.round(one.durationMs)].slice(-mostTaken) } : {};
}

function branchNow(run: ApplyRun): EnvironmentRecord["branch"] {
  return { name: run.branch.name, head: run.branch.head, seenAt: run.estate.clock.now().toISOString() };
}

/** First use records what it acts on; later runs are held to it. */
function identityNow(run: ApplyRun, { identity }: EnvironmentRecord): EnvironmentRecord["identity"] {
  return {
    cluster: null,
    ...identity,
    cloud: identity?.cloud ?? run.revision.environment.cloud,
    account: identity?.account ?? run.judged?.identity["account"] ?? null,
  };
}

/** The record when the attempt begins: every stack of the plan is `applying`, so that a killed run is seen. */
export function beginning(run: ApplyRun, current: EnvironmentRecord): EnvironmentRecord {
  const stacks = { ...current.stacks };
  for (const one of run.inspection?.stacks.values() ?? []) stacks[one.affected.stack.name] = attempted(run, one, stacks[one.affected.stack.name]);
  return { ...current, branch: current.branch ?? null, identity: identityNow(run, current), stacks };
}

/** Stacks that are as git says. Without live reads nobody knows: then what drifted is left to the next look. */
function righted(run: ApplyRun): readonly string[] {
  if (!run.question.readsLive) return [];
  return [...run.stacks.values()].filter(({ result }) => result === "good").map(({ affected }) => affected.stack.name);
}

function unitOf(run: ApplyRun, name: string): UnitRun | undefined {
  return [...run.units.values()].find(({ unit }) => unit.waves.flat().some(({ stack }) => stack.name === name));
}

/** Of a unit that was taken back nothing is live: neither what never began, nor what changed no resource. */
function isAsBefore(one: StackOutcome, went: UnitRun | undefined): boolean {
  return one.result === "skipped" || (went !== undefined && stateOf(went) === "rolledBack");
}

/** A unit is good as a whole: while it is not, what went well of it alone is not what to go back to. What was never good before has nothing to go back to. */
function isHalf({ lastGood }: StackRecord, went: UnitRun | undefined): boolean {
  if (went === undefined || stateOf(went) === "good") return false;
  return lastGood !== null || went.after?.kind === "rollBack";
}

/** The record of one stack when the run is over; undefined: it is not live, and there is nothing to say of it. */
function endedRecord(run: ApplyRun, one: StackOutcome, record: StackRecord | undefined): StackRecord | undefined {
  const { name } = one.affected.stack;
  const went = unitOf(run, name);
  const before = run.live?.stacks[name];
  const back = went?.back?.stacks.find(({ target, problem }) => target.stack === name && problem === undefined);
  if (back !== undefined && before !== undefined) return goneBack(before, back, { run: run.run, at: run.estate.clock.now() });
  if (isAsBefore(one, went)) return before;
  if (one.result === "good" && one.affected.action !== "apply") return undefined;
  return record === undefined ? undefined : ended(run, one, { before: record, isHalfBack: isHalf(record, went) });
}

function vetoStateOf({ after, back }: UnitRun): NonNullable<VetoRecord["state"]> {
  if (after?.kind === "rollBack") return back?.state ?? "rollingBack";
  return after?.kind === "freeze" ? "frozen" : "failed";
}

function frozenFor(failed: string, { after, back }: UnitRun): string {
  if (back !== undefined) return whyFrozen(failed, back);
  return after === undefined || !("because" in after) ? failed : `${failed}; ${after.because}`;
}

/** What the ledger keeps of the units that failed: which may not come again as they are, and which only a person goes on with. */
function failedUnits(run: ApplyRun, current: EnvironmentRecord): Pick<EnvironmentRecord, "vetoes" | "freezes"> {
  let { vetoes, freezes } = current;
  for (const went of run.units.values()) {
    const { unit, after, problem } = went;
    if (after === undefined || after.kind === "leave" || problem === undefined) continue;
    const state = vetoStateOf(went);
    const failed = failedUnit(run, unit, went.cause ?? problem);
    vetoes = withVeto(vetoes, vetoRecord(failed, recordsOf(run), { state, holds: after.kind !== "rollBack" || after.vetoes }));
    const stacks = unit.waves.flat().map(({ stack }) => stack.name);
    if (state === "frozen") freezes = [...freezes, freezeRecord({ ...failed, unit: unit.id, stacks, reason: frozenFor(failed.reason, went) })];
  }
  // Of what was left out it is known that this head brings it too.
  const { head } = run.branch;
  const standing = vetoesAt(run, vetoes).map((veto) =>
    run.vetoed.some((unit) => vetoOf(unit, [veto], contentsOf(run.revision)) !== undefined) ? { ...veto, head } : veto,
  );
  return { vetoes: standing, freezes };
}

/** Without what the head shows otherwise by now. */
export function vetoesAt({ revision }: Pick<ApplyRun, "revision">, vetoes: EnvironmentRecord["vetoes"]): EnvironmentRecord["vetoes"] {
  return withoutSettled(vetoes, contentsOf(revision));
}

/**
 * What the readers of a stack that moved must know. Of one that ended well its preview tells which outputs differ, secret ones too, and those who read them
 * were taken into the run. What was taken back wholly says what it said before.
 */
function movedIn(run: ApplyRun): readonly Moved[] {
  return [...run.stacks.values()].filter(hasMoved).flatMap((one): Moved[] => {
    const { name } = one.affected.stack;
    const went = unitOf(run, name);
    if (went !== undefined && stateOf(went) === "rolledBack") return [];
    return [one.result === "good" && went?.back === undefined ? { ...one, outcome: run.inspection?.stacks.get(name)?.outcome } : { ...one, result: "failed" }];
  });
}

/** Stacks that are good after everything that they read. */
function goodIn(run: ApplyRun): ReadonlySet<string> {
  const units = [...run.units.values()];
  const back = units.flatMap((went) => (stateOf(went) === "rolledBack" ? went.unit.waves.flat().map(({ stack }) => stack.name) : []));
  const applied = [...run.stacks.values()].filter(({ result }) => result === "good").map(({ affected }) => affected.stack.name);
  const undone = new Set(units.filter(({ back: went }) => went !== undefined).flatMap(({ unit }) => unit.waves.flat().map(({ stack }) => stack.name)));
  return new Set([...back, ...applied.filter((name) => !undone.has(name))]);
}

/** The record when the run is over: what moved is `good` or `failed`, what never started, or went back, is what it was before. */
export function finishing(run: ApplyRun, current: EnvironmentRecord, end: ApplyEnd): EnvironmentRecord {
  const stacks = { ...current.stacks };
  for (const one of run.stacks.values()) {
    const { name } = one.affected.stack;
    const record = endedRecord(run, one, stacks[name]);
    if (record === undefined) delete stacks[name];
    else stacks[name] = record;
  }
  const orphans = (run.inspection?.plan.orphans ?? []).flatMap((stack) => {
    const was = stacks[stack];
    return was === undefined
      ? []
      : [{ stack, pulumiStack: was.pulumiStack, backend: was.backend, resources: was.resources, commit: was.commit, since: was.since }];
  });
  // Only a good end makes the head what is live: a refused commit must not become the measure of the next.
  const isWhole = end === "good" && run.vetoed.length === 0;
  const told = withOutdated(stacks, movedIn(run), goodIn(run));
  const next = { ...current, branch: isWhole ? branchNow(run) : current.branch, stacks: told, orphans, ...failedUnits(run, current) };
  return withoutRighted(next, righted(run), run.estate.clock.now());
}

/** What the engine told, or where it could not tell (killed, events lost) what its state shows. A stack that was only made, and is empty, has not moved. */
export function hasMoved(one: StackOutcome): boolean {
  if (one.mayHaveMade === true) return true;
  if (one.outcome !== undefined) return one.outcome.changes.resources.length + one.outcome.changes.changedOutputs.length > 0;
  return one.stateAfter !== one.stateBefore && !(one.stateBefore === "" && one.resources === 0);
}

/** Stacks to name: those that moved when it ended badly, none when nothing was touched, else all that were planned. */
function named(run: ApplyRun, result: "applying" | Exclude<ApplyEnd, "nothing">): readonly string[] {
  if (result === "rolledBack") return [...run.units.values()].flatMap(({ back }) => back?.stacks.map(({ target }) => target.stack) ?? []);
  if (result === "applying" || result === "good") return [...(run.inspection?.stacks.keys() ?? [])];
  return [...run.stacks.values()].filter((one) => one.result !== "skipped" && hasMoved(one)).map((one) => one.affected.stack.name);
}

function becauseOf(run: ApplyRun, problem: Problem | undefined): string | undefined {
  const failed = [...run.stacks.values()].find((one) => one.result === "failed");
  return failed === undefined ? problem?.what : `${failed.affected.stack.name}: ${failed.problem?.what ?? problem?.what ?? "failed"}`;
}

/** The sentence of the ledger's commit. */
export function sentenceOf(run: ApplyRun, result: "applying" | Exclude<ApplyEnd, "nothing">, problem: Problem | undefined): string {
  const because = becauseOf(run, problem);
  const isAsked = [...run.stacks.values()].some((one) => one.probes.length > 0) || (run.revision.environment.verify.checks ?? []).length > 0;
  const isVerified = result === "good" && isAsked;
  return applySentence({
    environment: run.request.environment,
    commit: run.branch.head,
    result,
    mergedBy: run.mergedBy,
    stacks: named(run, result),
    ...(because === undefined ? {} : { because }),
    ...(result === "applying" ? {} : { durationMs: run.estate.clock.monotonicMs() - run.startedMs }),
    ...(isVerified ? { verified: true } : {}),
    approvedBy: run.verdict?.approvedBy ?? [],
    ...(run.brings === undefined ? {} : { brings: run.brings }),
  });
}
