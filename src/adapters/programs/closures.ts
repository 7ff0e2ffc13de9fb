import { digestOf } from "../../base/json/index.ts";
import { declaredReads, refuseSharedStacks, type Closure } from "../../domain/planner/index.ts";
import type { Environment, StackDeclaration } from "../../domain/environments/index.ts";
import { declarationDigest } from "./declaration.ts";
import { isModule } from "./modules/facts.ts";
import { lockedPackages, sorted, type Locked } from "./modules/lockfile.ts";
import { parentOf, type Sources } from "./modules/sources.ts";
import { walkModules, type Reach, type WalkOptions } from "./modules/walk.ts";
import { environmentNames } from "./environments.ts";
import { programRoots, projectFileIn, projectName, type ProgramRoots } from "./program-roots.ts";

/** The fields of package.json that decide how programs are loaded. Scripts, version and the like do not. */
const packageFields = ["name", "type", "main", "exports", "imports", "pulumi", "workspaces"] as const;

/** Files of an environment's folder that a program may mean by a computed path below `environments/`. */
function ownValues(sources: Sources, environment: string): string[] {
  return sources.below(`environments/${environment}`).filter((path) => path.endsWith(".json"));
}

/** Modules of trueup itself, where the repository is its own: what is computed there is known. */
async function ownPackage(sources: Sources): Promise<(path: string) => boolean> {
  const root = await sources.packageAbove("");
  return (path) => root?.file.name === "trueup" && path.startsWith("src/");
}

async function packageDigests(sources: Sources, files: Iterable<string>): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const seen = new Set<string>();
  for (const file of files) {
    if (!isModule(file) || seen.has(parentOf(file))) continue;
    seen.add(parentOf(file));
    const found = await sources.packageAbove(parentOf(file));
    if (found === undefined) continue;
    const fields = Object.fromEntries(packageFields.map((field) => [field, (found.file as Record<string, unknown>)[field]]));
    digests[found.folder === "" ? "package.json" : `${found.folder}/package.json`] = digestOf(fields);
  }
  return digests;
}

function configFiles(sources: Sources, environment: Environment, stack: StackDeclaration): string[] {
  const names = stack.kind === "project" ? [] : [`environments/${environment.name}/${stack.name}.yaml`, `environments/Pulumi.${stack.pulumiStack}.yaml`];
  const projectFile = projectFileIn(sources, stack.kind === "project" ? stack.path : "");
  return [...names, projectFile ?? "Pulumi.yaml", "tsconfig.json"].filter((path) => sources.files.has(path));
}

/** Everything of linked (workspace) packages counts. Their own imports are followed; ends when no new folder appears. */
async function walkWithLinks(sources: Sources, roots: readonly string[], options: WalkOptions): Promise<{ readonly reach: Reach; readonly locked: Locked }> {
  const linked = new Set<string>();
  for (;;) {
    const reach = await walkModules(sources, [...roots, ...[...linked].flatMap((folder) => sources.below(folder))], options);
    const locked = await lockedPackages(sources, reach.packages);
    const more = locked.linked.filter((folder) => !linked.has(folder));
    if (more.length === 0) return { reach, locked };
    for (const folder of more) linked.add(folder);
  }
}

export interface PolicyFiles {
  readonly files: Readonly<Record<string, string>>;
  readonly packages: Readonly<Record<string, string>>;
  readonly unresolved: readonly string[];
}

/** The packs' folders and what they import, once per environment: policies judge every stack. */
export async function policyFiles(sources: Sources, packs: readonly string[]): Promise<PolicyFiles> {
  const roots = packs.flatMap((pack) => sources.below(pack));
  const { reach, locked } = await walkWithLinks(sources, roots, { workingFolders: packs, isOwn: await ownPackage(sources) });
  const absent = packs.filter((pack) => !sources.isFolder(pack)).map((pack) => `${pack} policy pack that is not there`);
  return { files: blobs(sources, reach.files.keys()), packages: locked.packages, unresolved: [...absent, ...reach.unresolved] };
}

function blobs(sources: Sources, paths: Iterable<string>): Record<string, string> {
  return sorted(Object.fromEntries([...paths].map((path) => [path, sources.files.get(path) ?? ""])));
}

async function reachOf(sources: Sources, environment: Environment, roots: ProgramRoots): Promise<{ readonly reach: Reach; readonly locked: Locked }> {
  const options: WalkOptions = {
    workingFolders: [roots.workingFolder],
    isOwn: await ownPackage(sources),
    // Programs find their environment's values by name: other environments' files are none of this stack's business.
    filesOf: (folder) => (folder === "environments" || folder.startsWith("environments/") ? ownValues(sources, environment.name) : sources.below(folder)),
  };
  return walkWithLinks(sources, [...roots.entries, ...sources.below(roots.folder)], options);
}

/** What one stack depends on, from git objects. Raises STACK_PATH_MISSING. */
async function closureOf(
  sources: Sources,
  place: { readonly environment: Environment; readonly stack: StackDeclaration; readonly policies: PolicyFiles },
): Promise<Closure> {
  const { environment, stack, policies } = place;
  const { reach, locked } = await reachOf(sources, environment, await programRoots(sources, environment, stack));
  const files = {
    ...blobs(sources, [...reach.files.keys(), ...configFiles(sources, environment, stack)]),
    ...(await packageDigests(sources, reach.files.keys())),
  };
  const importedBy = Object.fromEntries([...reach.files].filter((entry): entry is [string, string] => entry[1] !== undefined));
  const referred = declaredReads(environment, reach.references)
    .filter((name) => name !== stack.name)
    .map((name) => ({ stack: name }));
  const project = await projectName(sources, stack.kind === "project" ? stack.path : "");
  return {
    stack: stack.name,
    files: sorted(files),
    packages: sorted({ ...locked.packages, ...policies.packages }),
    declaration: declarationDigest(environment, stack),
    policies: policies.files,
    unresolved: [...reach.unresolved, ...locked.unknown.map((name) => `package ${name} is in no lockfile`), ...policies.unresolved],
    importedBy: sorted(importedBy),
    reads: [...reach.reads, ...referred],
    ...(project === undefined ? {} : { project }),
  };
}

/** Raises STACK_PATH_MISSING, and STACK_DUPLICATE for declarations that only their Pulumi.yaml shows to be one Pulumi stack. */
export async function closuresOf(sources: Sources, environment: Environment): Promise<readonly Closure[]> {
  const policies = await policyFiles(sources, environment.policies.packs);
  const closures = await Promise.all(environment.stacks.map((stack) => closureOf(sources, { environment, stack, policies })));
  const others = environmentNames(sources).filter((name) => name !== environment.name);
  refuseSharedStacks(environment, closures, { project: await projectName(sources, ""), environments: others });
  return closures;
}
