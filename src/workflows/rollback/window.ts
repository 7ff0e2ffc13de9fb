import { Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { wayBack, type BackQuestion, type WayBack } from "../../domain/gates/index.ts";
import { actorOf, treeOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { RollbackGround } from "./stack-back.ts";

export interface Permitting {
  readonly environment: string;
  /** Guards that the person who asks permits to pass, with the reason. Of a way back only `window` can be. */
  readonly overrides?: { readonly guards: readonly string[]; readonly reason: string };
}

async function liveRules(estate: Estate, environment: string, commit: string): Promise<Environment | undefined> {
  return treeOf(estate.repository, commit)
    .then((tree) => estate.programs.environment(tree, environment))
    .catch((thrown: unknown) => {
      if (thrown instanceof Problem) return undefined;
      throw thrown;
    });
}

/** By whose windows something of this environment goes back: those that are live. `otherwise`: where nobody can read them any more. */
export async function windowsBack(
  estate: Estate,
  { environment, overrides }: Permitting,
  { live, otherwise }: { readonly live: EnvironmentRecord; readonly otherwise: () => Promise<Environment> },
): Promise<BackQuestion> {
  const commit = live.branch?.head ?? "";
  const rules = commit === "" ? undefined : await liveRules(estate, environment, commit);
  const permits = overrides?.guards.includes("window") === true;
  return {
    rules: rules ?? (await otherwise()),
    commit,
    overrides: permits ? [{ guard: "window", by: actorOf(estate.machine), reason: overrides?.reason ?? "", commit }] : [],
  };
}

/** A closed window in three lines. `command`: what the person ran, or goes on with. */
export function closedProblem(
  environment: string,
  { reason, opensAt }: Extract<WayBack, { kind: "closed" }>,
  words: { readonly touched: string; readonly command: string },
): Problem {
  const wait = opensAt === undefined ? ". By itself it does not open within four years" : `; or wait until it opens at ${opensAt.toISOString()}`;
  return new Problem("HELD", {
    what: reason,
    on: `environment ${environment}`,
    todo: `${words.touched} Let it pass: ${words.command} --override window --reason "…"${wait}`,
  });
}

/** What keeps a run from going back now, as the next apply goes on with it; undefined: nothing. Notes who let a window pass. */
export function closedNow({
  estate,
  environment,
  windows,
  passed,
}: Pick<RollbackGround, "estate" | "environment" | "windows" | "passed">): Problem | undefined {
  const way = wayBack(windows, estate.clock.now());
  if (way.kind === "passed" && passed.length === 0) passed.push(way.override);
  return way.kind === "closed"
    ? closedProblem(environment, way, { touched: "What has not begun was not touched.", command: `trueup apply ${environment}` })
    : undefined;
}

/** Which window it passes that is closed for an apply, or that a person let pass; undefined: none is closed. */
export function passesNow({ estate, windows }: Pick<RollbackGround, "estate" | "windows">): string | undefined {
  const way = wayBack(windows, estate.clock.now());
  if (way.kind === "passed") return `${way.override.by} let pass that ${way.reason}: ${way.override.reason}`;
  return way.kind === "open" ? way.passes : undefined;
}
