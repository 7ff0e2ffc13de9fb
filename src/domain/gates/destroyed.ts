import type { ChangeSet, ResourceChange } from "../changes/index.ts";
import type { Beside, JudgedStack, StateFacts } from "./question.ts";

/** The stack itself and its providers are bookkeeping of the engine: they are not what is lost. */
function isReal(resource: { readonly type: string }): boolean {
  return !resource.type.startsWith("pulumi:");
}

/** What a stack can lose. What it only reads is somebody else's, and stays when the stack forgets it. */
export function ownedIn({ resources }: Pick<StateFacts, "resources">): StateFacts["resources"] {
  return resources.filter((one) => isReal(one) && one.isExternal !== true);
}

/** What this run would destroy: deletes, and replaces, whose old object goes. */
export function destroyedBy(judged: Pick<JudgedStack, "changes">): readonly ResourceChange[] {
  return (judged.changes?.resources ?? []).filter((change) => isReal(change) && (change.operation === "delete" || change.operation === "replace"));
}

/** What change sets destroy together; undefined ones are of stacks of which nothing happens. */
export function besideOf(all: readonly (ChangeSet | undefined)[]): Beside {
  const numbers = all.map((changes) => destroyedBy({ changes }).length).filter((destroyed) => destroyed > 0);
  return { destroyed: numbers.reduce((sum, one) => sum + one, 0), stacks: numbers.length };
}
