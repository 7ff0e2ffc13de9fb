/**
 * Where a unit is in a run. A unit is what one merge changes: it goes this way by itself, whatever becomes of the units beside it.
 *
 * - `planned`: its stacks are known; `gated`: every guard says yes.
 * - `applying`, `verifying`: wave by wave; both come again with each wave.
 * - `good`: all of it is live, and works.
 * - `failed`: a part of it did not go; left as it is where nobody may or can take it back.
 * - `rollingBack`, `rolledBack`: every stack that moved goes back to its last good commit, and is verified there.
 * - `frozen`: it could not be taken back, or the environment as a whole does not work after that; only a person goes on.
 * - `vetoed`: it failed before and nothing of it is different; `refused`: a guard said no. Nothing was touched in either.
 * - `cancelled`: somebody ended the run; the next one goes on.
 */
export const unitStates = [
  "planned",
  "vetoed",
  "gated",
  "refused",
  "applying",
  "verifying",
  "good",
  "failed",
  "cancelled",
  "rollingBack",
  "rolledBack",
  "frozen",
] as const;
export type UnitState = (typeof unitStates)[number];

/** The whole machine. A state without a way on is an end of the run, not of the unit: the next run begins with `planned`, or goes on rolling back. */
export const unitWays: Readonly<Record<UnitState, readonly UnitState[]>> = {
  planned: ["gated", "refused", "vetoed", "cancelled"],
  vetoed: [],
  gated: ["applying", "refused", "cancelled"],
  refused: [],
  applying: ["verifying", "failed", "cancelled"],
  verifying: ["applying", "good", "failed", "cancelled"],
  good: [],
  failed: ["rollingBack", "frozen"],
  cancelled: [],
  // Interrupted on the way it stays here, and the next run takes it up.
  rollingBack: ["rolledBack", "frozen"],
  rolledBack: ["frozen"],
  frozen: [],
};

/** One state of a unit, and when it was reached (ISO 8601). */
export interface UnitPhase {
  readonly state: UnitState;
  readonly at: string;
}

/** The journal of a unit with one more state. The state that it is in already is no step. Raises an Error for a way that the machine does not have. */
export function advanced(phases: readonly UnitPhase[], state: UnitState, at: Date): readonly UnitPhase[] {
  const from = phases.at(-1)?.state;
  if (from === state) return phases;
  if (from !== undefined && !unitWays[from].includes(state)) throw new Error(`a unit cannot go from ${from} to ${state}`);
  return [...phases, { state, at: at.toISOString() }];
}

/** The machine as a Mermaid diagram, for the documents. */
export function unitDiagram(): string {
  const ways = unitStates.flatMap((from) => unitWays[from].map((to) => `  ${from} --> ${to}`));
  // What is back ends there, unless the environment as a whole does not work with it.
  const ends = unitStates.filter((state) => state === "rolledBack" || unitWays[state].length === 0).map((state) => `  ${state} --> [*]`);
  return ["```mermaid", "stateDiagram-v2", "  [*] --> planned", ...ways, ...ends, "```"].join("\n");
}
