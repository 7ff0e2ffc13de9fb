import { existsSync, realpathSync } from "node:fs";
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { environmentFile, type Environment } from "../../domain/environments/index.ts";
import type { Closure } from "../../domain/planner/index.ts";
import type { PreparedProgram } from "./port.ts";
import { moduleEntries, placeModules } from "./modules-place.ts";
import { isModule } from "./modules/facts.ts";
import { privateName, sweepFolders } from "./private-folders.ts";
import { parentOf, type Sources } from "./modules/sources.ts";
import { walkModules } from "./modules/walk.ts";

/** Copies that one process keeps: a run needs a few; an agent that runs for months must not fill the disk. */
const mostCopies = 256;
const trueupRoot = realpathSync(join(import.meta.dirname, "../../.."));

export interface PrepareOptions {
  readonly machine: Machine;
  /** Parent of prepared copies. */
  readonly work: string;
  /** The clone that trueup runs in. */
  readonly checkout: string;
}

/** Private copies of what stacks need to run. Each call has its own, so that two runs never share a file that the engine writes. */
export class Preparations {
  readonly #options: PrepareOptions;
  readonly #made = new Set<string>();
  #swept: Promise<void> | undefined;

  constructor(options: PrepareOptions) {
    this.#options = options;
  }

  async prepare(sources: Sources, environment: Environment, closures: readonly Closure[]): Promise<ReadonlyMap<string, PreparedProgram>> {
    const root = await this.#room(sources.tree.id);
    await sources.tree.materialise(await neededFiles(sources, environment, closures), root);
    const projects = environment.stacks.filter((stack) => stack.kind === "project").map((stack) => stack.path);
    await this.#modules(root, sources, projects);
    const stacks = new Map(environment.stacks.map((stack) => [stack.name, stack]));
    const policyPacks = environment.policies.packs.map((pack) => join(root, pack));
    return new Map(
      closures.map((closure) => {
        const stack = stacks.get(closure.stack);
        const directory = stack?.kind === "project" ? join(root, stack.path) : root;
        return [closure.stack, { directory, repositoryRoot: root, policyPacks }];
      }),
    );
  }

  /**
   * Every file of the tree, for commands that look at more than the stacks reach. Such a copy is as large as the repository: it is not kept for a moment
   * longer than it is used.
   */
  async whole<T>(sources: Sources, use: (root: string) => Promise<T>): Promise<T> {
    const root = await this.#room(sources.tree.id);
    try {
      await sources.tree.materialise([...sources.files.keys()], root);
      await this.#modules(root, sources, []);
      return await use(root);
    } finally {
      this.#made.delete(root);
      await rm(root, { recursive: true, force: true });
    }
  }

  async #room(treeId: string): Promise<string> {
    this.#swept ??= sweepFolders(this.#options.work);
    await this.#swept;
    const root = join(this.#options.work, privateName(treeId.slice(0, 12)));
    await mkdir(root, { recursive: true });
    this.#made.add(root);
    const oldest = this.#made.size > mostCopies ? this.#made.values().next().value : undefined;
    if (oldest !== undefined) {
      this.#made.delete(oldest);
      await rm(oldest, { recursive: true, force: true });
    }
    return root;
  }

  /** node_modules beside every package.json that has a lockfile of its own, and at the top. */
  async #modules(root: string, sources: Sources, projects: readonly string[]): Promise<void> {
    const { machine, checkout } = this.#options;
    const locked = [...sources.files.keys()].filter((path) => /(^|\/)package-lock\.json$/.test(path)).map(parentOf);
    for (const folder of new Set(["", ...locked, ...projects])) {
      if (!existsSync(join(root, folder))) continue;
      await placeModules({ machine, checkout: join(checkout, folder), folder: join(root, folder), name: folder === "" ? "the repository" : folder });
    }
    await this.#linkTrueup(root);
  }

  /** A repository that has not installed trueup gets the running one: `trueup` must mean something to its dispatcher. */
  async #linkTrueup(root: string): Promise<void> {
    const modules = join(root, "node_modules");
    const own = await readFile(join(root, "package.json"), "utf8")
      .then((text) => (JSON.parse(text) as { readonly name?: unknown }).name)
      .catch(() => undefined);
    if (own === "trueup" || existsSync(join(modules, "trueup"))) return;
    const theirs = existsSync(modules) ? realpathSync(modules) : undefined;
    await rm(modules, { force: true });
    for (const name of theirs === undefined ? [] : await moduleEntries(theirs)) {
      await mkdir(dirname(join(modules, name)), { recursive: true });
      await symlink(join(theirs ?? "", name), join(modules, name));
    }
    await mkdir(modules, { recursive: true });
    await symlink(trueupRoot, join(modules, "trueup"), "dir");
  }

  async close(): Promise<void> {
    for (const root of this.#made) await rm(root, { recursive: true, force: true });
    this.#made.clear();
  }
}

const topFiles = [
  "package.json",
  "package-lock.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "tsconfig.json",
  "Pulumi.yaml",
  "Pulumi.yml",
  "trueup.config.ts",
] as const;

/** Closures, policies, the environment's folder and what its file imports, config links, project files, and what type checking reads. */
async function neededFiles(sources: Sources, environment: Environment, closures: readonly Closure[]): Promise<string[]> {
  const wanted = new Set<string>();
  for (const closure of closures) for (const path of [...Object.keys(closure.files), ...Object.keys(closure.policies)]) wanted.add(path);
  for (const path of sources.below(`environments/${environment.name}`)) wanted.add(path);
  for (const path of sources.files.keys()) {
    if (path.startsWith(`environments/Pulumi.${environment.name}.`) || (topFiles as readonly string[]).includes(path)) wanted.add(path);
  }
  const types = await walkModules(sources, [environmentFile(environment.name), ...[...wanted].filter(isModule)], { workingFolders: [], types: true });
  for (const path of types.files.keys()) wanted.add(path);
  for (const folder of new Set([...wanted].map(parentOf))) wanted.add(folder === "" ? "package.json" : `${folder}/package.json`);
  const manifests = [...wanted].filter((path) => path.endsWith("package.json"));
  for (const path of manifests) wanted.add(path.replace(/package\.json$/, "package-lock.json"));
  return [...wanted].filter((path) => sources.files.has(path));
}
