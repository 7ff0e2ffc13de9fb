import { digestOf } from "../../base/json/index.ts";

/** One output (or all of them) of another declared stack. */
export interface StackRead {
  readonly stack: string;
  /** Left out when the program's text does not say which. */
  readonly output?: string;
}

/** Everything a stack's outcome depends on, read from git objects. Produced by adapters/programs, judged by the planner. */
export interface Closure {
  readonly stack: string;
  /** Repository path → blob id, of every file its program reaches by static imports or by path literals, its config and project files. */
  readonly files: Readonly<Record<string, string>>;
  /** Lockfile entries its program reaches: `name@version` → integrity (or the lockfile's path → blob id for formats not understood). */
  readonly packages: Readonly<Record<string, string>>;
  /** Digest of the resolved declaration of this stack (args, requires, dependsOn, ... and the environment settings that reach it). */
  readonly declaration: string;
  /** Policy files: path → blob id. */
  readonly policies: Readonly<Record<string, string>>;
  /**
   * Imports that cannot be resolved statically: `file:line what`. Such a stack always counts as affected when anything in its folder's tree changed,
   * so its `files` must hold the whole folder.
   */
  readonly unresolved: readonly string[];
  /** For each file, how the program comes to it: importing file, for the reason shown. The program's entry has none. */
  readonly importedBy: Readonly<Record<string, string>>;
  /** Declared stacks whose outputs the program reads, as far as its text says (`ctx.stack("clusters").output("kubeconfig")`). */
  readonly reads?: readonly StackRead[];
  /** The project's name in its Pulumi.yaml: with the stack's name what the backend keeps its state under. No part of the digest. */
  readonly project?: string;
}

/** The edges by which a change reaches a stack. `config` is the part of `files` that is configuration, not program. */
export const closureParts = ["files", "config", "packages", "declaration", "policies"] as const;
export type ClosurePart = (typeof closureParts)[number];

/** Pulumi config (`Pulumi.<stack>.yaml`, `environments/<env>/<stack>.yaml`), project files, and the values that machines edit. */
export function isConfigFile(path: string): boolean {
  return /(^|\/)Pulumi(\.[^/]+)?\.(ya?ml|json)$/.test(path) || /^environments\/.+\.(ya?ml|json)$/.test(path);
}

function filesOf(closure: Closure, config: boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(closure.files).filter(([path]) => isConfigFile(path) === config));
}

function partOf(closure: Closure, part: ClosurePart): unknown {
  if (part === "files") return filesOf(closure, false);
  if (part === "config") return filesOf(closure, true);
  return closure[part];
}

/**
 * The identity of what a stack would become: sha256, hex. Where an import stands (`importedBy`, `unresolved`) is told by the files already.
 * `parts` leaves edges out; only control tests do that.
 */
export function closureDigest(closure: Closure, parts: readonly ClosurePart[] = closureParts): string {
  return digestOf({ format: 1, stack: closure.stack, parts: Object.fromEntries(parts.map((part) => [part, partOf(closure, part)])) });
}

/** Digest of one edge alone: the config and policy digests that an approval binds. */
export function closurePartDigest(closure: Closure, part: ClosurePart): string {
  return digestOf({ format: 1, part, value: partOf(closure, part) });
}
