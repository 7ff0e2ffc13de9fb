import type { Problem } from "../../base/problem/index.ts";
import type { Unit } from "../../domain/planner/index.ts";
import { judgeWave, liveNow, type Verdict } from "../inspection/index.ts";
import { hasMoved } from "./records.ts";
import type { ApplyRun } from "./run.ts";

/** Guards that were passed in the middle of the run stand in its record with those that were passed before it. */
export function notePassed(run: ApplyRun, overridden: Verdict["overridden"]): void {
  const known = new Set(run.verdict?.overridden.map(({ guard }) => guard));
  const news = overridden.filter(({ guard }) => !known.has(guard)).map(({ guard, by, reason }) => ({ guard, by, reason }));
  if (run.verdict !== undefined && news.length > 0) run.verdict = { ...run.verdict, overridden: [...run.verdict.overridden, ...news] };
}

/**
 * Asked before every wave of a unit but the first: is what was open when the run began open still, and has nobody frozen it meanwhile? What runs is
 * never cut off; what has not begun does not begin.
 */
export async function stoppedBefore(run: ApplyRun, wave: number, unit: Unit): Promise<Problem | undefined> {
  const { judged, inspection, estate } = run;
  if (wave === 0 || judged === undefined || inspection === undefined) return undefined;
  const live = await liveNow(run.ledger, run.live);
  const names = unit.waves.flat().map(({ stack }) => stack.name);
  const stacks = names.flatMap((name) => inspection.stacks.get(name) ?? []);
  const moved = names.filter((name) => {
    const one = run.stacks.get(name);
    return one !== undefined && hasMoved(one);
  });
  const { problem, overridden } = judgeWave({ ...judged, live, at: estate.clock.now() }, { stacks, wave: wave + 1, moved });
  notePassed(run, overridden);
  return problem;
}
