import type { Environment, Organisation } from "../../domain/environments/index.ts";
import type { Closure } from "../../domain/planner/index.ts";

/** Read access to one commit's tree, given by whoever has git. Paths are `/`-separated; a missing file is undefined. */
export interface Tree {
  /** The tree's own id: the key of everything prepared from it. */
  readonly id: string;
  list(path: string): Promise<readonly { readonly path: string; readonly mode: string; readonly blob: string }[]>;
  read(path: string): Promise<Buffer | undefined>;
  materialise(paths: readonly string[], directory: string): Promise<void>;
}

export interface PreparedProgram {
  /** Folder of the Pulumi.yaml to run. */
  readonly directory: string;
  readonly repositoryRoot: string;
  readonly policyPacks: readonly string[];
}

/**
 * What a commit declares and what its programs reach. User code (environment files, trueup.config.ts) runs only in a confined child
 * process. Raises ENVIRONMENT_UNKNOWN, ENVIRONMENT_INVALID, ENVIRONMENT_IMPURE, CONFIG_INVALID, ARGS_INVALID, STACK_PATH_MISSING.
 */
export interface Programs {
  /** Names of the environment folders. */
  environments(tree: Tree): Promise<readonly string[]>;
  organisation(tree: Tree): Promise<Organisation>;
  environment(tree: Tree, name: string): Promise<Environment>;
  /** One closure per declared stack. */
  closures(tree: Tree, environment: Environment): Promise<readonly Closure[]>;
  /** A private, writable copy of what these stacks need, with node_modules in place. Removed by `close()` or reused by tree id. */
  prepare(tree: Tree, environment: Environment, closures: readonly Closure[]): Promise<ReadonlyMap<string, PreparedProgram>>;
  close(): Promise<void>;
}
