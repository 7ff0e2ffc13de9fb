import type { Clock } from "../../base/clock/index.ts";
import type { Tell } from "./events.ts";
import type { Grounds } from "./grounds.ts";
import { Turns } from "./turns.ts";
import { Watch } from "./watch.ts";

export interface Watched {
  readonly name: string;
  readonly environments: readonly string[];
  readonly open: () => Promise<Grounds>;
}

export interface AgentOptions {
  readonly repositories: readonly Watched[];
  readonly intervalMs: number;
  /** Errands of all environments of all repositories together. */
  readonly atOnce: number;
  readonly once: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly hardSignal: AbortSignal;
  readonly tell: Tell;
  /** How many wait and run, whenever somebody asks. */
  readonly turns?: Turns;
  readonly random?: () => number;
}

/**
 * Looks after repositories until it is told to stop, each by itself: what is wrong with one, or slow in one, does not delay the others' looks. Returns
 * how often it looked, when all that was begun has ended. Never throws for what is wrong with a repository.
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const { repositories, intervalMs, clock, signal, hardSignal, tell, random = Math.random } = options;
  const turns = options.turns ?? new Turns(options.atOnce);
  tell({ kind: "started", repositories: repositories.map(({ name }) => name), intervalMs });
  const onStop = (): void => tell({ kind: "stopping" });
  signal.addEventListener("abort", onStop, { once: true });
  const looks = await Promise.all(
    repositories.map(({ name, environments, open }) =>
      new Watch({ repository: name, environments, open, intervalMs, turns, clock, signal, hardSignal, tell, random }).keepLooking(options.once),
    ),
  );
  signal.removeEventListener("abort", onStop);
  tell({ kind: "stopped" });
  return looks.reduce((sum, one) => sum + one, 0);
}
