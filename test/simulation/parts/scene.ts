import type { EnvironmentRecord } from "../../../src/workflows/ledger/index.ts";
import { filesOf } from "./commits.ts";
import { declaredIn, isThing, nameOf, stackOf, type Model, type Wanted } from "./model.ts";
import { People } from "./people.ts";
import { environmentName, type Rules } from "./programs.ts";
import { Stage } from "./stage.ts";
import { Works } from "./works.ts";
import { branchRef, World, type Without } from "./world.ts";

/** A thing that the cloud names. */
export const thing = (more: Partial<Wanted> = {}): Wanted => ({ shape: 1, revision: 1, named: "cloud", ...more });

const minute = 60_000;

/** A story that is told step by step: one host, no faults, and what is written here. */
export class Scene {
  readonly world: World;
  readonly stage: Stage;
  readonly works: Works;
  readonly #people: People;

  constructor(about: { readonly rules?: Rules; readonly without?: Without } = {}) {
    const shape = { hosts: 1, runners: 1, lists: false, listableLocks: true };
    this.world = new World(1, { shape, faults: [], without: about.without ?? {}, tells: true, isBare: false, rules: about.rules ?? {} });
    this.stage = new Stage(this.world);
    this.works = new Works(this.stage);
    this.#people = new People(this.stage);
  }

  push(model: Model): void {
    this.world.remote.push(branchRef, { files: filesOf(model), message: "change", at: new Date(this.world.host(0).now()) });
  }

  /** Pushes, applies by a process of its own, and says how that ended. */
  async apply(model?: Model): Promise<string> {
    if (model !== undefined) this.push(model);
    return this.done((runner) => this.works.apply(runner));
  }

  /** Lets a process do something, with everybody else, until it is done. */
  async done<Result>(work: (runner: ReturnType<World["runner"]>) => Promise<Result>): Promise<Result> {
    const runner = this.world.runner(0);
    const working = work(runner);
    await this.stage.until(working);
    runner.host.end(runner.process);
    await this.stage.until(this.stage.pause(minute));
    return working;
  }

  /** Lets people do something at desks of their own, until it is done. */
  async people(does: (people: People) => Promise<void>): Promise<void> {
    const doing = does(this.#people);
    await this.stage.until(doing);
    return doing;
  }

  /** The same, while somebody else is at work. */
  begin(does: (people: People) => Promise<void>): void {
    void does(this.#people).catch((thrown: unknown) => this.stage.broken(thrown));
  }

  /** Somebody changes the first thing of each of these stacks by hand. */
  somebodyChanges(...stacks: readonly string[]): void {
    for (const stack of stacks) {
      const found = this.world.cloud.things.get(Object.values(this.things(stack))[0] ?? "");
      if (found === undefined) throw new Error(`${stack} has nothing`);
      this.world.cloud.meddle(found, "changed");
    }
  }

  /** Cloud and states, with what was kept of them. */
  losesAll(): void {
    this.world.cloud.things.clear();
    this.world.backend.states.clear();
    const { files } = this.world.host(0);
    for (const path of files.keys()) if (path.includes("/backups/")) files.delete(path);
  }

  /** Plain pulumi, by somebody else: makes a thing that no commit knows, and writes it into a stack's state. */
  somebodyMakes(stack: string, name: string): void {
    const { backend, cloud, host } = { backend: this.world.backend, cloud: this.world.cloud, host: this.world.host(0) };
    const pulumiStack = `${environmentName}.${stack}`;
    const [declared] = declaredIn({ [name]: thing() }, pulumiStack);
    const state = backend.states.get(pulumiStack);
    if (declared === undefined || state === undefined) throw new Error(`there is no ${pulumiStack}`);
    const { urn, type } = declared;
    const created = new Date(host.now()).toISOString();
    const properties = { shape: 1, revision: 1 };
    cloud.things.set(name, { id: name, urn, type, createdAt: created, properties });
    const made = { urn, type, id: name, inputs: properties, outputs: properties, created };
    backend.states.set(pulumiStack, { ...state, resources: [...state.resources, made] });
    this.world.say(`somebody makes ${name} in ${pulumiStack}`);
  }

  get story(): string {
    return this.world.story?.join("\n") ?? "";
  }

  /** As the ledger has it. */
  get record(): EnvironmentRecord {
    const last = this.world.recorded.at(-1);
    if (last === undefined) throw new Error("nothing was recorded");
    return last.record;
  }

  /** Ids of what a stack's state has, by name. */
  things(stack: string): Readonly<Record<string, string>> {
    const resources = this.world.backend.states.get(`${environmentName}.${stack}`)?.resources ?? [];
    return Object.fromEntries(resources.filter(({ type }) => isThing(type)).map(({ urn, id = "" }) => [nameOf(urn), id]));
  }

  /** What a stack's state says of each of its things. */
  outputs(stack: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
    const resources = this.world.backend.states.get(`${environmentName}.${stack}`)?.resources ?? [];
    return Object.fromEntries(resources.map(({ urn, outputs = {} }) => [nameOf(urn), outputs]));
  }

  /** What the cloud says of a thing of a stack; undefined where it is gone. */
  inCloud(stack: string, name: string): Readonly<Record<string, unknown>> | undefined {
    return [...this.world.cloud.things.values()].find(({ urn }) => nameOf(urn) === name && stackOf(urn) === `${environmentName}.${stack}`)?.properties;
  }
}
