import type { ChangeSet } from "./change-set.ts";

/**
 * Of a stack that is looked at again before its turn, with what the stacks above it say by then: what could not be asked yet is the update that the engine
 * calls it. The worst that it may come to would be refused for what nobody means, and an approval of that would cover a loss that nobody saw. Pure.
 */
export function askedLater(changes: ChangeSet): ChangeSet {
  return {
    ...changes,
    resources: changes.resources.map((one) => (one.undiffed === true ? { ...one, operation: "update", properties: [] } : one)),
  };
}
