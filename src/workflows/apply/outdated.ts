import type { StackRead } from "../../domain/planner/index.ts";
import type { EnvironmentRecord, StackRecord } from "../ledger/index.ts";
import type { StackOutcome } from "./run.ts";

/** What became of one stack of a run, as far as its readers must know. */
export type Moved = Pick<StackOutcome, "affected" | "result" | "outcome">;

const readsOf = (record: StackRecord): readonly StackRead[] => (record["reads"] as readonly StackRead[] | undefined) ?? [];

/** Whether what a reader was made with may be no more. Of an attempt that did not end well nobody can say which outputs it moved. */
function isPassedBy({ affected: { stack }, result, outcome }: Moved, reads: readonly StackRead[]): boolean {
  const changed = result === "good" ? outcome?.changes.changedOutputs : undefined;
  return reads.some(
    (read) => read.stack === stack.name && (changed === undefined || (read.output === undefined ? changed.length > 0 : changed.includes(read.output))),
  );
}

/**
 * The records with what their stacks were left behind by: those that read what moved in this run and were not made good after it. `moved`: of the run, in
 * no order; `good`: names of what is good after everything that it reads.
 */
export function withOutdated(stacks: EnvironmentRecord["stacks"], moved: readonly Moved[], good: ReadonlySet<string>): EnvironmentRecord["stacks"] {
  const entries = Object.entries(stacks).map(([name, record]): [string, StackRecord] => {
    const { outdated = [], ...rest } = record;
    const passed = moved.filter((one) => isPassedBy(one, readsOf(record))).map(({ affected }) => affected.stack.name);
    const now = good.has(name) ? [] : [...new Set([...outdated, ...passed])].sort();
    return [name, now.length === 0 ? rest : { ...rest, outdated: now }];
  });
  return Object.fromEntries(entries);
}
