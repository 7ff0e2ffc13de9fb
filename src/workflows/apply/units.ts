import { Problem } from "../../base/problem/index.ts";
import type { AffectedStack, Unit } from "../../domain/planner/index.ts";
import { slotsOf } from "../estate/index.ts";
import type { StackInspection } from "../inspection/index.ts";
import { backProblem, backTogether } from "../rollback/index.ts";
import { stoppedBefore } from "./between-waves.ts";
import type { ApplyResult, ApplyRun } from "./run.ts";
import { applyStack } from "./stack.ts";
import { takeBack } from "./take-back.ts";
import { failedTogether } from "./together.ts";
import { stateOf, told } from "./unit-run.ts";

type Slot = ReturnType<typeof slotsOf>;

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

const isBad = (run: ApplyRun, unit: Unit): boolean =>
  unit.waves.flat().some(({ stack }) => !["good", "skipped", undefined].includes(run.stacks.get(stack.name)?.result));

/** One stack of a wave, when its turn comes. After the first failure of its unit nothing new of it is begun; what runs is let finish. */
async function applyOne(run: ApplyRun, unit: Unit, { stack: { name } }: AffectedStack): Promise<void> {
  const planned = run.inspection?.stacks.get(name);
  if (planned === undefined || isBad(run, unit) || run.stop.signal.aborted) return;
  run.stacks.set(name, await applyStack(run, planned, () => void told(run, unit, { state: "verifying" })));
}

/** Why the unit is not good; undefined when it is, or was cancelled. */
async function applyWaves(run: ApplyRun, unit: Unit, slot: Slot): Promise<Problem | undefined> {
  for (const [index, wave] of unit.waves.entries()) {
    const stopped = await stoppedBefore(run, index, unit);
    if (stopped !== undefined) return stopped;
    if (run.stop.signal.aborted) return undefined;
    told(run, unit, { state: "applying" });
    run.estate.observe({ kind: "wave", number: index + 1, of: unit.waves.length, stacks: wave.map(({ stack }) => stack.name) });
    await Promise.all(wave.map((affected) => slot(() => applyOne(run, unit, affected))));
    told(run, unit, { state: "verifying" });
    const failed = wave.map(({ stack }) => run.stacks.get(stack.name)).find((one) => one?.result === "failed");
    if (failed !== undefined) return failed.problem ?? unexplained(run, failed.affected.stack.name);
    if (run.stop.signal.aborted) return undefined;
  }
  return undefined;
}

function unexplained({ request }: ApplyRun, stack: string): Problem {
  return new Problem("INTERNAL", {
    what: `${stack} failed without a reason`,
    on: `${request.environment}.${stack}`,
    todo: "Run again with --debug and report it.",
  });
}

/** What was not begun is told as such. */
function skipRest(run: ApplyRun, unit: Unit): void {
  for (const { stack } of unit.waves.flat()) {
    const planned = run.inspection?.stacks.get(stack.name);
    if (planned === undefined || run.stacks.has(stack.name)) continue;
    run.stacks.set(stack.name, skipped(planned));
    run.estate.observe({ kind: "stack", stack: stack.name, state: "skipped" });
  }
}

async function fail(run: ApplyRun, unit: Unit, problem: Problem): Promise<void> {
  told(run, unit, { state: "failed", problem, cause: problem });
  await takeBack(run, unit, problem);
}

async function applyUnit(run: ApplyRun, unit: Unit, slot: Slot): Promise<void> {
  told(run, unit, { state: "applying" });
  const problem = await applyWaves(run, unit, slot);
  skipRest(run, unit);
  // Whoever has the lease now decides how it goes on.
  if (run.kept.lost.aborted) return;
  if (run.stop.signal.aborted) return void told(run, unit, { state: "cancelled" });
  if (problem !== undefined) await fail(run, unit, problem);
}

/** All of them, whatever becomes of one; then the first that was thrown. */
async function each(units: readonly Unit[], work: (unit: Unit) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(units.map(work));
  const thrown = ended.find((one) => one.status === "rejected");
  if (thrown !== undefined) throw thrown.reason;
}

/** What the environment as a whole says of the units that are through: nobody can tell which of them is to blame. */
async function endTogether(run: ApplyRun, units: readonly Unit[]): Promise<void> {
  const problem = await failedTogether(run, units);
  if (run.kept.lost.aborted) return;
  if (run.stop.signal.aborted) return units.forEach((unit) => void told(run, unit, { state: "cancelled" }));
  if (problem === undefined) return units.forEach((unit) => void told(run, unit, { state: "good" }));
  await each(units, (unit) => fail(run, unit, problem));
}

/** What the environment as a whole says once units are back. Where others went well after that it has been asked. */
async function endBack(run: ApplyRun, units: readonly Unit[]): Promise<void> {
  const all = units.flatMap((unit) => run.units.get(unit.id) ?? []);
  if (all.some((one) => stateOf(one) === "good")) return;
  const gone = all.flatMap((one) => (one.back === undefined ? [] : [{ ...one, back: one.back }]));
  const asking = { estate: run.estate, environment: run.request.environment, signal: run.stop.signal };
  for (const { unit, back, cause } of await backTogether(asking, gone)) {
    const known = run.units.get(unit.id);
    if (back === known?.back || cause === undefined) continue;
    told(run, unit, { state: "frozen", back, problem: backProblem(run.request.environment, cause, back) });
  }
}

/** Every unit goes its own way: none waits for another to be applied, and what becomes of one changes nothing for the others. */
export async function applyUnits(run: ApplyRun): Promise<void> {
  const units = run.inspection?.plan.units ?? [];
  const slot = slotsOf(run.revision.environment.apply.parallel);
  await each(units, (unit) => applyUnit(run, unit, slot));
  const through = units.filter(({ id }) => run.units.get(id)?.phases.at(-1)?.state === "verifying");
  if (through.length > 0) await endTogether(run, through);
  if (!run.kept.lost.aborted) await endBack(run, units);
}
