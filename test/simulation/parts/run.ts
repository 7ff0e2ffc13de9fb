import { checked, untrue, type Violation } from "./check.ts";
import { destroyed, elsewhere, overdone, overtaken, unfounded, unitsTold, Vetoed } from "./check-units.ts";
import { filesOf, firstModel, furnished, lastModel, mended, nextModel, unitModel } from "./commits.ts";
import { drawFaults, faultKinds, firstKinds, type Fault, type FaultKind } from "./faults.ts";
import { objectsIn, type Resource } from "./backend.ts";
import { nameOf, type Model, type Wanted } from "./model.ts";
import { People } from "./people.ts";
import { environmentName } from "./programs.ts";
import { randomOf, type Random } from "./random.ts";
import { Rebuilding } from "./rebuilding.ts";
import { Stage } from "./stage.ts";
import { doingsOf, type Doing, type Strike } from "./strikes.ts";
import { Works } from "./works.ts";
import { branchRef, World, type Shape, type Without } from "./world.ts";

export interface SimulationOptions {
  readonly without?: Without;
  /** Keeps what happened, in words. */
  readonly tells?: boolean;
  /** Left out: those that the seed draws. In a story about a loss those that come after it. */
  readonly faults?: readonly Fault[];
}

export interface SimulationResult {
  readonly seed: number;
  readonly shape: Shape;
  readonly drawn: readonly Fault[];
  readonly struck: readonly Fault[];
  /** The same, each with what it struck; and what else the runs of the story were about. */
  readonly strikes: readonly Strike[];
  readonly doings: readonly Doing[];
  readonly violations: readonly Violation[];
  /** Why a person was needed, where one was. */
  readonly paged: readonly string[];
  /** How applies ended, by word. */
  readonly ends: readonly string[];
  readonly steps: number;
  /** Virtual. */
  readonly lastedMs: number;
  /** Of everything that was done, in order. */
  readonly digest: number;
  readonly story: readonly string[];
}

const minute = 60_000;
/** From this seed on commits are wrong, too, and people act: stories about units. */
const firstOfUnits = 100_000;
/** From this seed on something is lost in the end, and rebuilt: of every other one the environment's life before that is a story about units. */
const firstOfLosses = 500_000;
/** From this seed on something more is lost before all of that is rebuilt. */
const firstOfSeconds = 600_000;
/** From this seed on what the cloud makes may not become ready. */
const firstOfHalves = 800_000;
const kindsOf = (seed: number): readonly FaultKind[] => (seed >= firstOfHalves ? faultKinds : firstKinds);
const isAboutUnits = (seed: number): boolean => (seed < firstOfLosses ? seed >= firstOfUnits : seed % 2 === 0);

function drawShape(random: Random): Shape {
  const lists = random.chance(0.4);
  const hosts = lists ? 1 : random.pick([1, 1, 2]);
  return { hosts, runners: Math.max(hosts, random.pick([1, 1, 2, 3])), lists, listableLocks: lists || random.chance(0.7) };
}

/** Data stays what it is and where it is. */
function asItIs(wanted: Wanted, there: Resource | undefined, anchor: string | undefined): Wanted {
  if (wanted.named !== "kept" || there === undefined) return wanted;
  const { follows, ...rest } = wanted;
  const isOn = follows === true && there.outputs?.["on"] === anchor;
  return { ...rest, shape: Number(there.outputs?.["shape"]), ...(isOn ? { follows } : {}) };
}

/** One run: some runners, some commits, some faults; then calm, and plain applies until all is well. */
class Simulation {
  readonly world: World;
  readonly stage: Stage;
  readonly #works: Works;
  readonly #people: People;
  readonly #plan: Random;
  readonly #models = new Map<string, Model>();
  #model: Model;
  #older: Model;
  #isCalm = false;
  /** Of a story about units: what more is drawn. */
  readonly #more: Random | undefined;
  readonly #vetoed: Vetoed;
  #hasRetried = false;
  /** Guards that the next apply passes. */
  #passes: readonly string[] = [];

  constructor(seed: number, options: SimulationOptions, drawn: { readonly shape: Shape; readonly faults: readonly Fault[] }) {
    this.#plan = randomOf(seed, 4);
    this.world = new World(seed, { ...drawn, without: options.without ?? {}, tells: options.tells === true, isBare: seed < firstOfLosses });
    this.stage = new Stage(this.world);
    this.#works = new Works(this.stage);
    this.#people = new People(this.stage);
    this.#vetoed = new Vetoed(this.world);
    const { violations } = this.stage;
    this.world.onRecorded = () => {
      violations.push(...untrue(this.world, this.#models), ...overtaken(this.world), ...unitsTold(this.world));
      this.#vetoed.recorded(this.#models);
    };
    this.world.onBegun = (begun) => void violations.push(...this.#vetoed.begun(begun));
    this.#more = isAboutUnits(seed) ? randomOf(seed, 5) : undefined;
    const first = firstModel(this.#plan);
    this.#model = this.#more === undefined ? first : furnished(first, this.#more);
    this.#older = this.#model;
  }

  #push(model: Model, message: string, isElsewhere = false): void {
    this.#older = this.#model;
    this.#model = model;
    this.#hasRetried = false;
    const at = new Date(this.world.host(0).now());
    const sha = this.world.remote.push(branchRef, { files: filesOf(model, isElsewhere), message, at });
    this.#models.set(sha, model);
    this.#vetoed.pushed(model);
    this.world.say(`pushed ${sha.slice(0, 7)}: ${message} ${JSON.stringify(model)}`);
  }

  /** What people and the cloud do in a story about units. */
  #others(more: Random): readonly Promise<void>[] {
    const at = async (does: () => Promise<void> | void): Promise<void> => {
      await this.stage.pause(more.below(25 * minute));
      if (!this.#isCalm) await does();
    };
    const some: Promise<void>[] = [];
    for (let left = more.pick([0, 0, 1, 2]); left > 0; left--) some.push(at(() => this.world.meddle(more)));
    for (let left = more.pick([0, 1, 2]); left > 0; left--) some.push(at(() => this.#people.retry()));
    if (more.chance(0.2)) some.push(at(() => void (this.world.isWell = true)));
    if (more.chance(0.25))
      some.push(
        at(() => this.#people.freeze(more)),
        at(() => this.#people.thaw()),
      );
    return some;
  }

  /** One place where runners run, one after another: jobs of a process each, or one that stays. */
  async #slot(hostIndex: number): Promise<void> {
    const { world } = this;
    const stays = this.#plan.chance(0.4);
    await this.stage.pause(this.#plan.below(3 * minute));
    let runner = world.runner(hostIndex);
    for (let left = this.#plan.between(1, 3) + (this.#more === undefined ? 0 : 2); left > 0; left--) {
      await (this.#more?.chance(0.2) === true ? this.#works.fix(runner) : this.#works.apply(runner));
      if (!stays && runner.process.state !== "dead") runner.host.end(runner.process);
      await this.stage.pause(this.#plan.between(5_000, 4 * minute));
      if (left > 1 && runner.process.state === "dead") runner = world.runner(hostIndex);
    }
    if (runner.process.state !== "dead") runner.host.end(runner.process);
  }

  async play(): Promise<void> {
    const { world } = this;
    this.#push(this.#model, "first");
    const commits = this.#plan.between(0, 3) + (this.#more === undefined ? 0 : 1);
    const forMs = (this.#more === undefined ? 12 : 18) * minute;
    for (let serial = 1; serial <= commits; serial++) world.scheduler.later(this.#plan.below(forMs), () => this.#develop(serial));
    const slots = Array.from({ length: world.shape.runners }, (_, at) => this.#slot(at % world.shape.hosts));
    await this.stage.until(Promise.all([...slots, ...(this.#more === undefined ? [] : this.#others(this.#more))]));
    this.#isCalm = true;
    world.isWell = true;
    await this.#calm(this.#plan);
    await this.#finish(this.#more === undefined ? this.#model : this.#kept(mended(this.#model), "data"));
  }

  /** Something that was well is lost and rebuilt, and all goes on. Answers the faults that were drawn for it. */
  async lose(random: Random, faults: readonly Fault[] | undefined, seed: number): Promise<readonly Fault[]> {
    const rebuilding = new Rebuilding({
      stage: this.stage,
      people: this.#people,
      works: this.#works,
      random,
      faults,
      kinds: kindsOf(seed),
      models: this.#models,
    });
    const drawn = await rebuilding.disaster(() => this.#push(nextModel(this.#model, random, 500), "change in the middle"));
    await this.#calm(random);
    if (seed >= firstOfSeconds) rebuilding.loseMore();
    await this.stage.until(rebuilding.untilGood());
    await this.#finish(this.#more === undefined ? this.#model : this.#kept(this.#model, "data"));
    return drawn;
  }

  /** Nothing goes wrong any more. */
  async #calm(random: Random): Promise<void> {
    this.world.say("calm");
    this.world.calm();
    // What runs without a runner goes on until it ends by itself, or until somebody ends it.
    if (random.chance(0.5)) await this.stage.until(this.stage.pause(30 * minute));
  }

  async #finish(model: Model): Promise<void> {
    this.#push(lastModel(model), "last");
    await this.stage.until(this.#converge());
  }

  /** What is to be said of it when all is over. */
  async judge(): Promise<void> {
    const { world } = this;
    for (const host of world.hosts) for (const process of host.living()) if (process.kind === "runner") host.end(process);
    await this.stage.until(this.stage.pause(minute));
    const { violations } = this.stage;
    violations.push(...checked(world, this.#models), ...destroyed(world), ...overdone(world), ...elsewhere(world), ...unfounded(world, this.#model));
    this.#setApart();
  }

  #develop(serial: number): void {
    if (this.#isCalm) return;
    if (this.#more === undefined) return this.#push(nextModel(this.#model, this.#plan, serial), `change ${serial}`);
    const { model, isElsewhere } = unitModel({ model: this.#model, older: this.#older }, this.#more, serial);
    // Before anything is live any cloud will do.
    const isKnown = this.world.recorded.at(-1)?.record.identity !== undefined && this.world.recorded.at(-1)?.record.identity !== null;
    this.#push(model, `change ${serial}`, isElsewhere && isKnown);
  }

  /** Plain applies of new jobs until nothing is left to do; a person does what the last one says, and looks before. */
  async #converge(): Promise<void> {
    const { world } = this;
    const rounds = this.#more === undefined ? 12 : 18;
    for (let round = 0; round < rounds; round++) {
      const runner = world.runner(round % world.shape.hosts);
      const said = await this.#works.apply(runner, this.#passes);
      this.#passes = [];
      if (said === "nothing" && world.recorded.at(-1)?.record.lease === null) return;
      if (said.endsWith("LEASE_HELD")) await this.#people.freeLease(round);
      else if (said.endsWith("STATE_LOCKED")) await this.#people.freeLocks(round);
      else if (said.endsWith("PENDING_OPERATIONS")) {
        if ((await this.#people.solve(runner)) === "STATE_LOCKED") await this.#people.freeLocks(round);
      } else if (said.endsWith("GUARD_REFUSED") || said.endsWith("ROLLED_BACK")) this.#keepAll();
      else if (said.endsWith("ROLLBACK_FAILED") || said.endsWith("HELD")) await this.#answer(said);
      else await this.stage.pause(10_000);
      runner.host.end(runner.process);
    }
    this.stage.violations.push({ harm: "stuck", what: `${rounds} applies did not bring it there: ${this.stage.ends.slice(-12).join(", ")}` });
  }

  /** Two deaths within one turn, of the provider that made an object and of the runner that was about to note it: counted, and no harm of a guard. */
  #setApart(): void {
    const { violations } = this.stage;
    const names = [...this.world.unheard].map(nameOf);
    const isTheirs = ({ what }: Violation): boolean => names.some((name) => what.includes(name));
    const apart = violations.filter(isTheirs);
    if (apart.length === 0) return;
    violations.splice(0, violations.length, ...violations.filter((one) => !isTheirs(one)));
    this.stage.page("an object of which provider and runner died before either told");
  }

  /** Does what the message says of a unit that is held or frozen. */
  async #answer(said: string): Promise<void> {
    const { todo, violations } = this.stage;
    if (said.endsWith("ROLLBACK_FAILED")) this.#keepAll();
    if (todo.includes("trueup thaw")) return this.#people.thaw();
    if (todo.includes("keep the resource")) return this.#keepAll();
    if (todo.includes("--override gone")) return this.#letPass();
    if (!todo.includes("trueup retry")) return void violations.push({ harm: "stuck", what: `nobody says how it goes on: ${said}: ${todo}` });
    if (this.#hasRetried) return this.#keepAll();
    await this.#people.retry();
    this.#hasRetried = true;
  }

  /** What held data was deleted by hand: a person looks, and has an empty one made in the next apply. */
  #letPass(): void {
    this.stage.page("data that somebody deleted by hand");
    this.#passes = ["gone"];
  }

  /** A commit that would take away all that a half-applied stack has is refused: a person lets those things stay. */
  #keepAll(): void {
    this.#push(this.#kept(this.#model, "all"), "keep what is there");
  }

  /** With what is there and would go: data as it is, and other things, too, where that is asked. */
  #kept(model: Model, what: "all" | "data"): Model {
    const { states } = this.world.backend;
    const resources = (stack: string): readonly Resource[] =>
      objectsIn(states.get(`${environmentName}.${stack}`) ?? { resources: [], pending: [] }).filter((one) => one.delete !== true);
    const anchor = resources("base").find(({ urn }) => nameOf(urn) === "base-anchor")?.id;
    const kept = Object.entries(model).map(([stack, things]) => {
      const there = new Map(resources(stack).map((one) => [nameOf(one.urn), one]));
      const known = [...this.#models.values()].flatMap((each) => Object.entries(mended(each)[stack] ?? {}));
      const back = known.filter(([name, { named }]) => there.has(name) && (what === "all" || named === "kept"));
      const all = Object.entries({ ...Object.fromEntries(back), ...things }).map(([name, wanted]) => [name, asItIs(wanted, there.get(name), anchor)] as const);
      return [stack, Object.fromEntries(all)] as const;
    });
    return Object.fromEntries(kept);
  }
}

/** Plays one seed; the same seed is the same run. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const plan = randomOf(seed, 1);
  const shape = drawShape(plan);
  const before = drawFaults(plan, kindsOf(seed), isAboutUnits(seed) ? 2 : 1);
  const isAboutLoss = seed >= firstOfLosses;
  const simulation = new Simulation(seed, options, { shape, faults: isAboutLoss ? before : (options.faults ?? before) });
  await simulation.play();
  const drawn = isAboutLoss ? await simulation.lose(randomOf(seed, 6), options.faults, seed) : before;
  await simulation.judge();
  const { world, stage } = simulation;
  const { scheduler } = world;
  return {
    seed,
    shape,
    drawn,
    struck: world.faults.struck,
    strikes: world.strikes,
    doings: doingsOf(world),
    violations: stage.violations,
    paged: stage.paged,
    ends: stage.ends,
    steps: scheduler.steps,
    lastedMs: scheduler.nowMs,
    digest: world.digest >>> 0,
    story: world.story ?? [],
  };
}
