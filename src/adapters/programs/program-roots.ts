import { didYouMean, Problem } from "../../base/problem/index.ts";
import { environmentFile, type Environment, type StackDeclaration } from "../../domain/environments/index.ts";
import { isModule } from "./modules/facts.ts";
import { fileFor } from "./modules/resolve.ts";
import { joinPath, parentOf, type Sources } from "./modules/sources.ts";

/** Where a stack's program begins, and the folder that counts as a whole. */
export interface ProgramRoots {
  readonly entries: readonly string[];
  readonly folder: string;
  /** Folder of its Pulumi.yaml, "" for the repository's own. */
  readonly project: string;
  /** Where the program runs: strings that name files may be meant from here. */
  readonly workingFolder: string;
}

const projectFiles = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"] as const;

export function projectFileIn(sources: Sources, folder: string): string | undefined {
  return projectFiles.map((name) => (folder === "" ? name : `${folder}/${name}`)).find((path) => sources.files.has(path));
}

function missing(sources: Sources, environment: Environment, stack: StackDeclaration): Problem {
  const on = `${environmentFile(environment.name)}, stacks.${stack.name}`;
  const file = stack.kind === "project" ? "Pulumi.yaml" : "index.ts";
  const known =
    stack.kind === "project" ? [...sources.files.keys()].filter((path) => /(^|\/)Pulumi\.ya?ml$/.test(path)).map(parentOf) : programFolders(sources);
  const near = didYouMean(stack.path, known);
  const what = sources.isFolder(stack.path) ? `${stack.path} has no ${file}` : `there is no folder ${stack.path}`;
  return new Problem("STACK_PATH_MISSING", { what, on, todo: `${near} Commit ${stack.path}/${file}, or correct the path.`.trim() });
}

function programFolders(sources: Sources): string[] {
  return [...sources.files.keys()].filter((path) => /^[^/]+(\/[^/]+)+\/index\.[mc]?[tj]s$/.test(path)).map(parentOf);
}

async function projectField(sources: Sources, project: string, field: "main" | "name"): Promise<string | undefined> {
  const file = projectFileIn(sources, project);
  // A Pulumi.yaml that is no YAML is the engine's to refuse; the file itself is in the closure.
  const said = file === undefined ? undefined : ((await sources.yaml(file)) as Readonly<Record<string, unknown>> | null | undefined);
  const value = said?.[field];
  return typeof value === "string" ? value : undefined;
}

/** The name of a project as its Pulumi.yaml says it; `folder` "" is the repository's own. */
export function projectName(sources: Sources, folder: string): Promise<string | undefined> {
  return projectField(sources, folder, "name");
}

/** Raises STACK_PATH_MISSING with the nearest folder that has a program. */
export async function programRoots(sources: Sources, environment: Environment, stack: StackDeclaration): Promise<ProgramRoots> {
  const project = stack.kind === "project" ? stack.path : "";
  const main = joinPath(project, (await projectField(sources, project, "main")) ?? ".") ?? project;
  const dispatcher = fileFor(sources, main);
  const place = { project, workingFolder: dispatcher === undefined ? main : parentOf(dispatcher) };
  if (stack.kind === "project" && projectFileIn(sources, project) !== undefined)
    return { ...place, entries: sources.below(project).filter(isModule), folder: project };
  const entry = stack.kind === "project" ? undefined : entryOf(sources, stack.path);
  if (entry === undefined) throw missing(sources, environment, stack);
  return { ...place, entries: dispatcher === undefined ? [entry] : [entry, dispatcher], folder: entry === stack.path ? entry : stack.path };
}

/** `<path>/index.ts`, or the file itself where the path names one: what the dispatcher takes. */
function entryOf(sources: Sources, path: string): string | undefined {
  return [path, `${path}/index.ts`, `${path}/index.js`].find((candidate) => isModule(candidate) && sources.files.has(candidate));
}
