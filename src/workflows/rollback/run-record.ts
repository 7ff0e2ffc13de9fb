import type { Problem } from "../../base/problem/index.ts";
import { publicLines, changesTold, type RunRecord, type RunStack } from "../ledger/index.ts";
import { unfinishedIn } from "../stack-run/index.ts";
import type { Finished } from "./finish.ts";
import { backWords } from "./record.ts";
import type { RollbackGround, StackBack } from "./stack-back.ts";

/** One stack that went back, for the record of a run. */
export function stackBackRecord({ target, problem, outcome, stateBefore, after, told, durationMs }: StackBack): RunStack {
  return {
    stack: target.stack,
    action: "apply",
    result: problem === undefined ? "good" : "failed",
    commit: target.commit,
    closureDigest: target.closureDigest,
    fingerprint: null,
    ...changesTold(outcome?.changes),
    stateBefore,
    stateAfter: after?.digest ?? stateBefore,
    durationMs: Math.round(durationMs),
    problem: publicLines(problem),
    unfinished: unfinishedIn(after, told),
  };
}

/** The record of a run that only took something back. */
export function rollbackRunRecord(
  ground: RollbackGround,
  done: readonly Finished[],
  ended: { readonly fencing: number; readonly problem: Problem | undefined },
): RunRecord {
  const { estate, run, startedAt, environment, passed } = ground;
  return {
    schema: 1,
    id: run,
    kind: "rollback",
    environment,
    commit: done[0]?.veto.commit ?? null,
    mergedBy: null,
    approvals: [],
    startedAt: startedAt.toISOString(),
    endedAt: estate.clock.now().toISOString(),
    result: ended.problem === undefined ? "rolledBack" : "failed",
    fencing: ended.fencing,
    units: done.map(({ veto, back }) => ({ id: veto.unit ?? "", commits: veto.commits ?? [], result: back.state, stacks: back.stacks.map(stackBackRecord) })),
    overrides: passed.map(({ guard, by, reason }) => ({ guard, by, reason })),
    timings: {},
    versions: {},
    problem: publicLines(ended.problem),
  };
}

export function rollbackSentence({ environment }: RollbackGround, done: readonly Finished[], problem: Problem | undefined): string {
  const of = [...new Set(done.map(({ veto }) => veto.commit.slice(0, 7)))].join(", ");
  if (problem !== undefined) return `${environment}: the rollback of ${of || "what failed"} did not end well: ${problem.what}`;
  const [passes] = done.flatMap(({ back }) => back.passes ?? []);
  return `${environment}: ${of} rolled back: ${done.map(({ back }) => backWords(back.stacks)).join("; ")}${passes === undefined ? "" : ` (${passes})`}`;
}
