import type { Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { freezeOver, liftCommand, type RecordedHold } from "../../domain/gates/index.ts";
import type { EnvironmentRecord, Ledger } from "../ledger/index.ts";

/**
 * The record as the ledger has it now, in the middle of a run. A remote that is away for a moment tells nothing new: the lease is confirmed before each
 * engine in any case.
 */
export async function liveNow<Known extends EnvironmentRecord | undefined>(ledger: Pick<Ledger, "read">, known: Known): Promise<EnvironmentRecord | Known> {
  return (await ledger.read().catch(() => undefined))?.environment ?? known;
}

export interface FreezeQuestion {
  readonly ledger: Pick<Ledger, "read">;
  readonly clock: Pick<Clock, "now">;
  readonly environment: string;
}

/** Why what has not begun of these stacks does not begin: somebody has frozen it, also after the run began. What runs is never cut off. */
export async function frozenNow({ ledger, clock, environment }: FreezeQuestion, names: Iterable<string>): Promise<Problem | undefined> {
  const live = await liveNow(ledger, undefined);
  const freeze = live === undefined ? undefined : freezeOver(live, new Set(names), clock.now());
  return freeze === undefined ? undefined : frozenProblem(environment, freeze, { what: "it meanwhile", touched: "What has not begun was not touched." });
}

/** A freeze in three lines. `what` is frozen; `touched` says of what until then. */
export function frozenProblem(environment: string, freeze: RecordedHold, words: { readonly what: string; readonly touched: string }): Problem {
  return new Problem("HELD", {
    what: `${freeze.by} froze ${words.what}: ${freeze.reason}`,
    on: `environment ${environment}`,
    todo: `${words.touched} Lift it: ${liftCommand(environment, { kind: "freeze", stack: freeze.stacks[0] })}`,
  });
}
