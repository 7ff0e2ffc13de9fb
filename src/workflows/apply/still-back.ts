import type { Problem } from "../../base/problem/index.ts";
import { unitsGoingBack } from "../inspection/index.ts";
import { halfBackProblem } from "../ledger/index.ts";
import type { ApplyRun, Opened } from "./run.ts";
import { told } from "./unit-run.ts";

/**
 * Why something that an earlier run began to take back is not back yet; undefined when nothing of that is left. Units beside it are applied all the same,
 * but the head is not live, and the run has not ended well.
 */
export function stillBackProblem({ live, request, finished }: Pick<Opened, "live" | "request" | "finished">): Problem | undefined {
  const vetoes = live?.vetoes ?? [];
  const open = vetoes.find(({ state }) => state === "rollingBack");
  if (open === undefined) return undefined;
  const known = finished.find(({ veto }) => veto.run === open.run && veto.unit === open.unit)?.problem;
  // What somebody else began to take back since has not been tried here.
  return known ?? halfBackProblem(request.environment, open.waves?.flat()[0] ?? "", vetoes);
}

/** Tells of the head's units which wait for a way back: nothing of them is looked at. */
export function tellWaiting(run: ApplyRun): void {
  const problem = stillBackProblem(run);
  if (problem !== undefined) for (const unit of unitsGoingBack(run.question)) told(run, unit, { state: "refused", problem });
}
