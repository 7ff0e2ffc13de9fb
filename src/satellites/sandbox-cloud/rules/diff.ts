import { nameInputOf } from "../answers/ids.ts";
import type { JsonObject } from "../wire/json.ts";
import { changesBetween, type Change } from "./changes.ts";
import { covers, parsePath, spell } from "./paths.ts";
import { replaceRule, type ReplaceRule } from "./replaces.ts";

export interface DiffFacts {
  readonly type: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly ignore: readonly string[];
  /** Inputs that the SDK's text says make a new object. */
  readonly documented: readonly string[];
}

export interface PropertyChange extends Change {
  readonly spelled: string;
  readonly replaces: ReplaceRule | undefined;
}

export interface ObjectDiff {
  readonly changes: readonly PropertyChange[];
  /** Top-level keys. */
  readonly changed: readonly string[];
  readonly replacing: readonly string[];
  /** The name was given, stays and can exist once: the new object needs the old one gone. */
  readonly deleteFirst: boolean;
}

function keysOf(changes: readonly PropertyChange[]): string[] {
  return [...new Set(changes.map((change) => String(change.path[0])))];
}

function nameStays(facts: DiffFacts, replacing: readonly PropertyChange[]): boolean {
  if (replacing.length === 0) return false;
  if (facts.type.startsWith("kubernetes:")) return !replacing.some((change) => change.path[0] === "metadata");
  const key = nameInputOf(facts.type, Object.keys(facts.after));
  return key !== undefined && facts.before[key] === facts.after[key];
}

/** What would change, and whether the cloud must make a new object for it. Both sides are inputs without secret wrappers. */
export function diffObjects(facts: DiffFacts): ObjectDiff {
  const ignored = facts.ignore.map(parsePath);
  const changes = changesBetween(facts.before, facts.after)
    .filter((change) => !String(change.path[0]).startsWith("__") && !ignored.some((prefix) => covers(prefix, change.path)))
    .map((change) => ({ ...change, spelled: spell(change.path), replaces: replaceRule(facts.type, change.path, facts.documented) }));
  const replacing = changes.filter((change) => change.replaces !== undefined);
  return { changes, changed: keysOf(changes), replacing: keysOf(replacing), deleteFirst: nameStays(facts, replacing) };
}
