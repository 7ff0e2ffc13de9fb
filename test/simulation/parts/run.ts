import { Problem } from "../../../src/base/problem/index.ts";
import { detectDrift, fixDrift } from "../../../src/workflows/drift/index.ts";
import { liftHolds, setHold } from "../../../src/workflows/holds/index.ts";
import { retryFailed } from "../../../src/workflows/rollback/index.ts";
import { applyEnvironment } from "../../../src/workflows/apply/index.ts";
import { recoverEnvironment } from "../../../src/workflows/recovery/index.ts";
import { checked, untrue, type Violation } from "./check.ts";
import { destroyed, elsewhere, overdone, overtaken, unfounded, unitsTold, Vetoed } from "./check-units.ts";
import { filesOf, firstModel, furnished, lastModel, mended, nextModel, unitModel } from "./commits.ts";
import { drawFaults, type Fault } from "./faults.ts";
import type { Resource } from "./backend.ts";
import { nameOf, type Model, type Wanted } from "./model.ts";
import { environmentName } from "./programs.ts";
import { randomOf, type Random } from "./random.ts";
import { branchRef, epochMs, World, type Runner, type Shape, type Without } from "./world.ts";

export interface SimulationOptions {
  readonly without?: Without;
  /** Keeps what happened, in words. */
  readonly tells?: boolean;
  /** Left out: those that the seed draws. */
  readonly faults?: readonly Fault[];
}

export interface SimulationResult {
  readonly seed: number;
  readonly shape: Shape;
  readonly drawn: readonly Fault[];
  readonly struck: readonly Fault[];
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

type Recovered = Awaited<ReturnType<typeof recoverEnvironment>>;

const mostSteps = 40_000;
const minute = 60_000;
/** From this seed on commits are wrong, too, and people act: stories about units. */
const firstOfUnits = 100_000;

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
  readonly #plan: Random;
  readonly #models = new Map<string, Model>();
  readonly #violations: Violation[] = [];
  readonly #ends: string[] = [];
  readonly #paged: string[] = [];
  #model: Model;
  #older: Model;
  #isCalm = false;
  /** Of a story about units: what more is drawn. */
  readonly #more: Random | undefined;
  readonly #vetoed: Vetoed;
  #todo = "";
  #hasRetried = false;

  constructor(seed: number, options: SimulationOptions, drawn: { readonly shape: Shape; readonly faults: readonly Fault[] }) {
    this.#plan = randomOf(seed, 4);
    this.world = new World(seed, { ...drawn, without: options.without ?? {}, tells: options.tells === true });
    this.#vetoed = new Vetoed(this.world);
    this.world.onRecorded = () => {
      this.#violations.push(...untrue(this.world, this.#models), ...overtaken(this.world), ...unitsTold(this.world));
      this.#vetoed.recorded(this.#models);
    };
    this.world.onBegun = (begun) => void this.#violations.push(...this.#vetoed.begun(begun));
    this.#more = seed < firstOfUnits ? undefined : randomOf(seed, 5);
    const first = firstModel(this.#plan);
    this.#model = this.#more === undefined ? first : furnished(first, this.#more);
    this.#older = this.#model;
  }

  result(): Pick<SimulationResult, "violations" | "paged" | "ends"> {
    return { violations: this.#violations, paged: this.#paged, ends: this.#ends };
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

  /** What a runner did, or that it died. */
  async #apply(runner: Runner): Promise<string> {
    const said = await this.#does(
      runner,
      applyEnvironment(runner.estate, { environment: environmentName, all: false, signal: runner.stop.signal }).then(({ end, problem }) => {
        this.#todo = problem?.todo ?? "";
        return problem === undefined ? end : `${end} ${problem.code}`;
      }),
    );
    this.#ends.push(said);
    return said;
  }

  async #does(runner: Runner, work: Promise<string>): Promise<string> {
    this.world.watch(runner);
    const ended = work.catch((thrown: unknown) => {
      if (!(thrown instanceof Problem)) return this.#broken(thrown);
      this.#todo = thrown.todo;
      return `raised ${thrown.code}`;
    });
    const said = await Promise.race([ended, runner.died]);
    this.world.say(`${runner.process.name}: ${said}`);
    return said;
  }

  /** Looks for what somebody did by hand, and puts it back. */
  async #fix(runner: Runner): Promise<void> {
    const { world } = this;
    const request = { environment: environmentName, signal: runner.stop.signal };
    const work = async (): Promise<string> => {
      const detection = await detectDrift(runner.estate, request);
      world.repairing.set(runner.process, new Set(detection.stacks.flatMap(({ findings }) => findings.map(({ urn }) => urn))));
      const { repaired, problem } = await fixDrift(runner.estate, request, { detection });
      return `put back in ${repaired.length} stacks${problem === undefined ? "" : `, ${problem.code}`}`;
    };
    this.#ends.push(`drift: ${await this.#does(runner, work())}`);
    world.repairing.delete(runner.process);
  }

  /** Somebody at a desk, with a process of their own. */
  async #person(does: (runner: Runner) => Promise<unknown>, words: string): Promise<void> {
    const runner = this.world.runner(0);
    this.world.say(`${runner.process.name}: ${words}`);
    const said = await this.#does(
      runner,
      does(runner).then(() => words),
    );
    if (said === words) this.#ends.push(words);
    if (runner.process.state !== "dead") runner.host.end(runner.process);
  }

  #retry(): Promise<void> {
    return this.#person(({ estate }) => retryFailed(estate, { environment: environmentName }), "lets what failed be tried again");
  }

  #freeze(more: Random): Promise<void> {
    const stack = more.pick(["all", "base", "app", "side"]);
    const asked = { environment: environmentName, kind: "freeze" as const, reason: "it looks wrong", ...(stack === "all" ? {} : { stack }) };
    return this.#person(({ estate }) => setHold(estate, asked, new Date(estate.clock.now().getTime() + 40 * minute)), "freezes");
  }

  #thaw(): Promise<void> {
    return this.#person(({ estate }) => liftHolds(estate, { environment: environmentName, kind: "freeze", reason: "it is in order" }), "thaws");
  }

  /** What people and the cloud do in a story about units. */
  #people(more: Random): readonly Promise<void>[] {
    const at = async (does: () => Promise<void> | void): Promise<void> => {
      await this.#pause(more.below(25 * minute));
      if (!this.#isCalm) await does();
    };
    const some: Promise<void>[] = [];
    for (let left = more.pick([0, 0, 1, 2]); left > 0; left--) some.push(at(() => this.world.meddle(more)));
    for (let left = more.pick([0, 1, 2]); left > 0; left--) some.push(at(() => this.#retry()));
    if (more.chance(0.2)) some.push(at(() => void (this.world.isWell = true)));
    if (more.chance(0.25))
      some.push(
        at(() => this.#freeze(more)),
        at(() => this.#thaw()),
      );
    return some;
  }

  #broken(thrown: unknown): string {
    this.#violations.push({ harm: "broken", what: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    return "broken";
  }

  #pause(ms: number): Promise<void> {
    return new Promise((done) => this.world.scheduler.later(ms, done));
  }

  /** One place where runners run, one after another: jobs of a process each, or one that stays. */
  async #slot(hostIndex: number): Promise<void> {
    const { world } = this;
    const stays = this.#plan.chance(0.4);
    await this.#pause(this.#plan.below(3 * minute));
    let runner = world.runner(hostIndex);
    for (let left = this.#plan.between(1, 3) + (this.#more === undefined ? 0 : 2); left > 0; left--) {
      await (this.#more?.chance(0.2) === true ? this.#fix(runner) : this.#apply(runner));
      if (!stays && runner.process.state !== "dead") runner.host.end(runner.process);
      await this.#pause(this.#plan.between(5_000, 4 * minute));
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
    await this.#until(Promise.all([...slots, ...(this.#more === undefined ? [] : this.#people(this.#more))]));
    world.say("calm");
    this.#isCalm = true;
    world.isWell = true;
    world.calm();
    // What runs without a runner goes on until it ends by itself, or until somebody ends it.
    if (this.#plan.chance(0.5)) await this.#until(this.#pause(30 * minute));
    this.#push(lastModel(this.#more === undefined ? this.#model : this.#kept(mended(this.#model), "data")), "last");
    await this.#until(this.#converge());
    for (const host of world.hosts) for (const process of host.living()) if (process.kind === "runner") host.end(process);
    await this.#until(this.#pause(minute));
    this.#violations.push(...checked(world, this.#models), ...destroyed(world), ...overdone(world), ...elsewhere(world), ...unfounded(world, this.#model));
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

  async #until(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    void done.then(
      () => (isDone = true),
      (thrown: unknown) => {
        isDone = true;
        this.#broken(thrown);
      },
    );
    const how = await this.world.scheduler.run(() => isDone, mostSteps);
    if (how !== "over") this.#violations.push({ harm: "stuck", what: `the run is ${how}` });
  }

  /** Plain applies of new jobs until nothing is left to do; a person does what the last one says, and looks before. */
  async #converge(): Promise<void> {
    const { world } = this;
    const rounds = this.#more === undefined ? 12 : 18;
    for (let round = 0; round < rounds; round++) {
      const runner = world.runner(round % world.shape.hosts);
      const said = await this.#apply(runner);
      if (said === "nothing" && world.recorded.at(-1)?.record.lease === null) return;
      if (said.endsWith("LEASE_HELD")) await this.#freeLease(round);
      else if (said.endsWith("STATE_LOCKED")) await this.#freeLocks(round);
      else if (said.endsWith("PENDING_OPERATIONS")) {
        if ((await this.#solve(runner)) === "STATE_LOCKED") await this.#freeLocks(round);
      } else if (said.endsWith("GUARD_REFUSED") || said.endsWith("ROLLED_BACK")) this.#keepAll();
      else if (said.endsWith("ROLLBACK_FAILED") || said.endsWith("HELD")) await this.#answer(said);
      else await this.#pause(10_000);
      runner.host.end(runner.process);
    }
    this.#violations.push({ harm: "stuck", what: `${rounds} applies did not bring it there: ${this.#ends.slice(-12).join(", ")}` });
  }

  #page(why: string): void {
    this.world.say(`a person is needed: ${why}`);
    this.#paged.push(why);
  }

  /** Two deaths within one turn, of the provider that made an object and of the runner that was about to note it: counted, and no harm of a guard. */
  #setApart(): void {
    const names = [...this.world.unheard].map(nameOf);
    const isTheirs = ({ what }: Violation): boolean => names.some((name) => what.includes(name));
    const apart = this.#violations.filter(isTheirs);
    if (apart.length === 0) return;
    this.#violations.splice(0, this.#violations.length, ...this.#violations.filter((one) => !isTheirs(one)));
    this.#page("an object of which provider and runner died before either told");
  }

  /** Does what the message says of a unit that is held or frozen. */
  async #answer(said: string): Promise<void> {
    const todo = this.#todo;
    if (said.endsWith("ROLLBACK_FAILED")) this.#keepAll();
    if (todo.includes("trueup thaw")) return this.#thaw();
    if (todo.includes("keep the resource")) return this.#keepAll();
    if (!todo.includes("trueup retry")) return void this.#violations.push({ harm: "stuck", what: `nobody says how it goes on: ${said}: ${todo}` });
    if (this.#hasRetried) return this.#keepAll();
    await this.#retry();
    this.#hasRetried = true;
  }

  /** A commit that would take away all that a half-applied stack has is refused: a person lets those things stay. */
  #keepAll(): void {
    this.#push(this.#kept(this.#model, "all"), "keep what is there");
  }

  /** With what is there and would go: data as it is, and other things, too, where that is asked. */
  #kept(model: Model, what: "all" | "data"): Model {
    const { states } = this.world.backend;
    const resources = (stack: string): readonly Resource[] => states.get(`${environmentName}.${stack}`)?.resources.filter((one) => one.delete !== true) ?? [];
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

  /** A lease of a dead holder is waited out; whose process lives ends by itself. */
  async #freeLease(round: number): Promise<void> {
    const lease = this.world.recorded.at(-1)?.record.lease;
    const holder = this.world.hosts.find(({ name }) => name === lease?.host);
    const lives = holder?.find(lease?.pid ?? 0) !== undefined;
    if (round > 8) this.#violations.push({ harm: "stuck", what: `the lease of ${lease?.run}, whose process ${lives ? "lives" : "is dead"}` });
    await this.#pause(lives ? 2 * minute : 71 * minute);
  }

  /** Somebody's lock is waited for; a dead engine's is taken away by a person who looked. */
  async #freeLocks(round: number): Promise<void> {
    const { world } = this;
    for (const lock of world.backend.locks.values()) {
      const host = world.hosts.find(({ name }) => name === lock.host);
      if (host?.find(lock.pid) !== undefined) continue;
      const isOwn = world.backend.listable && host === world.host(round % world.shape.hosts);
      if (isOwn && !this.#isLate(lock))
        this.#violations.push({ harm: "stuck", what: `${lock.name} of our own dead engine ${lock.pid} on ${lock.host} was not taken away` });
      else this.#page(world.backend.listable ? "a lock of a dead engine on another host" : "a lock in a backend that does not list them");
      world.backend.locks.delete(lock.name);
    }
    await this.#pause(2 * minute);
  }

  /** An engine that was stopped before it took its lock, and took it long after: nothing but its number is known then, and that may be another's. */
  #isLate(lock: { readonly pid: number; readonly host: string; readonly since: string }): boolean {
    const { engines, hosts } = this.world;
    const run = engines.find(({ process }) => process.pid === lock.pid);
    const skewMs = hosts.find(({ name }) => name === lock.host)?.skewMs ?? 0;
    return run !== undefined && Date.parse(lock.since) - skewMs - epochMs - run.beganMs > 120_000;
  }

  /** What is in quarantine: a person looks into the cloud and says what is there. */
  async #solve(runner: Runner): Promise<string> {
    const { world } = this;
    const said = new Map<string, "absent" | { readonly id: string }>();
    const seen = await this.#recover(runner, new Map(), true);
    if (typeof seen === "string") return seen;
    const riddles = new Set(seen.stacks.flatMap(({ found }) => found.filter(({ kind }) => kind === "quarantine").map(({ urn }) => urn)));
    for (const state of world.backend.states.values())
      for (const { type, resource } of state.pending) {
        if (type !== "creating" || !riddles.has(resource.urn)) continue;
        const known = new Set(state.resources.map(({ id }) => id));
        const made = world.cloud.of(resource.urn).filter(({ id }) => !known.has(id));
        if (made.some(({ id, type }) => !type.includes("Group") && world.told.has(id)))
          this.#violations.push({ harm: "stuck", what: `${made.map(({ id }) => id).join(", ")} was told and is in quarantine` });
        if (world.cloud.nature.lists) this.#violations.push({ harm: "stuck", what: `${resource.urn} is in quarantine in a cloud that lists` });
        this.#page(`quarantine of what is ${resource.type}`);
        said.set(resource.urn, made[0] === undefined ? "absent" : { id: made[0].id });
      }
    const done = await this.#recover(runner, said, false);
    const outcome = typeof done === "string" ? done : (done.problem?.code ?? "good");
    world.say(`${runner.process.name}: recover ${outcome}`);
    return outcome;
  }

  #recover(runner: Runner, said: ReadonlyMap<string, "absent" | { readonly id: string }>, lookOnly: boolean): Promise<Recovered | string> {
    return recoverEnvironment(runner.estate, { environment: environmentName, lookOnly, said }).catch((thrown: unknown) =>
      thrown instanceof Problem ? thrown.code : this.#broken(thrown),
    );
  }
}

/** Plays one seed; the same seed is the same run. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const plan = randomOf(seed, 1);
  const shape = drawShape(plan);
  const drawn = drawFaults(plan, seed < firstOfUnits ? 1 : 2);
  const simulation = new Simulation(seed, options, { shape, faults: options.faults ?? drawn });
  await simulation.play();
  const { world } = simulation;
  const { scheduler } = world;
  return {
    seed,
    shape,
    drawn,
    struck: world.faults.struck,
    ...simulation.result(),
    steps: scheduler.steps,
    lastedMs: scheduler.nowMs,
    digest: world.digest >>> 0,
    story: world.story ?? [],
  };
}
