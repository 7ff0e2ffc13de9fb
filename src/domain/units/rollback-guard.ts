import type { ResourceChange } from "../changes/index.ts";
import { hasMade, type Past } from "./attempts.ts";

export interface RollbackQuestion {
  readonly changes: readonly ResourceChange[];
  /** Of the state as it is: when each resource was made (milliseconds since 1970), by urn; left out where nobody knows. */
  readonly madeMs: ReadonlyMap<string, number>;
  /** When what is gone back to was found good, milliseconds since 1970. */
  readonly sinceMs: number;
  /** What the run that goes back is known to have made. */
  readonly ownUrns: ReadonlySet<string>;
  /** What runs before it tell. */
  readonly past: Past;
}

const loses: ReadonlySet<ResourceChange["operation"]> = new Set(["delete", "replace"]);
const makes: ReadonlySet<ResourceChange["operation"]> = new Set(["create", "replace"]);

/** What is older than the change was not brought by it, and going back may not cost what nobody meant to touch. */
function foreign({ urn }: ResourceChange, { madeMs, sinceMs, past }: RollbackQuestion): string | undefined {
  const made = madeMs.get(urn);
  if (made === undefined) return "nobody knows whether it is older than what is undone";
  if (made <= sinceMs) return "it is older than what is undone";
  // To a state it is as new as the run that took it in, and a later run forgets that it was taken in at all.
  if (past.tookIn.has(urn)) return "it was there before, and was only taken in";
  return hasMade(past.all, urn, made) ? undefined : "no run since is known to have made it";
}

/** Why one thing may not go. */
function kept(change: ResourceChange, question: RollbackQuestion): string | undefined {
  if (change.protected) return "it is protected";
  if (change.stateful) return "it may hold data";
  if (change.retained === true) return "its object would stay in the cloud (retainOnDelete)";
  return question.ownUrns.has(change.urn) ? undefined : foreign(change, question);
}

const isOfCloud = ({ type }: ResourceChange): boolean => !type.startsWith("pulumi:");
const isLost = (change: ResourceChange): boolean => loses.has(change.operation) && isOfCloud(change);

/**
 * What a rollback would delete or replace that nothing which it undoes is known to have made: somebody else made it since, or a commit that was good. It
 * counts as in any other run.
 */
export function notOwn({ changes, madeMs, ownUrns, past }: Omit<RollbackQuestion, "sinceMs">): readonly ResourceChange[] {
  return changes.filter(isLost).filter(({ urn }) => !ownUrns.has(urn) && !hasMade(past.attempts, urn, madeMs.get(urn) ?? Number.NaN));
}

/** What was let go would be there twice. */
function again(change: ResourceChange, { past }: RollbackQuestion): string | undefined {
  return makes.has(change.operation) && isOfCloud(change) && past.letGo.has(change.urn) ? "what was let go of it lives on (retainOnDelete)" : undefined;
}

/** What a rollback would delete, replace or make and may not, in words; empty when it may go on. */
export function rollbackRefusals(question: RollbackQuestion): readonly string[] {
  return question.changes.flatMap((change) => {
    const why = (isLost(change) ? kept(change, question) : undefined) ?? again(change, question);
    return why === undefined ? [] : [`${change.operation} ${change.type} ${change.name}: ${why}`];
  });
}

/** Whether what earlier runs tell matters to what would be done. */
export const asksPast = ({ changes, ownUrns }: Pick<RollbackQuestion, "changes" | "ownUrns">): boolean =>
  changes.some((change) => (isLost(change) && !ownUrns.has(change.urn)) || (makes.has(change.operation) && isOfCloud(change)));
