import { isList, isObject, type Json, type JsonObject } from "../wire/json.ts";
import { isAsset, unknown, type Path } from "../wire/special.ts";

export interface Change {
  readonly kind: "add" | "delete" | "update";
  readonly path: Path;
}

function absent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null;
}

function sameLeaf(before: Json, after: Json): boolean {
  if (isAsset(before) && isAsset(after)) return before["hash"] === after["hash"];
  return before === after;
}

function listChanges(before: readonly Json[], after: readonly Json[], path: Path): Change[] {
  const found: Change[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) found.push(...changesAt(before[i], after[i], [...path, i]));
  return found;
}

function changesAt(before: Json | undefined, after: Json | undefined, path: Path): Change[] {
  if (absent(before)) return absent(after) ? [] : [{ kind: "add", path }];
  if (absent(after)) return [{ kind: "delete", path }];
  if (after === unknown) return [{ kind: "update", path }];
  if (isList(before) && isList(after)) return listChanges(before, after, path);
  if (isObject(before) && isObject(after) && !isAsset(before) && !isAsset(after)) return changesBetween(before, after, path);
  return sameLeaf(before, after) ? [] : [{ kind: "update", path }];
}

/** The leaves in which two objects differ. null is the same as absent; an empty object or list given newly is a change of its own. */
export function changesBetween(before: JsonObject, after: JsonObject, path: Path = []): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changesAt(before[key], after[key], [...path, key]));
}
