import { objectsIn } from "./backend.ts";
import { lost } from "./check.ts";
import { drawFaults, type Fault, type FaultKind } from "./faults.ts";
import { lose, takenAway, type Left } from "./losses.ts";
import { nameOf, stackOf, type Model } from "./model.ts";
import type { People } from "./people.ts";
import { environmentName } from "./programs.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import type { Works } from "./works.ts";
import type { Runner } from "./world.ts";

const minute = 60_000;
const mostRounds = 40;

/** The second part of a story about a loss: an environment that was well, what is left of it, and those who rebuild it. */
export class Rebuilding {
  readonly #stage: Stage;
  readonly #people: People;
  readonly #works: Works;
  readonly #random: Random;
  readonly #faults: readonly Fault[] | undefined;
  readonly #kinds: readonly FaultKind[];
  readonly #models: ReadonlyMap<string, Model>;
  /** What a rebuild asked for, and of which somebody looks into the cloud each time. */
  readonly #asked = new Set<string>();
  #overrides: readonly string[] = [];
  #left: Left = { ids: new Set(), follows: new Set(), others: new Set() };
  #leaseWaits = 0;

  constructor(about: {
    readonly stage: Stage;
    readonly people: People;
    readonly works: Works;
    readonly random: Random;
    readonly faults: readonly Fault[] | undefined;
    readonly kinds: readonly FaultKind[];
    /** What each commit declares. */
    readonly models: ReadonlyMap<string, Model>;
  }) {
    this.#stage = about.stage;
    this.#people = about.people;
    this.#works = about.works;
    this.#random = about.random;
    this.#faults = about.faults;
    this.#kinds = about.kinds;
    this.#models = about.models;
  }

  /** Something is lost, and everybody who is there does something about it while things go wrong. `develop`: somebody pushes a sound commit. Answers the faults that were drawn. */
  async disaster(develop: () => void): Promise<readonly Fault[]> {
    const { world } = this.#stage;
    const random = this.#random;
    this.#left = lose(world, random, this.#models);
    const drawn = drawFaults(random, this.#kinds);
    world.faults.add(this.#faults ?? drawn);
    const runners = random.pick([1, 1, 2, 2, 3]);
    const slots = Array.from({ length: runners }, (_, at) => this.#slot(at % world.shape.hosts));
    const pushes = random.chance(0.3) ? [this.#stage.pause(random.below(10 * minute)).then(develop)] : [];
    await this.#stage.until(Promise.all([...slots, ...pushes]));
    return drawn;
  }

  /** What was made again, or is still to be, is lost once more. */
  loseMore(): void {
    const { world, violations } = this.#stage;
    violations.push(...takenAway(world, this.#left));
    const { follows } = this.#left;
    const left = lose(world, this.#random, this.#models);
    this.#left = { ...left, follows: new Set([...follows, ...left.follows]) };
  }

  async #slot(hostIndex: number): Promise<void> {
    const { world } = this.#stage;
    const random = this.#random;
    await this.#stage.pause(random.below(3 * minute));
    let runner = world.runner(hostIndex);
    for (let left = random.between(1, 4); left > 0; left--) {
      await this.#somehow(runner);
      if (runner.process.state !== "dead") runner.host.end(runner.process);
      await this.#stage.pause(random.between(5_000, 4 * minute));
      runner = world.runner(hostIndex);
    }
    runner.host.end(runner.process);
  }

  async #somehow(runner: Runner): Promise<void> {
    const what = this.#random.below(10);
    if (what === 0) await this.#works.fix(runner);
    else if (what <= 2) await this.#works.apply(runner);
    else this.#hear(await this.#rebuild(runner, what === 3 ? [this.#random.pick(["base", "app", "side"])] : undefined));
  }

  /** A person looks into the cloud for all that was asked, types it, and answers the question. */
  #rebuild(runner: Runner, stacks?: readonly string[]): Promise<string> {
    const random = this.#random;
    const said = this.#people.look(this.#asked);
    const isGone = random.chance(0.3) ? this.#emptied() : [];
    const asked = { said, gone: isGone, overrides: this.#overrides, ...(stacks === undefined ? {} : { stacks }) };
    return this.#works.rebuild(runner, asked, random.chance(0.2) ? random.below(5 * minute) : 2_000);
  }

  /** Stacks that were asked for, and of which the cloud has nothing that is in no state. */
  #emptied(): readonly string[] {
    const { cloud, backend } = this.#stage.world;
    const known = new Set([...backend.states.values()].flatMap(objectsIn).map(({ id }) => id));
    const left = new Set([...cloud.things.values()].filter(({ id }) => !known.has(id)).map(({ urn }) => stackOf(urn)));
    const asked = new Set([...this.#asked].map(stackOf));
    return [...asked].filter((stack) => !left.has(stack)).map((stack) => stack.slice(environmentName.length + 1));
  }

  /** Keeps in mind what the refusal of a rebuild asks for. Answers whether it asked. */
  #hear(said: string): boolean {
    const { todo, world } = this.#stage;
    const urn = said.endsWith("GUARD_REFUSED") ? /--exists '([^']+)=ID'/.exec(todo)?.[1] : undefined;
    if (urn !== undefined) {
      if (world.cloud.nature.lists && world.cloud.of(urn).length < 2)
        this.#stage.violations.push({ harm: "stuck", what: `a person is asked for ${nameOf(urn)} in a cloud that lists` });
      this.#stage.page("whether something still exists");
      this.#asked.add(urn);
      return true;
    }
    if (!/ (?:GUARD_REFUSED|HELD)$/.test(said) || !todo.includes("--override stateful")) return false;
    this.#stage.page("data that would be made anew on another anchor");
    this.#overrides = ["stateful"];
    for (const follower of this.#left.follows) world.givenUp.add(follower);
    return true;
  }

  /** Plain rebuilds of new jobs until nothing is lost any more; a person does what the last one says. */
  async untilGood(): Promise<void> {
    const { world, violations, ends } = this.#stage;
    for (let round = 0; round < mostRounds; round++) {
      const runner = world.runner(round % world.shape.hosts);
      const said = await this.#rebuild(runner);
      if (/: (?:good|nothing)$/.test(said)) {
        runner.host.end(runner.process);
        // A run that died has its lease yet, and may have left more; who comes next finds it.
        if (world.recorded.at(-1)?.record.lease === null) violations.push(...lost(world));
        violations.push(...takenAway(world, this.#left));
        return;
      }
      await this.#help(runner, said, round);
      runner.host.end(runner.process);
    }
    violations.push({ harm: "stuck", what: `${mostRounds} rebuilds did not bring it there: ${ends.slice(-8).join(", ")}: ${this.#stage.todo}` });
  }

  async #help(runner: Runner, said: string, round: number): Promise<void> {
    if (this.#hear(said)) return;
    if (said.endsWith("LEASE_HELD")) await this.#people.freeLease((this.#leaseWaits += 1));
    else if (said.endsWith("STATE_LOCKED")) await this.#people.freeLocks(round);
    else if (said.endsWith("PENDING_OPERATIONS")) {
      if ((await this.#people.solve(runner)) === "STATE_LOCKED") await this.#people.freeLocks(round);
    } else if (said.endsWith("STALE") && this.#stage.todo.includes("trueup apply")) await this.#help(runner, await this.#works.apply(runner), round);
    else if (said.endsWith("HELD")) await this.#people.thaw();
    else await this.#stage.pause(10_000);
  }
}
