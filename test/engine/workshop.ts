import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openEngine, type Confinement, type Engine, type EngineControls, type StackSite } from "../../src/adapters/engine/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { Secret } from "../../src/base/secret/index.ts";
import type { PropertyChange, ResourceChange } from "../../src/domain/changes/index.ts";
import { isGuessedRule, openCloud, type Cloud } from "../../src/satellites/sandbox-cloud/index.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
export const passphrase = "workshop-passphrase-1f3c";
export const limits = { deadlineMs: 60_000 };

/** A repository with one Pulumi project, a backend, a sandbox cloud and an engine on them; all in one folder that goes away. */
export interface Workshop {
  readonly root: string;
  readonly engine: Engine;
  readonly cloud: Cloud;
  readonly backend: string;
  site(name: string, more?: Partial<StackSite>): StackSite;
  /** Writes the program that all stacks of the project run. */
  program(text: string): Promise<void>;
  file(name: string, text: string): Promise<void>;
  /** `pulumi`: another CLI than the one that setup has put there. */
  open(controls: EngineControls, pulumi?: string, confinement?: Confinement): Promise<Engine>;
  close(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), "trueup-engine-"));
  const repository = join(root, "repository");
  const backend = pathToFileURL(join(root, "backend")).href;
  const store = join(root, "cloud");
  await mkdir(join(root, "backend"));
  await mkdir(repository);
  await symlink(modules, join(repository, "node_modules"));
  const file = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(repository, name)), { recursive: true });
    await writeFile(join(repository, name), text);
  };
  await file("Pulumi.yaml", "name: shop\nruntime: {name: nodejs, options: {typescript: false}}\nmain: index.ts\n");
  await file("package.json", '{"type": "module"}\n');
  const machine = thisMachine();
  const engines: Engine[] = [];
  const open = async (controls: EngineControls, pulumi?: string, confinement?: Confinement): Promise<Engine> => {
    const engine = await openEngine({
      machine,
      pulumi: pulumi ?? (await anEngine(machine.cache)),
      work: join(root, "work"),
      sandbox: { store, sdk: modules },
      programHost: "trueup",
      cache: join(tmpdir(), "trueup-engine-tests"),
      isGuessed: isGuessedRule,
      controls,
      confinement,
    });
    engines.push(engine);
    return engine;
  };
  return {
    root,
    backend,
    file,
    open,
    engine: await open({}),
    cloud: openCloud(store),
    program: (text) => file("index.ts", text),
    site: (name, more = {}) => ({
      stack: name,
      pulumiStack: `dev.${name}`,
      directory: repository,
      repositoryRoot: repository,
      backend,
      passphrase: new Secret(passphrase),
      variables: {},
      policyPacks: [],
      knownSecrets: [],
      ...more,
    }),
    close: async () => {
      await Promise.all(engines.map((engine) => engine.close()));
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Where setup has put the engine; undefined leaves the search to the adapter (`pulumi` on PATH). */
export async function anEngine(cache = thisMachine().cache): Promise<string | undefined> {
  for (const folder of [cache, join(homedir(), ".cache", "trueup")]) {
    const names = await readdir(join(folder, "engine")).catch(() => []);
    const found = names.map((name) => join(folder, "engine", name, "pulumi")).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

export function named(resources: readonly ResourceChange[], name: string): ResourceChange {
  const found = resources.find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`no change of ${name} among ${resources.map((resource) => `${resource.operation} ${resource.name}`).join(", ")}`);
  return found;
}

export function at(properties: readonly PropertyChange[], path: string): PropertyChange {
  const found = properties.find((property) => property.path === path);
  if (found === undefined) throw new Error(`no ${path} among ${properties.map((property) => property.path).join(", ")}`);
  return found;
}
