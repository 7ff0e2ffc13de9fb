import { besideOf } from "../../domain/gates/index.ts";
import { inspectStack, judgeAgain, type Inspection, type StackInspection } from "../inspection/index.ts";
import { notePassed } from "./between-waves.ts";
import { hasMoved } from "./records.ts";
import type { ApplyRun } from "./run.ts";

type Midway = ReturnType<Parameters<typeof judgeAgain>[2]["midway"]>;

/** What a stack of the run did, or is to do as far as that is known by now; undefined where nothing of it happens. */
function changesOf({ stacks, lookedAgain }: ApplyRun, name: string, planned: StackInspection): Parameters<typeof besideOf>[0][number] {
  const ended = stacks.get(name);
  const isToBe = ended === undefined || (ended.outcome === undefined && hasMoved(ended));
  return isToBe ? (lookedAgain.get(name) ?? planned).outcome?.changes : ended.outcome?.changes;
}

function midwayOf(run: ApplyRun, { stacks }: Inspection, again: StackInspection): Midway {
  const { name } = again.affected.stack;
  const beside = besideOf([...stacks].flatMap(([other, planned]) => (other === name ? [] : [changesOf(run, other, planned)])));
  run.lookedAgain.set(name, again);
  return {
    planned: [...stacks.values()].filter(({ affected }) => affected.action === "apply").map(({ affected }) => affected.stack),
    moved: [...run.stacks.values()].filter(hasMoved).map((one) => one.affected.stack.name),
    beside,
  };
}

/** A stack that was previewed with unknown inputs is previewed with the real ones now, and judged by the same gates. Raises what stops it. */
export async function judgedAgain(run: ApplyRun, planned: StackInspection): Promise<StackInspection> {
  const { estate, inspection, judged } = run;
  if (planned.until.length === 0 || inspection === undefined)
    return { ...planned, site: await (inspection?.sites.site(planned.affected.stack) ?? planned.site) };
  const { sites } = inspection;
  const again = await inspectStack({ estate, question: run.question, sites }, planned.affected, { stacks: [], outputs: {} });
  if (judged === undefined) return again;
  const { problem, overridden } = await judgeAgain(estate, judged, { inspected: again, sites, midway: () => midwayOf(run, inspection, again) });
  notePassed(run, overridden);
  if (problem !== undefined) throw problem;
  return again;
}
