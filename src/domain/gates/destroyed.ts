import type { ResourceChange } from "../changes/index.ts";
import type { JudgedStack } from "./question.ts";

/** The stack itself and its providers are bookkeeping of the engine: they are not what is lost. */
export function isReal(resource: { readonly type: string }): boolean {
  return !resource.type.startsWith("pulumi:");
}

/** What this run would destroy: deletes, and replaces, whose old object goes. */
export function destroyedBy(judged: JudgedStack): readonly ResourceChange[] {
  return (judged.changes?.resources ?? []).filter((change) => isReal(change) && (change.operation === "delete" || change.operation === "replace"));
}
