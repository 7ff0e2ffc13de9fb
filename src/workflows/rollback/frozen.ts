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

/** Nothing goes back under a freeze until somebody lifts it. Raises HELD. */
export function refuseFrozen(live: EnvironmentRecord, { environment, names, at, what }: Asked): void {
  const freeze = freezeOver(live, names, at);
  if (freeze !== undefined) throw frozenProblem(environment, freeze, { what, touched: "Nothing was touched." });
}
