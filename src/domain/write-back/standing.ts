import { takenBackBy } from "./message.ts";

/** One commit of a branch's first-parent line. */
export interface LineCommit {
  readonly sha: string;
  /** What a merge brought: the heads of what was merged. */
  readonly brought: readonly string[];
  /** Its own words, and those of what it brought. */
  readonly messages: readonly string[];
}

/** Commits that were taken back and are so still: who takes a revert back puts back what it took. The line comes oldest first. */
export function takenBackOn(line: readonly LineCommit[]): ReadonlySet<string> {
  const gone = new Set<string>();
  const reverts = new Map<string, readonly string[]>();
  for (const { sha, brought, messages } of line) {
    const taken = [...new Set(messages.flatMap(takenBackBy))];
    for (const target of taken) {
      for (const back of reverts.get(target) ?? []) gone.delete(back);
      gone.add(target);
    }
    if (taken.length > 0) for (const id of [sha, ...brought]) reverts.set(id, taken);
  }
  return gone;
}
