import type { Json, StackDeclaration } from "../environments/index.ts";
import { byCodeUnit, canonicalJson } from "../../base/json/index.ts";
import { isConfigFile, type Closure } from "./closure.ts";

/** More than this many reasons of one sort are told as a number. */
const mostToldApart = 6;

function changedKeys(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]).sort(byCodeUnit);
}

function fate(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return "new";
  return after === undefined ? "removed" : "changed";
}

/** "imports X via Y": Y is what imports X, told when that is not the program's entry itself. */
function importChain(file: string, closure: Closure): string {
  const importer = Object.hasOwn(closure.importedBy, file) ? closure.importedBy[file] : undefined;
  if (importer === undefined || importer === file) return `its program ${file}`;
  const importerIsEntry = !Object.hasOwn(closure.importedBy, importer) || closure.importedBy[importer] === importer;
  return importerIsEntry ? `imports ${file}` : `imports ${file} via ${importer}`;
}

function fileReason(file: string, before: Closure, after: Closure): string {
  const what = fate(before.files[file], after.files[file]);
  if (isConfigFile(file)) return file.endsWith("values.json") ? `values ${file} ${what}` : `config ${file} ${what}`;
  const said = importChain(file, what === "removed" ? before : after);
  return said.startsWith("its program ") ? `${said} ${what}` : `${said} (${what})`;
}

/** `@pulumi/aws@7.48.0` → name and version; an entry without a version is a lockfile's own path. */
function splitPackage(entry: string): { readonly name: string; readonly version: string | undefined } {
  const at = entry.lastIndexOf("@");
  return at > 0 ? { name: entry.slice(0, at), version: entry.slice(at + 1) } : { name: entry, version: undefined };
}

function versionsByName(entries: readonly string[]): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const entry of entries) {
    const { name, version } = splitPackage(entry);
    byName.set(name, [...(byName.get(name) ?? []), ...(version === undefined ? [] : [version])]);
  }
  return byName;
}

function packageReasons(before: Closure["packages"], after: Closure["packages"]): string[] {
  const changed = changedKeys(before, after);
  const old = versionsByName(changed.filter((entry) => Object.hasOwn(before, entry)));
  const now = versionsByName(changed.filter((entry) => Object.hasOwn(after, entry)));
  return [...new Set([...old.keys(), ...now.keys()])].sort(byCodeUnit).map((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if ((was ?? is)?.length === 0) return `lockfile ${name} changed`;
    if (was === undefined) return `package ${name} ${is?.join(", ") ?? ""} (new)`;
    if (is === undefined) return `package ${name} ${was.join(", ")} (removed)`;
    if (was.join() === is.join()) return `package ${name} ${is.join(", ")} has other contents`;
    return `package ${name} ${was.join(", ")} → ${is.join(", ")}`;
  });
}

function isTree(value: Json | undefined): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The shortest paths at which two declarations differ. */
function differingPaths(before: Json | undefined, after: Json | undefined, path: string): string[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  if (!isTree(before) || !isTree(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byCodeUnit);
  return keys.flatMap((key) => differingPaths(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

function declarationReasons(before: StackDeclaration | undefined, after: StackDeclaration): string[] {
  if (before === undefined) return ["its declaration changed"];
  const asJson = (stack: StackDeclaration): Json => JSON.parse(JSON.stringify(stack)) as Json;
  const paths = differingPaths(asJson(before), asJson(after), "");
  return paths.length === 0
    ? ["the environment's settings for it changed"]
    : capped(
        paths.map((path) => `${path} changed`),
        "settings of it changed",
      );
}

function capped(reasons: readonly string[], rest: string): string[] {
  if (reasons.length <= mostToldApart) return [...reasons];
  return [...reasons.slice(0, mostToldApart - 1), `${reasons.length - mostToldApart + 1} more ${rest}`];
}

/** For how many reasons one of them stands. */
export function reasonsIn(reason: string): number {
  return Number(/^(\d+) more /.exec(reason)?.[1] ?? 1);
}

export interface ClosureStep {
  readonly before: Closure;
  readonly after: Closure;
  /** The declarations behind the two closures, to name arguments; the older one may be unknown. */
  readonly declaredBefore?: StackDeclaration;
  readonly declaredAfter: StackDeclaration;
}

/** Why two closures of one stack differ, in words a person reads: programs first, then arguments, config, packages, policies. Empty when they do not. */
export function closureReasons(step: ClosureStep): readonly string[] {
  const { before, after } = step;
  const files = changedKeys(before.files, after.files);
  const policies = changedKeys(before.policies, after.policies);
  return [
    ...capped(
      files.filter((file) => !isConfigFile(file)).map((file) => fileReason(file, before, after)),
      "files that it imports changed",
    ),
    ...(before.declaration === after.declaration ? [] : declarationReasons(step.declaredBefore, step.declaredAfter)),
    ...capped(
      files.filter(isConfigFile).map((file) => fileReason(file, before, after)),
      "config files changed",
    ),
    ...capped(packageReasons(before.packages, after.packages), "packages changed"),
    ...capped(
      policies.map((file) => `policy ${file} ${fate(before.policies[file], after.policies[file])}`),
      "policy files changed",
    ),
  ];
}
