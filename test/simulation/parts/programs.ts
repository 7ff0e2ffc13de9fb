import type { PreparedProgram, Programs, Tree } from "../../../src/adapters/programs/index.ts";
import { resolveEnvironment, resolveOrganisation, type Environment } from "../../../src/domain/environments/index.ts";
import { closureDigest, type Closure } from "../../../src/domain/planner/index.ts";
import { elsewhereFile, modelFile, type Model } from "./model.ts";

const organisation = resolveOrganisation(undefined);
export const passphraseVariable = "SIM_PASSPHRASE";
export const environmentName = "dev";

/** Holds as soon as a variable is set that nobody sets: a check that says no without asking anybody. */
export const never = { prometheus: "https://metrics.invalid", query: "up", above: 0, token: "SIM_NOBODY", settle: "20s" };

/** Settings of the environment that a story gives it. */
export type Rules = Readonly<Record<string, unknown>>;

function environmentOn(cloud: Environment["cloud"], ill: readonly string[], rules: Rules): Environment {
  const verified = (name: string): object => (ill.includes(name) ? { verify: [never] } : {});
  const stacks = {
    base: { kind: "stack", path: "stacks/base", layer: "machines", ...verified("base") },
    app: { kind: "stack", path: "stacks/app", layer: "apps", dependsOn: ["base"], ...verified("app") },
    side: { kind: "stack", path: "stacks/side", layer: "apps", ...verified("side") },
  };
  const secrets = { provider: "passphrase", from: { env: passphraseVariable } };
  return resolveEnvironment(
    environmentName,
    { cloud, guards: { maxDestroy: { count: 1_000, percent: 100 } }, backend: "s3://simulated", secrets, stacks, ...rules },
    organisation,
  );
}

const environments = new Map<string, Environment>();

/** `ill`: stacks whose check never holds. */
export function environmentFor(cloud: Environment["cloud"], ill: readonly string[] = [], rules: Rules = {}): Environment {
  const key = [cloud, ...ill, JSON.stringify(rules)].join(" ");
  const found = environments.get(key) ?? environmentOn(cloud, ill, rules);
  environments.set(key, found);
  return found;
}

const illIn = (model: Model): readonly string[] =>
  Object.entries(model).flatMap(([stack, things]) => (Object.values(things).some(({ wrong }) => wrong === "ill") ? [stack] : []));

const otherCloud: Readonly<Record<Environment["cloud"], Environment["cloud"]>> = { sandbox: "real", real: "sandbox" };

const marker = "/simulated/";

function closureOf(model: Model, name: string): Closure {
  const files = { [`stacks/${name}/index.ts`]: JSON.stringify(model[name] ?? {}) };
  const reads = name === "app" ? [{ stack: "base", output: "anchor" }] : [];
  return { stack: name, files, declaration: name, project: "sim", reads, packages: {}, policies: {}, unresolved: [], importedBy: {} };
}

/** What a stack of a commit is known by. */
export const digestIn = (model: Model, stack: string): string => closureDigest(closureOf(model, stack));

/** What the commits of one simulated repository declare. */
export class SimPrograms implements Programs {
  readonly #cloud: Environment["cloud"];
  readonly #models = new Map<string, Model>();
  readonly #elsewhere = new Set<string>();
  readonly #hidesCloud: boolean;
  /** Of every commit; what a story changes of it holds from then on. */
  rules: Rules;
  readonly #closures = new Map<string, readonly Closure[]>();

  /** `hidesCloud`: says of a commit that is meant for another cloud that it is for the one that was. */
  constructor(cloud: Environment["cloud"], hidesCloud = false, rules: Rules = {}) {
    this.rules = rules;
    this.#cloud = cloud;
    this.#hidesCloud = hidesCloud;
  }

  async environments(): Promise<readonly string[]> {
    return [environmentName];
  }

  async organisation(): Promise<typeof organisation> {
    return organisation;
  }

  async environment(tree: Tree): Promise<Environment> {
    const model = await this.#read(tree);
    return environmentFor(this.#elsewhere.has(tree.id) && !this.#hidesCloud ? otherCloud[this.#cloud] : this.#cloud, illIn(model), this.rules);
  }

  async closures(tree: Tree, environment: Environment): Promise<readonly Closure[]> {
    const known = this.#closures.get(tree.id);
    if (known !== undefined) return known;
    const model = await this.#read(tree);
    const closures = environment.stacks.map(({ name }) => closureOf(model, name));
    this.#closures.set(tree.id, closures);
    return closures;
  }

  async policies(): Promise<{ readonly digest: string; prepare(): Promise<{ readonly root: string; readonly packs: readonly string[] }> }> {
    return { digest: "", prepare: async () => ({ root: "", packs: [] }) };
  }

  async prepare(tree: Tree, environment: Environment): Promise<ReadonlyMap<string, PreparedProgram>> {
    await this.#read(tree);
    const directory = `${marker}${tree.id}`;
    return new Map(environment.stacks.map(({ name }) => [name, { directory, repositoryRoot: directory, policyPacks: [] }]));
  }

  whole<T>(tree: Tree, use: (directory: string) => Promise<T>): Promise<T> {
    return use(`${marker}${tree.id}`);
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  /** Whether what lies in a prepared folder is meant for another cloud. */
  isElsewhere(directory: string): boolean {
    return this.#elsewhere.has(directory.slice(marker.length));
  }

  /** What lies in a prepared folder. */
  modelIn(directory: string): Model {
    const found = this.#models.get(directory.slice(marker.length));
    if (found === undefined) throw new Error(`nothing was prepared in ${directory}`);
    return found;
  }

  async #read(tree: Tree): Promise<Model> {
    const known = this.#models.get(tree.id);
    if (known !== undefined) return known;
    const model = JSON.parse(String(await tree.read(modelFile))) as Model;
    this.#models.set(tree.id, model);
    if ((await tree.read(elsewhereFile)) !== undefined) this.#elsewhere.add(tree.id);
    return model;
  }
}
