import { closureDigest, type Unit } from "../../domain/planner/index.ts";
import type { Problem } from "../../base/problem/index.ts";
import { advanced, type UnitPhase, type UnitState } from "../../domain/units/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { FailedUnit } from "../rollback/index.ts";
import type { ApplyRun, UnitRun } from "./run.ts";

const planned = (run: ApplyRun): readonly UnitPhase[] => advanced([], "planned", run.plannedAt);

/** Writes into the run what is new of one of its units. */
export function told(run: ApplyRun, unit: Unit, news: Partial<Omit<UnitRun, "unit" | "phases">> & { readonly state?: UnitState }): UnitRun {
  const { state, ...more } = news;
  const known = run.units.get(unit.id) ?? { unit, phases: planned(run), problem: undefined, cause: undefined, after: undefined, back: undefined };
  const phases = state === undefined ? known.phases : advanced(known.phases, state, run.estate.clock.now());
  const next: UnitRun = { ...known, ...more, phases };
  run.units.set(unit.id, next);
  return next;
}

export const stateOf = ({ phases }: UnitRun): UnitState => phases.at(-1)?.state ?? "planned";

/** The journals of units that failed before, and of which nothing is different: they are looked at and left. */
export function vetoedPhases(run: ApplyRun): readonly UnitPhase[] {
  return advanced(planned(run), "vetoed", run.plannedAt);
}

export function failedUnit(run: ApplyRun, unit: Unit, problem: Problem): FailedUnit {
  return { unit, commit: run.branch.head, run: run.run, reason: problem.what, at: run.estate.clock.now() };
}

/** As they were before this run. */
export const recordsOf = ({ live }: ApplyRun): EnvironmentRecord["stacks"] => live?.stacks ?? {};

/** Stack → closure digest at the head: what a veto is held against. */
export function contentsOf({ closures }: ApplyRun["revision"]): ReadonlyMap<string, string> {
  return new Map(closures.map((closure) => [closure.stack, closureDigest(closure)]));
}
