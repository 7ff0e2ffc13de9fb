import { realpathSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Tree } from "./port.ts";
import { evaluateFiles, evaluationLimits, type Evaluated, type EvaluationLimits } from "./evaluate.ts";
import type { Ingredients, KeptEvaluations } from "./kept-evaluations.ts";
import { firstDifference, unstable } from "./evaluation-problems.ts";
import { parentOf, type Sources } from "./modules/sources.ts";
import { privateName, sweepFolders } from "./private-folders.ts";
import { walkModules } from "./modules/walk.ts";

const filesPerChild = 100;
const treesKept = 32;

export interface EvaluationOptions {
  /** Private folder for materialised copies; each evaluation has one of its own and removes it. */
  readonly work: string;
  /** Results of earlier processes. */
  readonly kept: KeptEvaluations;
  readonly sources: (tree: Tree) => Promise<Sources>;
  readonly limits?: EvaluationLimits;
}

interface Batch {
  readonly files: Set<string>;
  readonly results: Promise<ReadonlyMap<string, Evaluated>>;
}

/**
 * What the environment files of trees export. Requests of one turn for one tree share a child process; results are kept by tree id.
 * Every file is evaluated twice, in two places that differ in all that the commit does not say; two results are ENVIRONMENT_IMPURE.
 */
export class Evaluations {
  readonly #options: EvaluationOptions;
  readonly #known = new Map<string, Map<string, Promise<Evaluated>>>();
  readonly #open = new Map<string, Batch>();
  readonly #running = new Set<Promise<unknown>>();
  #swept: Promise<void> | undefined;

  constructor(options: EvaluationOptions) {
    this.#options = options;
  }

  /** The exported data of one file. Raises what its evaluation found: ENVIRONMENT_IMPURE, ENVIRONMENT_INVALID, CONFIG_INVALID. */
  async data(tree: Tree, file: string): Promise<unknown> {
    const evaluated = await this.#remembered(tree, file);
    if ("problem" in evaluated) throw evaluated.problem;
    return evaluated.data;
  }

  /** Resolves when no child process is left: a caller that was refused by one file does not wait for the others. At most the deadline of one evaluation. */
  async close(): Promise<void> {
    await Promise.all(this.#running);
  }

  #remembered(tree: Tree, file: string): Promise<Evaluated> {
    const known = this.#known.get(tree.id) ?? new Map<string, Promise<Evaluated>>();
    this.#known.delete(tree.id);
    this.#known.set(tree.id, known);
    const oldest = this.#known.size > treesKept ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    let evaluated = known.get(file);
    if (evaluated === undefined) {
      evaluated = this.#asked(tree, file);
      known.set(file, evaluated);
      // A failure of the machine (no space, no process) is not a property of the tree: asked again, it is tried again.
      evaluated.catch(() => known.delete(file));
    }
    return evaluated;
  }

  async #asked(tree: Tree, file: string): Promise<Evaluated> {
    let batch = this.#open.get(tree.id);
    if (batch === undefined || batch.files.size >= filesPerChild) {
      const files = new Set<string>();
      const results = new Promise<void>((done) => void setImmediate(done)).then(() => {
        if (this.#open.get(tree.id)?.files === files) this.#open.delete(tree.id);
        return this.#evaluate(tree, [...files]);
      });
      const running = results.catch(() => undefined).finally(() => this.#running.delete(running));
      this.#running.add(running);
      batch = { files, results };
      this.#open.set(tree.id, batch);
    }
    batch.files.add(file);
    const evaluated = (await batch.results).get(file);
    if (evaluated === undefined) throw new Error(`no result for ${file}`);
    return evaluated;
  }

  async #evaluate(tree: Tree, files: readonly string[]): Promise<ReadonlyMap<string, Evaluated>> {
    const { kept } = this.#options;
    const asked = await Promise.all(
      files.map(async (file) => {
        const ingredients = await this.#ingredients(tree, file);
        return { file, ingredients, found: await kept.find(ingredients) };
      }),
    );
    const left = asked.filter(({ found }) => found === undefined);
    const results = new Map<string, Evaluated>(asked.flatMap(({ file, found }) => (found === undefined ? [] : [[file, found] as const])));
    if (left.length === 0) return results;
    const evaluated = await this.#inChildren(
      tree,
      left.map(({ file }) => file),
    );
    for (const { file, ingredients } of left) {
      const result = evaluated.get(file);
      if (result === undefined) continue;
      results.set(file, result);
      if ("data" in result) await kept.keep(ingredients, result.data);
    }
    return results;
  }

  async #ingredients(tree: Tree, file: string): Promise<Ingredients> {
    const { files, links } = await this.#options.sources(tree);
    const needed = await this.#needed(tree, [file]);
    return { file, seen: new Map(needed.map((path) => [path, `${links.has(path) ? "link" : "file"} ${files.get(path) ?? "absent"}`])) };
  }

  async #inChildren(tree: Tree, files: readonly string[]): Promise<ReadonlyMap<string, Evaluated>> {
    this.#swept ??= sweepFolders(this.#options.work);
    await this.#swept;
    const room = join(this.#options.work, privateName(tree.id.slice(0, 12)));
    try {
      await mkdir(join(room, "a"), { recursive: true });
      const [first, second] = [join(realpathSync(room), "a"), join(realpathSync(room), "b")];
      await tree.materialise(await this.#needed(tree, files), first);
      await cp(first, second, { recursive: true, verbatimSymlinks: true });
      const limits = this.#options.limits ?? evaluationLimits;
      const [one, other] = await Promise.all([
        evaluateFiles(files, { root: first, result: join(room, "result-a"), zone: "UTC", language: "en_US.UTF-8", seed: 1 }, limits),
        evaluateFiles(files, { root: second, result: join(room, "result-b"), zone: "Pacific/Auckland", language: "de_DE.UTF-8", seed: 2 }, limits),
      ]);
      return new Map(files.map((file) => [file, agreed(file, one.get(file), other.get(file))]));
    } finally {
      await rm(room, { recursive: true, force: true });
    }
  }

  /** The files themselves, what they import, and all that lies in their environments' folders. */
  async #needed(tree: Tree, files: readonly string[]): Promise<string[]> {
    const sources = await this.#options.sources(tree);
    const reach = await walkModules(sources, files, { workingFolders: [], skip: (specifier) => specifier === "trueup" });
    const beside = files
      .map(parentOf)
      .filter((folder) => folder !== "")
      .flatMap((folder) => sources.below(folder));
    return [...new Set([...reach.files.keys(), ...beside])];
  }
}

function agreed(file: string, one: Evaluated | undefined, other: Evaluated | undefined): Evaluated {
  if (one === undefined || other === undefined) throw new Error(`no result for ${file}`);
  if ("problem" in one) return one;
  if ("problem" in other) return other;
  const difference = firstDifference(one.data, other.data);
  return difference === undefined ? one : { problem: unstable(file, difference) };
}
