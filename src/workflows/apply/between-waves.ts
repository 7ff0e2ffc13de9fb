import type { Problem } from "../../base/problem/index.ts";
import type { Inspection } from "../inspection/index.ts";
import { judgeWave } from "../inspection/index.ts";
import { hasMoved } from "./records.ts";
import type { ApplyRun } from "./run.ts";

type Unit = Inspection["plan"]["units"][number];

/**
 * Asked of each unit that has a wave left, before every wave but the first: is what was open when the run began open still, and has nobody frozen it
 * meanwhile? What runs is never cut off; what has not begun does not begin. A remote that is away for a moment tells nothing new: the lease is
 * confirmed before each engine in any case.
 */
export async function stoppedBefore(run: ApplyRun, wave: number, units: readonly Unit[]): Promise<ReadonlyMap<string, Problem>> {
  const { judged, inspection, estate, verdict } = run;
  const waiting = units.filter((unit) => unit.waves[wave] !== undefined);
  if (wave === 0 || judged === undefined || inspection === undefined || waiting.length === 0) return new Map();
  const live = (await run.ledger.read().catch(() => undefined))?.environment ?? run.live;
  const moved = [...run.stacks.values()].filter(hasMoved).map((one) => one.affected.stack.name);
  const stopped = new Map<string, Problem>();
  for (const unit of waiting) {
    const names = unit.waves.flat().map(({ stack }) => stack.name);
    const stacks = names.flatMap((name) => inspection.stacks.get(name) ?? []);
    const inUnit = moved.filter((name) => names.includes(name));
    const { problem, overridden } = judgeWave({ ...judged, live, at: estate.clock.now() }, { stacks, wave: wave + 1, moved: inUnit });
    if (problem !== undefined) stopped.set(unit.id, problem);
    const known = new Set(verdict?.overridden.map(({ guard }) => guard));
    const news = overridden.filter(({ guard }) => !known.has(guard));
    if (run.verdict !== undefined && news.length > 0) run.verdict = { ...run.verdict, overridden: [...run.verdict.overridden, ...news] };
  }
  return stopped;
}
