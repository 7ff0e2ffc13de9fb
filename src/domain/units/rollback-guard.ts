import type { ResourceChange } from "../changes/index.ts";
import type { Attempts } from "./attempts.ts";

export interface RollbackQuestion {
  readonly changes: readonly ResourceChange[];
  /** Of the state as it is: when each resource was made (milliseconds since 1970), by urn; left out where nobody knows. */
  readonly madeMs: ReadonlyMap<string, number>;
  /** When what is gone back to was found good, milliseconds since 1970. */
  readonly sinceMs: number;
  /** What the runs that are undone are known to have made. */
  readonly ownUrns: ReadonlySet<string>;
}

const loses: ReadonlySet<ResourceChange["operation"]> = new Set(["delete", "replace"]);

/** Why one thing may not go. What is older than the change was not brought by it, and going back may not cost what nobody meant to touch. */
function kept(change: ResourceChange, { madeMs, sinceMs, ownUrns }: RollbackQuestion): string | undefined {
  if (change.protected) return "it is protected";
  if (change.stateful) return "it may hold data";
  if (ownUrns.has(change.urn)) return undefined;
  const made = madeMs.get(change.urn);
  if (made === undefined) return "nobody knows whether it is older than what is undone";
  return made > sinceMs ? undefined : "it is older than what is undone";
}

const isLost = ({ operation, type }: ResourceChange): boolean => loses.has(operation) && !type.startsWith("pulumi:");

/**
 * What a rollback would delete or replace that nothing which it undoes is known to have made: somebody else made it since, or a commit that was good. It
 * counts as in any other run.
 */
export function notOwn({ changes, madeMs, ownUrns }: Omit<RollbackQuestion, "sinceMs">, { urns, times }: Attempts): readonly ResourceChange[] {
  return changes.filter(isLost).filter(({ urn }) => {
    const made = madeMs.get(urn) ?? Number.NaN;
    return !ownUrns.has(urn) && !urns.has(urn) && !times.some(({ fromMs, untilMs }) => made >= fromMs && made <= untilMs);
  });
}

/** What a rollback would delete or replace and may not, the first three in words; empty when it may go on. */
export function rollbackRefusals(question: RollbackQuestion): readonly string[] {
  return question.changes.filter(isLost).flatMap((change) => {
    const why = kept(change, question);
    return why === undefined ? [] : [`${change.operation} ${change.type} ${change.name}: ${why}`];
  });
}
