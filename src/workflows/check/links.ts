import type { StackDeclaration } from "../../domain/environments/index.ts";
import type { Finding } from "./finding.ts";

interface Declared {
  readonly name: string;
  readonly stacks: readonly Pick<StackDeclaration, "name" | "kind">[];
}

const linkMode = "120000";

/** The commit's files below environments/: path → git mode, and where links lead. */
export interface ConfigFiles {
  readonly modes: ReadonlyMap<string, string>;
  /** What a symbolic link says. */
  readonly target: (path: string) => Promise<string | undefined>;
}

function linkOf(environment: string, stack: string): { readonly path: string; readonly target: string; readonly config: string } {
  const target = `${environment}/${stack}.yaml`;
  return { path: `environments/Pulumi.${environment}.${stack}.yaml`, target, config: `environments/${target}` };
}

async function stackFault(environment: string, stack: string, files: ConfigFiles): Promise<Finding | undefined> {
  const { path, target, config } = linkOf(environment, stack);
  const mode = files.modes.get(path);
  const hasConfig = files.modes.has(config);
  const make = `Run: ln -sfn ${target} ${path}, and commit it.`;
  if (mode === undefined) {
    if (!hasConfig) return undefined;
    return {
      level: "error",
      at: path,
      what: `the link to ${config} is missing: plain pulumi would run ${environment}.${stack} without its config`,
      todo: make,
    };
  }
  if (mode !== linkMode)
    return {
      level: "error",
      at: path,
      what: `it is a file of its own; the config of ${environment}.${stack} is ${config}`,
      todo: `Move what it says to ${config}. ${make}`,
    };
  const said = await files.target(path);
  if (said !== target) return { level: "error", at: path, what: `the link leads to ${said ?? "nothing"}, not to ${target}`, todo: make };
  return hasConfig
    ? undefined
    : { level: "error", at: path, what: `the link leads to ${config}, which is not there`, todo: `Commit ${config}, or remove the link.` };
}

/** Links whose stack the environment does not declare: nobody reads them. */
function strays(environment: Declared, files: ConfigFiles): Finding[] {
  const declared = new Set(environment.stacks.map((stack) => linkOf(environment.name, stack.name).path));
  const start = `environments/Pulumi.${environment.name}.`;
  const found = [...files.modes.keys()].filter((path) => path.startsWith(start) && !declared.has(path));
  return found.map((path) => ({
    level: "warning",
    at: path,
    what: `${environment.name} declares no stack of this name`,
    todo: "Remove the link, unless the stack is still being retired.",
  }));
}

/**
 * The links environments/Pulumi.<env>.<stack>.yaml by which plain pulumi finds a stack's config. A `project()` has its config in its own folder.
 */
export async function linkFaults(environment: Declared, files: ConfigFiles): Promise<readonly Finding[]> {
  const own = environment.stacks.filter((stack) => stack.kind === "stack");
  const faults = await Promise.all(own.map((stack) => stackFault(environment.name, stack.name, files)));
  return [...faults.filter((fault) => fault !== undefined), ...strays(environment, files)];
}
