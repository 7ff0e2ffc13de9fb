import { problemCodes, type ProblemCode } from "../../base/problem/index.ts";
import type { Operation, ResourceChange } from "../../domain/changes/index.ts";
import type { AppliedStack, ApplyReport, Failure } from "../../domain/reports/index.ts";
import type { RunRecord, RunStack } from "../ledger/index.ts";

const operations: readonly Operation[] = ["create", "update", "replace", "delete", "read", "import"];

/** `urn:pulumi:stack::project::parent$type::name` → type and name. */
function resourceOf({ urn, operation }: RunStack["urns"][number]): readonly ResourceChange[] {
  const known = operations.find((one) => one === operation);
  const [, , types = "", ...names] = urn.split("::");
  if (known === undefined) return [];
  return [{ urn, type: types.split("$").at(-1) ?? types, name: names.join("::"), operation: known, properties: [], protected: false, stateful: false }];
}

/** A code of a newer trueup is told as what we know least of. */
function codeOf(code: string): ProblemCode {
  return code in problemCodes ? (code as ProblemCode) : "INTERNAL";
}

function failureOf(problem: RunRecord["problem"]): Failure | undefined {
  if (problem === null) return undefined;
  const { code, what, on, todo } = problem;
  return { problem: { code: codeOf(code), what, on, todo }, log: [] };
}

const results = { good: "applied", failed: "failed", cancelled: "cancelled", applying: "failed", skipped: "not started" } as const;

function stackOf({ stack, action, result, durationMs, urns, changes, problem }: RunStack): AppliedStack {
  const resources = urns.flatMap(resourceOf);
  const isIdle = result === "good" && action === "apply" && resources.length === 0;
  const gone = action === "destroy" ? "destroyed" : "forgotten";
  const failure = failureOf(problem);
  return {
    name: stack,
    result: isIdle ? "unchanged" : result === "good" && (action === "destroy" || action === "forget") ? gone : results[result],
    wave: 1,
    durationMs,
    changes: { stack, resources, unchanged: changes.unchanged, policies: [], diagnostics: [], changedOutputs: [], reads: [] },
    verified: [],
    ...(failure === undefined ? {} : { failure }),
  };
}

const ends = ["good", "failed", "rolledBack", "refused", "cancelled", "nothing"] as const;

/** An apply in the words of reports, by its record alone: what it holds is in git, so it names resources and no values. */
export function lateReport(run: RunRecord, branch: string): ApplyReport {
  const { id, environment, commit, startedAt, endedAt, units, problem } = run;
  const stacks = units.flatMap(({ stacks: all, back = [] }) =>
    all.map((one) => {
      const gone = back.find(({ stack, result }) => stack === one.stack && result === "good");
      return gone?.commit === undefined || gone.commit === null ? stackOf(one) : { ...stackOf(one), result: "rolled back" as const, back: gone.commit };
    }),
  );
  const result = ends.find((one) => one === run.result) ?? "failed";
  const failure = stacks.some((one) => one.failure !== undefined) ? undefined : failureOf(problem);
  return {
    marker: `apply:${environment}:${id}`,
    environment,
    branch,
    commit: commit ?? "",
    run: id,
    durationMs: endedAt === null ? 0 : Date.parse(endedAt) - Date.parse(startedAt),
    result,
    stacks,
    refusals: [],
    late: true,
    ...(failure === undefined ? {} : { failure }),
    next: result === "failed" || result === "cancelled" ? `trueup apply ${environment}` : "",
  };
}

/** How the command ended that ran it. */
export function lateExit({ problem }: RunRecord): number {
  return problem === null ? 0 : problemCodes[codeOf(problem.code)].exit;
}
