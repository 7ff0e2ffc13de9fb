import { publicAddress } from "../../base/secret/index.ts";
import type { Problem } from "../../base/problem/index.ts";
import { closureDigest } from "../../domain/planner/index.ts";
import { withoutRighted } from "../drift/index.ts";
import { publicLines, changesTold, rebuildSentence, type EnvironmentRecord, type RunRecord, type RunStack, type StackRecord } from "../ledger/index.ts";
import type { Place } from "./ground.ts";
import type { RebuildRun, StackRebuilt } from "./run.ts";

export type RebuildEnd = "good" | "failed" | "refused" | "cancelled";

function digestOf({ stack, revision }: Place): string {
  const closure = revision.closures.find((each) => each.stack === stack.name);
  return closure === undefined ? "" : closureDigest(closure);
}

export function plannedNames({ plan }: Pick<RebuildRun, "plan">): readonly string[] {
  return plan.waves.flat().map(({ stack }) => stack.name);
}

function placesOf(run: RebuildRun): readonly Place[] {
  return plannedNames(run).flatMap((name) => run.looks.get(name)?.place ?? []);
}

function runStack(run: RebuildRun, place: Place): RunStack {
  const { name } = place.stack;
  const common = { stack: name, action: "apply" as const, commit: place.commit, closureDigest: digestOf(place), fingerprint: null };
  const done = run.rebuilt.get(name);
  if (done === undefined) {
    const digest = run.looks.get(name)?.state.digest ?? "";
    return { ...common, result: "applying", ...changesTold(undefined), stateBefore: digest, stateAfter: digest, durationMs: 0, problem: null };
  }
  const { result, outcome, stateBefore, after, durationMs, problem } = done;
  const states = { stateBefore, stateAfter: after?.digest ?? stateBefore };
  return { ...common, result, ...changesTold(outcome?.changes), ...states, durationMs: Math.round(durationMs), problem: publicLines(problem) };
}

/** `runs/<id>.json` of a rebuild as it stands now. */
export function runRecord(run: RebuildRun, result: RebuildEnd | "running", problem: Problem | undefined): RunRecord {
  const { estate, request, rules } = run.looking.ground;
  const places = placesOf(run);
  const recovered = [...run.gate.found, ...[...run.rebuilt.values()].flatMap(({ taken }) => taken)];
  return {
    schema: 1,
    id: run.run,
    kind: "rebuild",
    environment: rules.environment.name,
    commit: run.before.branch?.head ?? places[0]?.commit ?? null,
    mergedBy: run.asked.by,
    approvals: [],
    startedAt: run.startedAt.toISOString(),
    endedAt: result === "running" ? null : estate.clock.now().toISOString(),
    result,
    fencing: run.kept.lease.fencing,
    overrides: [...run.overridden],
    timings: { rebuild: Math.round(estate.clock.monotonicMs() - run.startedMs) },
    versions: { ...run.versions },
    problem: publicLines(problem),
    asked: { ...run.asked, ...(request.from === undefined ? {} : { from: request.from }) },
    ...(recovered.length === 0 ? {} : { recovered }),
    units: [{ id: "rebuild", commits: [...new Set(places.map(({ commit }) => commit))], result, stacks: places.map((place) => runStack(run, place)) }],
  };
}

/** The record of a stack of which nothing is known any more: what git says of it. */
function fresh({ stack, commit, revision }: Place): StackRecord {
  const closure = revision.closures.find((each) => each.stack === stack.name);
  return {
    commit,
    closureDigest: "",
    stateDigest: "",
    result: "never",
    since: new Date(0).toISOString(),
    run: null,
    resources: 0,
    pulumiStack: stack.pulumiStack,
    backend: publicAddress(revision.environment.backend),
    lastGood: null,
    declaration: stack,
    reads: closure?.reads ?? [],
    ...(closure?.project === undefined ? {} : { project: closure.project }),
  };
}

/**
 * Every stack that is about to be touched is `applying`, so that a killed rebuild is seen, and nobody else makes what it has not taken in yet. Which commit
 * was on the way to it stays on record until it is good again.
 */
export function beginning(run: RebuildRun, current: EnvironmentRecord): EnvironmentRecord {
  const { ground } = run.looking;
  const stacks = { ...current.stacks };
  const since = ground.estate.clock.now().toISOString();
  for (const place of placesOf(run)) {
    const was = stacks[place.stack.name] ?? fresh(place);
    stacks[place.stack.name] = {
      ...was,
      result: "applying",
      since,
      run: run.run,
      declaration: place.stack,
      backend: publicAddress(place.revision.environment.backend),
      rebuild: { run: run.run, isWhole: false },
    };
  }
  const identity = current.identity ?? { cloud: ground.rules.environment.cloud, account: ground.identity["account"] ?? null, cluster: null };
  return { ...current, identity, stacks };
}

function ended(run: RebuildRun, place: Place, { done, is }: { readonly done: StackRebuilt; readonly is: StackRecord }): StackRecord {
  const since = run.looking.ground.estate.clock.now().toISOString();
  const { commit } = place;
  const { rebuild: _begun, ...rest } = is;
  const { after, result, isWhole, left } = done;
  const state = after === undefined ? {} : { stateDigest: after.digest, resources: after.resources.length };
  const common = { ...rest, ...state, since };
  if (result !== "good") return { ...common, result: "failed", rebuild: { run: run.run, isWhole } };
  // Made again, and not what that commit says alone: the next apply goes on with what was on the way.
  if (left.length > 0) return { ...common, result: "failed" };
  const lastGood = { commit, closureDigest: digestOf(place), stateDigest: common.stateDigest, run: run.run, since };
  return { ...common, commit, closureDigest: lastGood.closureDigest, result: "good", lastGood };
}

/** Without a ledger nothing said which commit is live: once every stack is good at one, that is it. */
function branchNow(run: RebuildRun, current: EnvironmentRecord, end: RebuildEnd): EnvironmentRecord["branch"] {
  const { branch, estate, request } = run.looking.ground;
  const isAll = run.plan.left.length === 0 && request.from === undefined;
  if (current.branch !== null || end !== "good" || !isAll) return current.branch;
  return { name: branch.name, head: branch.head, seenAt: estate.clock.now().toISOString() };
}

/** What was touched is as it ended; what was not is as it was before. */
export function finishing(run: RebuildRun, current: EnvironmentRecord, end: RebuildEnd): EnvironmentRecord {
  const stacks = { ...current.stacks };
  for (const place of placesOf(run)) {
    const { name } = place.stack;
    const [done, is, was] = [run.rebuilt.get(name), stacks[name], run.before.stacks[name]];
    if (is === undefined) continue;
    if (done !== undefined && done.result !== "skipped") stacks[name] = ended(run, place, { done, is });
    else if (was === undefined) delete stacks[name];
    else stacks[name] = was;
  }
  const good = [...run.rebuilt.values()].filter(({ result }) => result === "good").map(({ name }) => name);
  return withoutRighted({ ...current, branch: branchNow(run, current, end), stacks }, good, run.looking.ground.estate.clock.now());
}

/** What a rebuild did, in numbers. */
export function countsOf(run: Pick<RebuildRun, "rebuilt">): { readonly made: number; readonly taken: number } {
  const all = [...run.rebuilt.values()];
  const made = all.flatMap(({ outcome }) => outcome?.changes.resources ?? []).filter(({ operation }) => operation === "create" || operation === "replace");
  return { made: made.length, taken: all.flatMap(({ taken }) => taken).filter(({ kind }) => kind === "adopt").length };
}

/** The sentence of the ledger's commit. */
export function sentenceOf(run: RebuildRun, result: RebuildEnd | "applying", problem: Problem | undefined): string {
  const { environment } = run.looking.ground.request;
  const good = [...run.rebuilt.values()].filter((one) => one.result === "good").map(({ name }) => name);
  return rebuildSentence({
    environment,
    result,
    stacks: result === "applying" ? plannedNames(run) : good,
    ...countsOf(run),
    ...(result === "applying" ? {} : { durationMs: run.looking.ground.estate.clock.monotonicMs() - run.startedMs }),
    asked: run.asked,
    ...(problem === undefined ? {} : { because: problem.what }),
  });
}
