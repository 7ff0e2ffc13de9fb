import type { EnvironmentFile } from "../domain/environments/index.ts";
import type { ArgsOf, StackProgram } from "./program.ts";

type Entry = EnvironmentFile["stacks"][string];
/** One value of `stacks`: a program of this repository with its arguments. Made by `stack()`. */
export type StackEntry = Extract<Entry, { kind: "stack" }>;
/** One value of `stacks`: an existing Pulumi project, run unchanged. Made by `project()`. */
export type ProjectEntry = Extract<Entry, { kind: "project" }>;

/** What stack() and project() both take. */
export type StackSettings = Omit<ProjectEntry, "kind" | "path" | "stack">;

/** `args` may be left out where the program can do without. */
export type ArgsSetting<Args> = {} extends Args ? { readonly args?: Args } : { readonly args: Args };

/** A program of this repository: `stack<typeof shop>("stacks/shop", { layer: "apps", args: {...} })` with `import type shop from ...`. */
export function stack<P extends StackProgram = StackProgram>(path: string, settings: StackSettings & ArgsSetting<ArgsOf<P>>): StackEntry {
  // The argument type is the program's; the schema of environment files and, at run time, the program's own check the values.
  return Object.freeze({ ...settings, kind: "stack", path } as StackEntry);
}

/** A Pulumi project that is already there, with its own Pulumi.yaml, config and lockfile; `stack` is its Pulumi stack name. */
export function project(folder: string, settings: StackSettings & { readonly stack: string }): ProjectEntry {
  return Object.freeze({ ...settings, kind: "project", path: folder });
}
