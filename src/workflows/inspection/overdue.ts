import { Problem } from "../../base/problem/index.ts";
import type { EngineOutcome } from "../../adapters/engine/index.ts";
import { deadlineVariables } from "../estate/index.ts";

const shownOperations = 3;

function inWords(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} minutes`;
}

/** `create aws:s3/bucket:Bucket logs`. */
function operationText({ urn, operation }: { readonly urn: string; readonly operation: string }): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${operation} ${types.split("$").at(-1)} ${name}`;
}

export interface OverdueFacts {
  readonly stack: string;
  readonly on: string;
  readonly kind: keyof typeof deadlineVariables;
  /** What a person should know of what is left, before what to do. */
  readonly left?: string;
}

/** What a run waited for when its deadline came: the program's own loop or wait, or what a provider had begun. undefined when it was in time. */
export function overdueProblem(outcome: EngineOutcome, facts: OverdueFacts): Problem | undefined {
  const { overdue } = outcome;
  if (outcome.result !== "timed-out" || overdue === undefined) return undefined;
  const { stack, on, kind, left } = facts;
  const within = `within ${inWords(overdue.deadlineMs)}`;
  const more = `or give it more time: ${deadlineVariables[kind]}=2h`;
  const todo = (look: string): string => `${left === undefined ? "" : `${left} `}${look}, ${more}`;
  if (overdue.program && overdue.operations.length === 0) {
    return new Problem("PROGRAM_TIMEOUT", {
      what: `the program of ${stack} did not end ${within}`,
      on,
      todo: todo("Look for a loop, or a wait for what never comes, in the program and in what it asks of providers and policies"),
    });
  }
  const open = overdue.operations.slice(0, shownOperations).map(operationText).join(", ");
  const rest = overdue.operations.length - shownOperations;
  const waited = open === "" ? "" : `; it waited for: ${open}${rest > 0 ? ` and ${rest} more` : ""}`;
  return new Problem("ENGINE_TIMEOUT", {
    what: `the engine did not end its run of ${stack} ${within}${waited}`,
    on,
    todo: todo("Look whether the cloud and the state's backend answer"),
  });
}
