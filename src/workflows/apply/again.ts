import type { StackSite } from "../../adapters/engine/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { besideOf, stateMoved } from "../../domain/gates/index.ts";
import { inspectStack, judgeAgain, untouched, type Inspection, type StackInspection } from "../inspection/index.ts";
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
    moved: movedIn(run),
    beside,
  };
}

const movedIn = (run: ApplyRun): readonly string[] => [...run.stacks.values()].filter(hasMoved).map((one) => one.affected.stack.name);

const askAgainMs = 15_000;

/** Nothing but this run may have written the state since it was judged: else the engine would do what nobody has looked at. */
async function refuseMovedState(run: ApplyRun, { affected: { stack }, state }: StackInspection, site: StackSite): Promise<void> {
  const { estate, request } = run;
  const engine = await estate.engine(run.revision.environment);
  const now = await engine.exportState(site);
  if (now.digest === state.digest) return;
  const around = { environment: request.environment, since: run.plannedAt.toISOString(), now: estate.clock.now(), resources: now.resources };
  throw new Problem("STALE", {
    what: stateMoved(stack.name, around),
    on: `${request.environment}.${stack.name}`,
    todo: `${untouched(stack.name, movedIn(run))} Find out who changed it; trueup apply ${request.environment} looks at all of it anew.`,
    retry: { afterMs: askAgainMs },
  });
}

/**
 * Whether a stack that this one reads says something else since this run than it was planned to: its engine found more to do than was looked at (somebody
 * deleted a thing of it meanwhile), and what that comes to here nobody has judged.
 */
function isSurprised({ inspection, revision, stacks }: ApplyRun, name: string): boolean {
  const { reads = [] } = revision.closures.find(({ stack }) => stack === name) ?? {};
  return reads.some(({ stack }) => {
    const expected = inspection?.stacks.get(stack)?.outcome?.changes.changedOutputs ?? [];
    return stacks.get(stack)?.outcome?.changes.changedOutputs.some((output) => !expected.includes(output)) === true;
  });
}

/**
 * Right before its engine begins: a stack that was previewed with unknown inputs, or with others than it has by now, is previewed with the real ones, and judged by
 * the same gates; of any other the state must still be the one that was judged. Raises what stops it.
 */
export async function judgedAgain(run: ApplyRun, planned: StackInspection): Promise<StackInspection> {
  const { estate, inspection, judged } = run;
  if (inspection === undefined) return planned;
  const { sites } = inspection;
  if (planned.until.length === 0 && !isSurprised(run, planned.affected.stack.name)) {
    const site = await sites.site(planned.affected.stack);
    if (planned.affected.action !== "forget") await refuseMovedState(run, planned, site);
    return { ...planned, site };
  }
  const again = await inspectStack({ estate, question: run.question, sites }, planned.affected, { stacks: [], outputs: {}, givingUp: [] });
  if (judged === undefined) return again;
  const { problem, overridden } = await judgeAgain(estate, judged, { inspected: again, sites, midway: () => midwayOf(run, inspection, again) });
  notePassed(run, overridden);
  if (problem !== undefined) throw problem;
  return again;
}
