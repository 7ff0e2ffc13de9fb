import type { DriftFinding, ResourceChange } from "./change-set.ts";
import { covers } from "./ignore.ts";

/** What of a stack's drift a repair puts back, and what it leaves as it is: not its turn, or somebody else's by a rule. */
export interface Reach {
  readonly targets: readonly Pick<DriftFinding, "urn">[];
  /** More than one may be of the same resource. */
  readonly left: readonly Pick<DriftFinding, "urn" | "kind" | "properties">[];
}

/** The drift itself that is left: the next look finds it again, because what is left is not read into the state either. */
function isLeftDrift({ urn, operation, properties }: ResourceChange, left: Reach["left"]): boolean {
  const own = left.filter((finding) => finding.urn === urn);
  if (operation === "create") return own.some(({ kind }) => kind === "gone");
  const found = own.flatMap((finding) => finding.properties);
  // A change that cannot name what it changes proves nothing.
  return operation === "update" && properties.length > 0 && properties.every(({ path }) => found.some((one) => covers(one.path, path)));
}

/**
 * The first change of a whole run that a repair of `targets` alone must not pass over. An engine leaves what is no target as the state has it: with inputs
 * that name what is gone, or, where a target is deleted first, deleted with it and made again from those, and no gate has judged either. Nothing is
 * deleted by a repair in any case. Pure.
 */
export function beyondRepair(planned: readonly ResourceChange[], { targets, left }: Reach): ResourceChange | undefined {
  const urns = new Set(targets.map(({ urn }) => urn));
  // What a target is to say only when something was made, it would be told of the one that is gone, if that is left.
  const isWaitedFor = planned.some(({ urn, properties }) => urns.has(urn) && properties.some(({ after }) => after.kind === "unknown"));
  return planned.find((change) => {
    if (change.operation === "delete" || change.operation === "read") return change.operation === "delete";
    if (urns.has(change.urn)) return false;
    return !isLeftDrift(change, left) || (change.operation === "create" && isWaitedFor);
  });
}
