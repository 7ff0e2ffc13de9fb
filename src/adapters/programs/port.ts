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

export interface PolicySet {
  /** Of all that the packs' judgement rests on besides levels: which they are, their files, what they import, packages. */
  readonly digest: string;
  /** Absolute folders of the packs in a private copy, `root`, with node_modules in place. Removed by `close()`. */
  prepare(): Promise<{ readonly root: string; readonly packs: readonly string[] }>;
}

/**
 * What a commit declares and what its programs reach. User code (environment files, trueup.config.ts) runs only in a confined child
 * process, twice, and nothing but plain data comes back. Everything read is kept by tree id, so asking again is cheap; methods may run at
 * once, and environments that are asked for in one turn share a child. A stack's `args` are checked by its program's own schema when it runs.
 * Raises ENVIRONMENT_UNKNOWN, ENVIRONMENT_INVALID, ENVIRONMENT_IMPURE, CONFIG_INVALID, STACK_UNKNOWN, STACK_DUPLICATE, STACK_PATH_MISSING,
 * and from prepare PLUGIN_MISSING (packages that cannot be installed).
 */
export interface Programs {
  /** Names of the environment folders, sorted; also of those that lack their environment.ts, which `environment` then refuses. */
  environments(tree: Tree): Promise<readonly string[]>;
  organisation(tree: Tree): Promise<Organisation>;
  environment(tree: Tree, name: string): Promise<Environment>;
  /** One closure per declared stack. */
  closures(tree: Tree, environment: Environment): Promise<readonly Closure[]>;
  /** The environment's policy packs; nothing is written before they are asked for. */
  policies(tree: Tree, environment: Environment): Promise<PolicySet>;
  /** A private, writable copy of what these stacks need, with node_modules in place; each call makes its own. Removed by `close()`. */
  prepare(tree: Tree, environment: Environment, closures: readonly Closure[]): Promise<ReadonlyMap<string, PreparedProgram>>;
  /**
   * Lends a private, writable copy of every file of the tree, with node_modules in place, each call its own; its folder is gone when `use` has ended. What
   * `use` returns or throws. Raises PLUGIN_MISSING, and REF_INVALID for a symbolic link that leads out of the repository.
   */
  whole<T>(tree: Tree, use: (directory: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
