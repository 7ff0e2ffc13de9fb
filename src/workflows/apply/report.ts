import type { AppliedStack, ApplyReport, Refusal } from "../../domain/reports/index.ts";
import type { VerifyCheck } from "../../domain/environments/index.ts";
import { failureOf } from "../inspection/index.ts";
import type { ApplyResult, StackOutcome } from "./run.ts";

/** Where a stack of a unit that was taken back is again: its own last good commit, or all that it was if it had not moved. */
function backOf({ units }: ApplyResult, name: string): string | undefined {
  const back = units.flatMap((went) => went.back?.stacks ?? []).find(({ target }) => target.stack === name);
  return back === undefined || back.problem !== undefined ? undefined : back.target.commit;
}

function resultOf(one: StackOutcome): AppliedStack["result"] {
  if (one.result === "skipped") return "not started";
  if (one.result !== "good") return one.result;
  if (one.affected.action !== "apply") return one.affected.action === "destroy" ? "destroyed" : "forgotten";
  return (one.outcome?.changes.resources.length ?? 0) === 0 ? "unchanged" : "applied";
}

function appliedStack(result: ApplyResult, one: StackOutcome): AppliedStack {
  const name = one.affected.stack.name;
  const waves = result.inspection?.plan.units.flatMap((unit) => unit.waves.map((wave, index) => ({ index, names: wave.map((each) => each.stack.name) }))) ?? [];
  const wave = (waves.find((each) => each.names.includes(name))?.index ?? 0) + 1;
  const on = `${result.environment}.${name} at ${result.branch.head.slice(0, 7)}`;
  const failure =
    one.result === "skipped"
      ? undefined
      : failureOf(one.problem, one.outcome, { on, todo: `Mend it and push, or run again: trueup apply ${result.environment}` });
  const verified = one.probes.map((probed) => ({ check: probed.check satisfies VerifyCheck, passed: probed.ok, says: probed.answer }));
  const back = backOf(result, name);
  return {
    name,
    ...(back === undefined ? { result: resultOf(one) } : { result: "rolled back", back }),
    wave,
    durationMs: one.durationMs,
    verified,
    ...(one.outcome === undefined ? {} : { changes: one.outcome.changes }),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** What went wrong in the read-only phase, per stack, for a run that touched nothing. */
function inspectionRefusals(result: ApplyResult): Refusal[] {
  return (result.verdict?.refusals ?? []).map((refusal) => ({
    kind: refusal.stack === undefined ? refusal.kind : `${refusal.kind} of ${refusal.stack}`,
    reason: refusal.reason,
    todo: refusal.todo,
    blocks: refusal.blocks,
  }));
}

function plannedOf(result: ApplyResult): NonNullable<ApplyReport["planned"]> {
  return [...(result.inspection?.stacks.values() ?? [])].flatMap(({ affected, outcome }) =>
    outcome === undefined ? [] : [{ name: affected.stack.name, changes: outcome.changes }],
  );
}

const nextCommand: Readonly<Record<ApplyResult["end"], string>> = {
  good: "",
  nothing: "",
  refused: "push a commit that mends it",
  failed: "trueup apply",
  rolledBack: "push a commit that mends it",
  cancelled: "trueup apply",
};

/** What to do next, as a command or in words; "" where nothing is. */
function nextOf({ end, environment, finished }: ApplyResult): string {
  const waits = finished.some(({ back }) => back.state === "rollingBack");
  const next = nextCommand[end === "refused" && waits ? "failed" : end];
  return next.startsWith("trueup") ? `${next} ${environment}` : next;
}

const isFrozen = ({ problem }: ApplyResult): boolean => problem?.code === "ROLLBACK_FAILED";

/** What is refused of a run that otherwise went on, or was vetoed. */
function asideOf(result: ApplyResult): Refusal[] {
  const { problem } = result;
  if (result.vetoed.length === 0 || problem?.code !== "HELD" || result.verdict !== undefined) return [];
  return [{ kind: "veto", reason: problem.what, todo: problem.todo, blocks: false }];
}

/** Of what is refused the refusal says it. */
function wentOn({ end, verdict }: ApplyResult): Pick<ApplyReport, "unlike"> {
  return verdict === undefined || end === "refused" || verdict.unlike.length === 0 ? {} : { unlike: verdict.unlike };
}

/** An apply in the words of reports. */
export function applyReportOf(result: ApplyResult): ApplyReport {
  const { url } = result.revision.environment;
  // What was done about a failure is told of the run: its stack says only what failed.
  const isInStack = result.end !== "rolledBack" && !isFrozen(result) && result.stacks.some((one) => one.problem !== undefined);
  return {
    marker: `apply:${result.environment}:${result.run}`,
    environment: result.environment,
    branch: result.branch.name,
    commit: result.branch.head,
    run: result.run,
    durationMs: result.durationMs,
    result: result.end,
    stacks: result.stacks.map((one) => appliedStack(result, one)),
    refusals: [...inspectionRefusals(result), ...asideOf(result)],
    ...(url === undefined ? {} : { environmentUrl: url }),
    ...(result.end === "refused" ? { planned: plannedOf(result) } : {}),
    ...wentOn(result),
    hooks: result.hooks.map(({ hook, passed, says }) => ({ hook, passed, says })),
    ...(result.problem === undefined || isInStack || (result.verdict?.refusals.length ?? 0) > 0 ? {} : { failure: { problem: result.problem, log: [] } }),
    next: nextOf(result),
  };
}
