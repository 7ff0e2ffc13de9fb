import { fetchVariable } from "../../adapters/git/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { durationMs } from "../../domain/environments/index.ts";

/** How long one engine run of one stack may take, and how long a run tells people of it. Of the machine, not of a commit: a change must not give itself more time. */
export interface Deadlines {
  /** A preview: a program that never ends is stopped here. */
  readonly previewMs: number;
  /** An apply or a repair; managed clusters and databases take their time. */
  readonly applyMs: number;
  /** A refresh that looks for drift. */
  readonly driftMs: number;
  /** All messages of one run together; whom nobody could tell until then is told by a later run. */
  readonly noticesMs: number;
  /** One fetch of the branches; left out: the git adapter's own, which gives the first one more. */
  readonly fetchMs?: number;
}

export const deadlineVariables = { preview: "TRUEUP_PREVIEW_DEADLINE", apply: "TRUEUP_APPLY_DEADLINE", drift: "TRUEUP_DRIFT_DEADLINE" } as const;
const noticesVariable = "TRUEUP_NOTICE_DEADLINE";

function durationIn(machine: Pick<Machine, "variable">, name: string, usual: string): number {
  const text = machine.variable(name) ?? usual;
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw new Problem("CONFIG_INVALID", {
    what: `"${text}" is no duration`,
    on: `the variable ${name}`,
    todo: `Write it as 90s, 10m or 2h, or leave it out for ${usual}.`,
  });
}

/** Raises CONFIG_INVALID. */
export function deadlinesOf(machine: Pick<Machine, "variable">): Deadlines {
  return {
    previewMs: durationIn(machine, deadlineVariables.preview, "5m"),
    applyMs: durationIn(machine, deadlineVariables.apply, "60m"),
    driftMs: durationIn(machine, deadlineVariables.drift, "10m"),
    noticesMs: durationIn(machine, noticesVariable, "10s"),
    ...(machine.variable(fetchVariable) === undefined ? {} : { fetchMs: durationIn(machine, fetchVariable, "2m, and 20m for the first fetch") }),
  };
}
