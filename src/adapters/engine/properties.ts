import type { Scrubber } from "../../base/secret/index.ts";
import type { PropertyChange, Shown } from "../../domain/changes/index.ts";
import type { Json } from "../../domain/environments/index.ts";
import type { ResourceState, StepMetadata } from "./event.ts";
import { formatPath, parsePath, type PathPart } from "./path.ts";
import { bounded, isBag, isSecret, isUnknown, special } from "./wire.ts";

/** Where a resource shows more leaves than this the rest is only counted in one last line. */
const mostProperties = 500;
const absent = Symbol("absent");
type Value = unknown;

interface Leaf {
  readonly path: readonly PathPart[];
  readonly before: Value;
  readonly after: Value;
}

function at(value: Value, path: readonly PathPart[]): Value {
  let here = value;
  for (const part of path) {
    if (isSecret(here) || isUnknown(here)) return here;
    if (Array.isArray(here) && typeof part === "number") here = part < here.length ? (here[part] as Value) : absent;
    else if (isBag(here) && special(here) === undefined && Object.hasOwn(here, String(part))) here = here[String(part)];
    else return absent;
  }
  return here === undefined || here === null ? absent : here;
}

function inner(value: Value): readonly PathPart[] | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((_, index) => index);
  if (!isBag(value) || isSecret(value) || special(value) !== undefined) return undefined;
  const keys = Object.keys(value).filter((key) => !key.startsWith("__"));
  return keys.length === 0 ? undefined : keys;
}

function isEmpty(value: Value): boolean {
  return Array.isArray(value) ? value.length === 0 : isBag(value) && Object.keys(value).length === 0;
}

/** All places below `path` where the two sides differ; leaves only, and whole values where a side ends. */
function leaves(leaf: Leaf, out: Leaf[] = []): Leaf[] {
  const { path, before, after } = leaf;
  if (out.length > mostProperties) return out;
  const parts = [inner(before), inner(after)];
  const opaque = [before, after].some((side) => side !== absent && inner(side) === undefined && !isEmpty(side));
  if (opaque || (parts[0] === undefined && parts[1] === undefined)) {
    if (!same(before, after)) out.push(leaf);
    return out;
  }
  const keys = new Set<PathPart>([...(parts[0] ?? []), ...(parts[1] ?? [])]);
  for (const key of keys) leaves({ path: [...path, key], before: at(before, [key]), after: at(after, [key]) }, out);
  return out;
}

function canonical(value: Value): string {
  return (
    JSON.stringify(value, (_, inside: unknown) =>
      isBag(inside) ? Object.fromEntries(Object.entries(inside).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inside,
    ) ?? ""
  );
}

/** Two unknowns are not the same value; two masked secrets cannot be told apart and count as the same. */
function same(before: Value, after: Value): boolean {
  if (before === absent || after === absent) return before === after;
  return !isUnknown(after) && canonical(before) === canonical(after);
}

function plain(value: Value, scrubber: Scrubber): Json {
  const short = special(value);
  if (short !== undefined) return short;
  if (isSecret(value)) return "[secret]";
  if (isUnknown(value)) return "[unknown]";
  if (typeof value === "string") return bounded(scrubber.scrub(value));
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, scrubber));
  if (isBag(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !key.startsWith("__"))
        .map(([key, item]) => [scrubber.scrub(key), plain(item, scrubber)]),
    );
  return null;
}

function holdsSecret(value: Value, scrubber: Scrubber): boolean {
  if (value === absent || isUnknown(value)) return false;
  if (isSecret(value)) return true;
  const text = typeof value === "string" ? value : canonical(value);
  return scrubber.scrub(text) !== text;
}

/** What a path shows of both sides: secret on both where either side is, was, or contains a known secret. */
function shown(leaf: Leaf, hidden: boolean, scrubber: Scrubber): { readonly before: Shown; readonly after: Shown } {
  const secret = hidden || holdsSecret(leaf.before, scrubber) || holdsSecret(leaf.after, scrubber);
  const side = (value: Value): Shown => {
    if (value === absent) return { kind: "absent" };
    if (isUnknown(value)) return { kind: "unknown" };
    return secret ? { kind: "secret" } : { kind: "plain", value: plain(value, scrubber) };
  };
  return { before: side(leaf.before), after: side(leaf.after) };
}

/** The engine's own list of differing paths; where it has none, the top-level names that differ. */
function pathsOf(step: StepMetadata): readonly { readonly path: readonly PathPart[]; readonly replaces: boolean; readonly forced: boolean }[] {
  const keys = new Set(step.keys ?? []);
  const replacing = (path: readonly PathPart[], kind: string): boolean => kind.endsWith("-replace") || (keys.has(String(path[0])) && !hasReplaceKind(step));
  const detailed = Object.entries(step.detailedDiff ?? {});
  if (detailed.length > 0) {
    return detailed.map(([text, { diffKind }]) => {
      const path = parsePath(text);
      return { path, replaces: replacing(path, diffKind), forced: true };
    });
  }
  const names = new Set([...(step.diffs ?? []), ...keys]);
  return [...names].map((name) => ({ path: [name], replaces: keys.has(name), forced: false }));
}

function hasReplaceKind(step: StepMetadata): boolean {
  return Object.values(step.detailedDiff ?? {}).some(({ diffKind }) => diffKind.endsWith("-replace"));
}

export interface SecretPaths {
  /** True where the value at this path is or was secret in any state the run showed. */
  readonly covers: (path: readonly PathPart[]) => boolean;
}

type Found = Leaf & { readonly replaces: boolean };

/** Inputs are what a program says; outputs are looked at where the inputs do not differ. */
function foundAt(old: ResourceState, fresh: ResourceState, { path, replaces, forced }: ReturnType<typeof pathsOf>[number]): Found[] {
  const inputs = { path, before: at(old.inputs, path), after: at(fresh.inputs, path) };
  const said = leaves(inputs);
  const differing = said.length > 0 ? said : leaves({ path, before: at(old.outputs, path), after: at(fresh.outputs, path) });
  // The provider says that it differs (a secret's value, a default it fills in): shown even though both sides look alike.
  const shownAnyway = differing.length === 0 && forced ? [inputs] : differing;
  return shownAnyway.map((leaf) => ({ ...leaf, replaces }));
}

/** The differing properties of one step. */
export function propertyChanges(step: StepMetadata, secrets: SecretPaths, scrubber: Scrubber): PropertyChange[] {
  const { old, new: fresh } = step;
  if (!old || !fresh) return bagChanges({ before: old?.inputs ?? absent, after: fresh?.inputs ?? absent }, secrets, scrubber);
  const found = pathsOf(step).flatMap((path) => foundAt(old, fresh, path));
  return found.slice(0, mostProperties).map((leaf) => change(leaf, secrets, scrubber));
}

function change(leaf: Found, secrets: SecretPaths, scrubber: Scrubber): PropertyChange {
  const sides = shown(leaf, secrets.covers(leaf.path), scrubber);
  return { path: scrubber.scrub(formatPath(leaf.path)), ...sides, replaces: leaf.replaces, guessed: false };
}

/** Whether two property bags differ anywhere. */
export function differ(before: Value, after: Value): boolean {
  return leaves({ path: [], before, after }).length > 0;
}

/** Every differing leaf of two bags, as changes. */
export function bagChanges(sides: { readonly before: Value; readonly after: Value }, secrets: SecretPaths, scrubber: Scrubber): PropertyChange[] {
  return leaves({ path: [], ...sides })
    .slice(0, mostProperties)
    .map((leaf) => change({ ...leaf, replaces: false }, secrets, scrubber));
}
