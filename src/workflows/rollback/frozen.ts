import type { Problem } from "../../base/problem/index.ts";
import { freezeOver } from "../../domain/gates/index.ts";
import { frozenProblem } from "../inspection/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

interface Asked {
  readonly environment: string;
  readonly names: ReadonlySet<string>;
  readonly at: Date;
  /** What is frozen, in words. */
  readonly what: string;
}

/** Nothing goes back under a freeze until somebody lifts it: HELD, where one stands over any of these stacks or over all of the environment. */
export function frozenBack(live: EnvironmentRecord, { environment, names, at, what }: Asked): Problem | undefined {
  const freeze = freezeOver(live, names, at);
  return freeze === undefined ? undefined : frozenProblem(environment, freeze, { what, touched: "Nothing was touched." });
}

/** Raises what `frozenBack` tells. */
export function refuseFrozen(live: EnvironmentRecord, asked: Asked): void {
  const problem = frozenBack(live, asked);
  if (problem !== undefined) throw problem;
}
