import { making, type ChangeSet, type ResourceChange } from "./change-set.ts";

/** What became of one resource: the later word, but what was made first and only changed then was made. */
function laterOf(first: ResourceChange, again: ResourceChange): ResourceChange {
  const isKept = making.has(first.operation) && !making.has(again.operation) && again.operation !== "delete";
  return isKept ? first : again;
}

const both = (first: readonly string[] = [], again: readonly string[] = []): readonly string[] => [...new Set([...first, ...again])];

/** What two runs of an engine over one stack, one after the other, changed together: each urn once, with the id of what was made last. What is said of the program is said by the second one. */
export function joinedChanges(first: ChangeSet, again: ChangeSet): ChangeSet {
  const resources = new Map(first.resources.map((one) => [one.urn, one]));
  for (const one of again.resources) {
    const before = resources.get(one.urn);
    resources.set(one.urn, before === undefined ? one : laterOf(before, one));
  }
  const maskedOutputs = both(first.maskedOutputs, again.maskedOutputs);
  return {
    ...again,
    resources: [...resources.values()],
    changedOutputs: both(first.changedOutputs, again.changedOutputs),
    ...(maskedOutputs.length === 0 ? {} : { maskedOutputs }),
    reads: both(first.reads, again.reads),
  };
}
