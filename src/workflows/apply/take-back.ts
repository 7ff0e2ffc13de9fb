import { Problem } from "../../base/problem/index.ts";
import { freezeOver } from "../../domain/gates/index.ts";
import type { Unit } from "../../domain/planner/index.ts";
import { liveNow } from "../inspection/index.ts";
import { afterFailure, type AfterFailure, type StackFacts } from "../../domain/units/index.ts";
import {
  backProblem,
  rollBack,
  targetOf,
  vetoRecord,
  withVeto,
  type FailedUnit,
  type RollbackGround,
  type RolledBack,
  type Target,
} from "../rollback/index.ts";
import { notePassed } from "./between-waves.ts";
import { hasMoved } from "./records.ts";
import type { ApplyRun, StackOutcome } from "./run.ts";
import { failedUnit, recordsOf, told } from "./unit-run.ts";

/** What is imported is older than the run that took it in, whatever its state says. */
const makes: ReadonlySet<string> = new Set(["create", "replace"]);

function lastGoodOf(run: ApplyRun, name: string): StackFacts["lastGood"] {
  const good = run.live?.stacks[name]?.lastGood ?? undefined;
  return good === undefined ? undefined : { commit: good.commit, closureDigest: good.closureDigest };
}

/**
 * Whether a stack is not as it was last good: this run changed it, or one before it that died or was left as it was. Of one that died nobody knows, until
 * it is looked at.
 */
function isAstray(run: ApplyRun, name: string): boolean {
  const [one, before] = [run.stacks.get(name), run.live?.stacks[name]];
  if (one !== undefined && one.result !== "skipped" && hasMoved(one)) return true;
  if (one === undefined || before === undefined || before.lastGood === null) return false;
  return before.result === "applying" || (before.result !== "good" && one.stateBefore !== before.lastGood.stateDigest);
}

/** `problem`: why the unit stopped, where no stack of it failed. */
function factsOf(run: ApplyRun, unit: Unit, problem: Problem): readonly StackFacts[] {
  const failed = unit.waves.flat().some(({ stack }) => run.stacks.get(stack.name)?.problem !== undefined);
  return unit.waves.flatMap((wave, index) =>
    wave.map(({ stack, action, closureDigest }): StackFacts => {
      const one = run.stacks.get(stack.name);
      const own = one?.problem ?? (failed || one?.result === "good" ? undefined : problem);
      return {
        name: stack.name,
        wave: index,
        action,
        rollback: stack.rollback,
        hasMoved: isAstray(run, stack.name) || (stack.rollback === "auto" && one?.hasOtherOptions === true),
        closureDigest,
        lastGood: lastGoodOf(run, stack.name),
        problem: own === undefined ? undefined : { code: own.code, what: own.what, passes: own.code === "STALE" && own.retry !== "never" },
      };
    }),
  );
}

/** A person who froze it meanwhile has the last word. */
async function isFrozen(run: ApplyRun, unit: Unit): Promise<boolean> {
  const live = await liveNow(run.ledger, run.live);
  const names = new Set(unit.waves.flat().map(({ stack }) => stack.name));
  return live !== undefined && freezeOver(live, names, run.estate.clock.now()) !== undefined;
}

/** What this run made of a stack, as its engine told, and what it took in of an earlier one. */
function madeBy({ gate }: ApplyRun, one: StackOutcome | undefined, name: string): ReadonlySet<string> {
  const made = (one?.outcome?.changes.resources ?? []).filter(({ operation, imported }) => makes.has(operation) && imported !== true).map(({ urn }) => urn);
  const taken = gate.found.filter(({ kind, stack }) => kind === "adopt" && stack === name).map(({ urn }) => urn);
  return new Set([...made, ...taken]);
}

/** What this run took out of the state while its object lives on. */
const letGoBy = (one: StackOutcome | undefined): readonly string[] =>
  (one?.outcome?.changes.resources ?? []).filter(({ retained }) => retained === true).map(({ urn }) => urn);

/** An engine that died, or of which an answer was lost, has not told all that it made. */
function untoldOf(run: ApplyRun, name: string): Pick<Target, "untoldSince"> {
  const one = run.stacks.get(name);
  return one !== undefined && hasMoved(one) && (one.outcome === undefined || one.mayHaveMade === true) ? { untoldSince: run.startedAt } : {};
}

/** Every stack of the unit that was ever good, the last wave first; those that did not move are looked at only where what they read does. */
function targetsOf(run: ApplyRun, unit: Unit, moved: ReadonlySet<string>): readonly (readonly Target[])[] {
  return unit.waves
    .toReversed()
    .map((wave) =>
      wave.flatMap(({ stack: { name } }) => {
        const target = targetOf(name, run.live?.stacks[name], madeBy(run, run.stacks.get(name), name));
        return target === undefined ? [] : [{ ...target, ...untoldOf(run, name), letGo: letGoBy(run.stacks.get(name)), hasMoved: moved.has(name) }];
      }),
    )
    .filter((wave) => wave.length > 0);
}

/** In the ledger before anything goes back: who comes after a crash takes it back, and does not try it again. */
async function recordIntent(run: ApplyRun, failed: FailedUnit, holds: boolean): Promise<void> {
  const names = failed.unit.waves.flat().map(({ stack }) => stack.name);
  await run.ledger.record(
    (current) => ({
      next: { ...current, vetoes: withVeto(current.vetoes, vetoRecord(failed, recordsOf(run), { state: "rollingBack", holds })) },
      sentence: `${run.request.environment}: ${failed.commit.slice(0, 7)} failed in ${names.join(", ")}, rolling back: ${failed.reason}`,
      trailers: { Run: run.run, Kind: "rollback", Commit: failed.commit, Result: "rollingBack" },
    }),
    run.kept.lease,
  );
}

async function goBack(run: ApplyRun, failed: FailedUnit, plan: Extract<AfterFailure, { kind: "rollBack" }>): Promise<RolledBack> {
  const { estate, request, revision, question, judged } = run;
  const passed: RollbackGround["passed"] = [];
  await recordIntent(run, failed, plan.vetoes);
  const ground = {
    estate,
    ledger: run.ledger,
    run: run.run,
    startedAt: run.startedAt,
    environment: request.environment,
    kept: run.kept,
    gate: run.gate,
    identity: undefined,
    readsLive: question.readsLive,
    parallel: revision.environment.apply.parallel,
    windows: { rules: judged?.rules ?? revision.environment, commit: judged?.commit ?? run.branch.head, overrides: judged?.overrides ?? [] },
    passed,
    signal: run.stop.signal,
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
    destroyed: [],
    revisions: new Map(),
  };
  const back = await rollBack(ground, targetsOf(run, failed.unit, new Set(plan.waves.flat())));
  notePassed(run, passed);
  return back;
}

function frozenProblem({ request }: ApplyRun, problem: Problem, because: string): Problem {
  return new Problem("ROLLBACK_FAILED", {
    what: `${problem.what}; it was not rolled back: ${because}`,
    on: problem.on,
    todo: `Its stacks are frozen as they are. Push what mends it, then: trueup thaw ${request.environment} --reason "…"`,
  });
}

function vetoedProblem({ request }: ApplyRun, { code, what, on }: Problem): Problem {
  return new Problem(code, { what, on, todo: `Mend it and push; or try the same once more: trueup retry ${request.environment}` });
}

/** What becomes of a unit that failed: decided by what moved, then done. */
export async function takeBack(run: ApplyRun, unit: Unit, problem: Problem): Promise<void> {
  const after = afterFailure(factsOf(run, unit, problem), await isFrozen(run, unit));
  told(run, unit, { after });
  run.estate.observe({ kind: "step", text: `${unit.id} failed: ${afterWords(after)}` });
  if (after.kind === "freeze") told(run, unit, { state: "frozen", problem: frozenProblem(run, problem, after.because) });
  if (after.kind === "veto") told(run, unit, { problem: vetoedProblem(run, problem) });
  if (after.kind !== "rollBack") return;
  told(run, unit, { state: "rollingBack" });
  const back = await goBack(run, failedUnit(run, unit, problem), after);
  told(run, unit, { state: back.state, back, problem: backProblem(run.request.environment, problem, back) });
}

function afterWords(after: AfterFailure): string {
  if (after.kind === "rollBack") return `rolling back ${after.waves.flat().join(", ")}`;
  const done = { leave: "left as it is", veto: "not tried again as it is", freeze: "frozen" }[after.kind];
  return `${done}: ${after.because}`;
}
