import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { openEngine, type Engine, type EngineOutcome, type StackSite } from "../../src/adapters/engine/index.ts";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { Secret } from "../../src/base/secret/index.ts";
import { isGuessedRule, openCloud, type Cloud } from "../../src/satellites/sandbox-cloud/index.ts";

const modules = resolve(import.meta.dirname, "../../node_modules");
const passphrase = "a passphrase of the programs";

/** The CLI: TRUEUP_ENGINE, else the newest that setup left in the cache; undefined where there is none. */
export function findEngine(): string | undefined {
  const machine = thisMachine();
  const given = machine.variable("TRUEUP_ENGINE");
  if (given !== undefined && existsSync(given)) return given;
  const kept = join(machine.cache, "engine");
  const built = (existsSync(kept) ? readdirSync(kept) : []).map((version) => join(kept, version, "pulumi")).filter((file) => existsSync(file));
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

export interface Drift {
  readonly urn: string;
  readonly kind: string;
  readonly paths: readonly string[];
}

export interface Run {
  readonly exitCode: number | undefined;
  /** Resources that change, by operation. */
  readonly summary: Readonly<Record<string, number>>;
  /** What live objects do not have as the state says; only of runs that read them. */
  readonly drift: readonly Drift[];
  /** What the run said and planned, for the message of a failed assertion. */
  readonly words: string;
}

function runOf(command: string, { exitCode, changes, drift }: EngineOutcome): Run {
  const summary: Record<string, number> = {};
  for (const { operation } of changes.resources) summary[operation] = (summary[operation] ?? 0) + 1;
  const lines = [
    ...changes.diagnostics.map(({ severity, message }) => `${severity}: ${message}`),
    ...changes.resources.map(({ operation, urn, properties }) => `${operation} ${urn} ${JSON.stringify(properties)}`),
  ];
  return {
    exitCode,
    summary,
    words: [command, ...lines, ...drift.map((found) => JSON.stringify(found))].join("\n"),
    drift: drift.map(({ urn, kind, properties }) => ({ urn, kind, paths: properties.map(({ path }) => path).sort() })).sort((a, b) => (a.urn < b.urn ? -1 : 1)),
  };
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Something in a cloud: neither a component nor a provider. */
  readonly isObject: boolean;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Lets only so many runs go at once: more than there are cores makes each slower and none faster. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((wake) => this.#waiting.push(wake));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/** One backend, one sandbox cloud and trueup's engine on them, for ordinary projects that are copied in. */
export class Works {
  readonly root: string;
  readonly turns = new Turns(Math.max(2, availableParallelism()));
  readonly cloud: Cloud;
  readonly engine: Engine;
  readonly #cli: string;

  private constructor(root: string, engine: Engine, cli: string) {
    this.root = root;
    this.cloud = openCloud(join(root, "cloud"));
    this.engine = engine;
    this.#cli = cli;
  }

  static async open(cli: string): Promise<Works> {
    const root = mkdtempSync(join(tmpdir(), "trueup-programs-"));
    const engine = await openEngine({
      machine: thisMachine(),
      pulumi: cli,
      work: join(root, "work"),
      sandbox: { store: join(root, "cloud"), sdk: modules },
      programHost: "trueup",
      cache: join(tmpdir(), "trueup-programs-cache"),
      isGuessed: isGuessedRule,
    });
    return new Works(root, engine, cli);
  }

  /** Copies one project of this folder. Its stack `dev` is not there yet. */
  async project(folder: string): Promise<Project> {
    const directory = join(this.root, "projects", folder);
    cpSync(join(import.meta.dirname, folder), directory, { recursive: true });
    symlinkSync(modules, join(directory, "node_modules"));
    mkdirSync(join(this.root, "state"), { recursive: true });
    return new Project(this, {
      stack: folder,
      pulumiStack: "dev",
      directory,
      repositoryRoot: directory,
      backend: pathToFileURL(join(this.root, "state")).href,
      passphrase: new Secret(passphrase),
      variables: {},
      policyPacks: [],
      knownSecrets: [],
    });
  }

  /** What people do by hand with the plain CLI beside trueup. */
  async plain(site: StackSite, ...args: string[]): Promise<void> {
    const { exitCode, stdout, stderr } = await runChild([this.#cli, ...args, "--stack", site.pulumiStack, "--non-interactive"], {
      cwd: site.directory,
      deadlineMs: 30_000,
      env: {
        PATH: "/usr/bin:/bin",
        HOME: this.root,
        PULUMI_HOME: join(this.root, "home"),
        PULUMI_BACKEND_URL: site.backend,
        PULUMI_CONFIG_PASSPHRASE: passphrase,
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    });
    if (exitCode !== 0) throw new Error(`pulumi ${args[0]} exited with ${exitCode}\n${stdout}${stderr}`);
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

const deadline = { deadlineMs: 60_000 };

/** One ordinary project and its stack `dev`. */
export class Project {
  readonly #works: Works;
  readonly #site: StackSite;
  readonly #told: string[] = [];

  constructor(works: Works, site: StackSite) {
    this.#works = works;
    this.#site = site;
  }

  get folder(): string {
    return this.#site.directory;
  }

  async init(): Promise<void> {
    await this.#works.turns.take(() => this.#works.engine.init(this.#site));
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.#works.turns.take(() => this.#works.plain(this.#site, "config", "set", "--secret", key, value));
  }

  /** With `live`, the objects are read too, and what is not as the state says is in `drift`. */
  preview({ live = false } = {}): Promise<Run> {
    return this.#run("preview", (engine) => engine.preview(this.#site, { ...deadline, live }));
  }

  up({ refresh = false } = {}): Promise<Run> {
    return this.#run("up", (engine) => engine.up(this.#site, { ...deadline, refresh }));
  }

  refreshPreview(): Promise<Run> {
    return this.#run("refresh, only looking", (engine) => engine.refresh(this.#site, { ...deadline, previewOnly: true }));
  }

  destroy(): Promise<Run> {
    return this.#run("destroy", (engine) => engine.destroy(this.#site, { ...deadline, previewOnly: false }));
  }

  /** What the program asked for: not the stack itself, the providers that the engine adds, and what is only read (other stacks). */
  async state(): Promise<{ readonly resources: readonly StateResource[]; readonly text: string }> {
    const { resources, deployment } = await this.#works.turns.take(() => this.#works.engine.exportState(this.#site));
    const own = resources.map(({ urn, type, id }) => ({ urn, type, name: nameOf(urn), isObject: id !== "" && !type.startsWith("pulumi:providers:") }));
    const extras = (resource: StateResource): boolean =>
      /^pulumi:pulumi:(Stack|StackReference)$/.test(resource.type) || (resource.type.startsWith("pulumi:providers:") && resource.name.startsWith("default"));
    return { resources: own.filter((resource) => !extras(resource)), text: deployment };
  }

  /** Every word that the runs of this project were told in. */
  told(): string {
    return this.#told.join("\n");
  }

  async #run(command: string, run: (engine: Engine) => Promise<EngineOutcome>): Promise<Run> {
    const outcome = await this.#works.turns.take(() => run(this.#works.engine));
    const told = runOf(`${command} of ${this.#site.stack}`, outcome);
    this.#told.push(told.words, JSON.stringify(outcome));
    return told;
  }
}
