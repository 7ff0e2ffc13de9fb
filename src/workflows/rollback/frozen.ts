import { Problem } from "../../base/problem/index.ts";
import { freezeOver, liftCommand } from "../../domain/gates/index.ts";
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
  if (freeze === undefined) return;
  throw new Problem("HELD", {
    what: `${freeze.by} froze ${what}: ${freeze.reason}`,
    on: `environment ${environment}`,
    todo: `Nothing was touched. Lift it: ${liftCommand(environment, { kind: "freeze", stack: freeze.stacks[0] })}`,
  });
}
