import type { PreparedProgram, Programs, Tree } from "../../../src/adapters/programs/index.ts";
import { resolveEnvironment, resolveOrganisation, type Environment } from "../../../src/domain/environments/index.ts";
import type { Closure } from "../../../src/domain/planner/index.ts";
import { modelFile, type Model } from "./model.ts";

const organisation = resolveOrganisation(undefined);
export const passphraseVariable = "SIM_PASSPHRASE";
export const environmentName = "dev";

function environmentOn(cloud: Environment["cloud"]): Environment {
  const stacks = {
    base: { kind: "stack", path: "stacks/base", layer: "machines" },
    app: { kind: "stack", path: "stacks/app", layer: "apps", dependsOn: ["base"] },
    side: { kind: "stack", path: "stacks/side", layer: "apps" },
  };
  const secrets = { provider: "passphrase", from: { env: passphraseVariable } };
  return resolveEnvironment(
    environmentName,
    { cloud, guards: { maxDestroy: { count: 1_000, percent: 100 } }, backend: "s3://simulated", secrets, stacks },
    organisation,
  );
}

const environments = new Map<Environment["cloud"], Environment>();

export function environmentFor(cloud: Environment["cloud"]): Environment {
  const found = environments.get(cloud) ?? environmentOn(cloud);
  environments.set(cloud, found);
  return found;
}

const marker = "/simulated/";

/** What the commits of one simulated repository declare. */
export class SimPrograms implements Programs {
  readonly #cloud: Environment["cloud"];
  readonly #models = new Map<string, Model>();
  readonly #closures = new Map<string, readonly Closure[]>();

  constructor(cloud: Environment["cloud"]) {
    this.#cloud = cloud;
  }

  async environments(): Promise<readonly string[]> {
    return [environmentName];
  }

  async organisation(): Promise<typeof organisation> {
    return organisation;
  }

  async environment(): Promise<Environment> {
    return environmentFor(this.#cloud);
  }

  async closures(tree: Tree, environment: Environment): Promise<readonly Closure[]> {
    const known = this.#closures.get(tree.id);
    if (known !== undefined) return known;
    const model = await this.#read(tree);
    const closures = environment.stacks.map(({ name }): Closure => {
      const file = `stacks/${name}/index.ts`;
      const digest = JSON.stringify(model[name] ?? {});
      return { stack: name, files: { [file]: digest }, packages: {}, declaration: name, policies: {}, unresolved: [], importedBy: {}, project: "sim" };
    });
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

  async whole(tree: Tree): Promise<string> {
    return `${marker}${tree.id}`;
  }

  async close(): Promise<void> {
    await Promise.resolve();
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
    return model;
  }
}
