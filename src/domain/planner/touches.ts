import { liveStack, type LiveStacks } from "./live.ts";
import type { CommitTouches } from "./units.ts";

/** Stack → closure digest, of all that a commit declares. */
export type Contents = ReadonlyMap<string, string>;

/** The first-parent commits since a measure, oldest first, and what each declares. `before`: at the measure itself. */
export interface Line {
  readonly before: Contents;
  readonly commits: readonly { readonly commit: string; readonly contents: Contents }[];
}

function changed(before: Contents, after: Contents): readonly string[] {
  return [...after, ...[...before].filter(([stack]) => !after.has(stack))].map(([stack]) => stack).filter((stack) => before.get(stack) !== after.get(stack));
}

/**
 * What each commit brings that is not live yet. The measure stands still while a unit is held; what others brought meanwhile is live, and joins, and takes
 * the blame for, nothing that comes later. By contents: of a stack only what came after the last commit that shows what is live of it.
 */
export function touchesOf({ before, commits }: Line, live: LiveStacks): readonly CommitTouches[] {
  const isLiveAfter = (stack: string, index: number): boolean => {
    const digest = liveStack(live, stack)?.closureDigest;
    return digest !== undefined && commits.slice(index).some(({ contents }) => contents.get(stack) === digest);
  };
  return commits.map(({ commit, contents }, index) => ({
    commit,
    stacks: changed(commits[index - 1]?.contents ?? before, contents).filter((stack) => !isLiveAfter(stack, index)),
  }));
}
