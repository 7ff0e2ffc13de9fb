import { Problem } from "../../base/problem/index.ts";
import { joinedChanges } from "../../domain/changes/index.ts";
import { isTrouble, passesByItself } from "../../domain/units/index.ts";
import { eachOf } from "../estate/index.ts";
import { frozenNow } from "../inspection/index.ts";
import { closedNow, passesNow } from "./window.ts";
import { movesOutputs, stackBack, type RollbackGround, type StackBack, type Target } from "./stack-back.ts";

/** What became of a unit that was to go back. */
export interface RolledBack {
  readonly stacks: readonly StackBack[];
  /**
   * `rolledBack`: all of it is at its last good commits, and works. `frozen`: it could not be brought there. `rollingBack`: it was interrupted, somebody
   * froze it on the way, a window for rollbacks is closed, or what trueup works with failed; whoever comes next goes on.
   */
  readonly state: "rolledBack" | "rollingBack" | "frozen";
  readonly problem: Problem | undefined;
  /** The closed window that it passed, in words. */
  readonly passes?: string;
}

async function wave(ground: RollbackGround, targets: readonly Target[]): Promise<readonly StackBack[]> {
  const done: StackBack[] = [];
  await eachOf(targets, { atOnce: ground.parallel, stop: () => ground.signal.aborted }, async (target) => void done.push(await stackBack(ground, target)));
  return done;
}

const movedOutputs = ({ outcome }: StackBack): boolean => outcome !== undefined && movesOutputs(outcome.changes);

/** Nothing that the first one made may go untold: by its id it is found when the state is lost. */
function bothOutcomes(first: StackBack["outcome"], again: StackBack["outcome"]): StackBack["outcome"] {
  return first === undefined || again === undefined ? (again ?? first) : { ...again, changes: joinedChanges(first.changes, again.changes) };
}

/** What a stack was before it was looked at a second time, with how that ended. */
function joined(first: StackBack, again: StackBack): StackBack {
  return {
    ...again,
    outcome: bothOutcomes(first.outcome, again.outcome),
    stateBefore: first.stateBefore,
    told: new Map([...first.told, ...again.told]),
    backup: first.backup ?? again.backup,
    durationMs: first.durationMs + again.durationMs,
  };
}

/**
 * Who depends goes back before what it depends on, so that nothing is taken away under it. What is replaced on the way has other outputs then: those
 * who went first, and those that had not moved, are looked at once more, in the order of an apply.
 */
async function readAgain(ground: RollbackGround, waves: readonly (readonly Target[])[], done: Map<string, StackBack>): Promise<Problem | undefined> {
  let isOther = false;
  for (const targets of waves.toReversed()) {
    const held = isOther ? await heldBefore(ground, waves) : undefined;
    if (held !== undefined) return held;
    const again = isOther ? await wave(ground, targets) : [];
    for (const one of again) {
      const first = done.get(one.target.stack);
      done.set(one.target.stack, first === undefined ? one : joined(first, one));
    }
    if (again.some(({ problem }) => problem !== undefined) || ground.signal.aborted) return undefined;
    isOther ||= [...done.values()].some((one) => targets.some(({ stack }) => stack === one.target.stack) && movedOutputs(one));
  }
  return undefined;
}

/** Asked before every wave but the first, for which whoever begins has asked. A way back that is held goes on when it is lifted, or when the window opens. */
async function heldBefore(ground: RollbackGround, waves: readonly (readonly Target[])[]): Promise<Problem | undefined> {
  const { estate, ledger, environment } = ground;
  const names = waves.flat().map(({ stack }) => stack);
  return (await frozenNow({ ledger, clock: estate.clock, environment }, names)) ?? closedNow(ground);
}

/** A window for apply does not keep it; who follows the run learns why it moves in there. */
function saysWhatItPasses(ground: RollbackGround): Pick<RolledBack, "passes"> {
  const passes = passesNow(ground);
  if (passes !== undefined) ground.estate.observe({ kind: "step", text: passes });
  return passes === undefined ? {} : { passes };
}

function stateOf(ground: RollbackGround, stacks: readonly StackBack[]): Pick<RolledBack, "state" | "problem"> {
  const failed = stacks.filter(({ problem }) => problem !== undefined);
  const [first] = failed;
  if (first?.problem === undefined && !ground.signal.aborted) return { state: "rolledBack", problem: undefined };
  const isPassing = ground.signal.aborted || failed.every(({ problem }) => problem !== undefined && (isTrouble(problem) || passesByItself(problem.what)));
  const on = `environment ${ground.environment}`;
  const cause = first?.problem ?? new Problem("CANCELLED", { what: "cancelled while it was rolled back", on, todo: "The next apply goes on with it." });
  return { state: isPassing ? "rollingBack" : "frozen", problem: cause };
}

/**
 * Takes a unit back, wave by wave: `waves` in the order in which they go back. After a failure nothing more is begun. Never undoes itself: what it could
 * not bring back stays as it is.
 */
export async function rollBack(ground: RollbackGround, waves: readonly (readonly Target[])[]): Promise<RolledBack> {
  const done = new Map<string, StackBack>();
  let held = closedNow(ground);
  if (held !== undefined) return { stacks: [], state: "rollingBack", problem: held };
  const said = saysWhatItPasses(ground);
  const moved = waves.map((targets) => targets.filter(({ hasMoved = true }) => hasMoved)).filter((targets) => targets.length > 0);
  for (const [index, targets] of moved.entries()) {
    held = index === 0 ? undefined : await heldBefore(ground, waves);
    if (held !== undefined) break;
    for (const one of await wave(ground, targets)) done.set(one.target.stack, one);
    if (ground.signal.aborted || [...done.values()].some(({ problem }) => problem !== undefined)) break;
  }
  const isBack = moved.flat().every(({ stack }) => done.has(stack) && done.get(stack)?.problem === undefined);
  if (isBack) held = await readAgain(ground, waves, done);
  const stacks = [...done.values()];
  if (held !== undefined) return { stacks, ...said, state: "rollingBack", problem: held };
  return { stacks, ...said, ...stateOf(ground, stacks) };
}
