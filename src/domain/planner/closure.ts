/** Everything a stack's outcome depends on, read from git objects. Produced by adapters/programs, judged by the planner. */
export interface Closure {
  readonly stack: string;
  /** Repository path → blob id, of every file its program reaches by static imports or by path literals, its config and project files. */
  readonly files: Readonly<Record<string, string>>;
  /** Lockfile entries its program reaches: `name@version` → integrity (or the lockfile's blob id for formats not understood). */
  readonly packages: Readonly<Record<string, string>>;
  /** Digest of the resolved declaration of this stack (args, requires, dependsOn, ... and the environment settings that reach it). */
  readonly declaration: string;
  /** Policy files: path → blob id. */
  readonly policies: Readonly<Record<string, string>>;
  /** Imports that cannot be resolved statically: `file:line what`. Such a stack always counts as affected when anything in its folder's tree changed. */
  readonly unresolved: readonly string[];
  /** For each file, how the program comes to it: importing file, for the reason shown. */
  readonly importedBy: Readonly<Record<string, string>>;
}
