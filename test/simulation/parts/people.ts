import { Problem } from "../../../src/base/problem/index.ts";
import { liftHolds, setHold } from "../../../src/workflows/holds/index.ts";
import { recoverEnvironment } from "../../../src/workflows/recovery/index.ts";
import { retryFailed, rollBackNow } from "../../../src/workflows/rollback/index.ts";
import { objectsIn } from "./backend.ts";
import { environmentName } from "./programs.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import { epochMs, type Runner } from "./world.ts";

type Recovered = Awaited<ReturnType<typeof recoverEnvironment>>;
/** What somebody who looked into the cloud says, by urn. */
export type Answers = ReadonlyMap<string, "absent" | { readonly id: string }>;

const minute = 60_000;

/** Those who do what no runner does by itself, at desks with processes of their own. */
export class People {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async #does(does: (runner: Runner) => Promise<unknown>, words: string): Promise<void> {
    const { world, ends } = this.#stage;
    const runner = world.runner(0);
    world.say(`${runner.process.name}: ${words}`);
    const said = await this.#stage.does(
      runner,
      does(runner).then(() => words),
    );
    if (said === words) ends.push(words);
    if (runner.process.state !== "dead") runner.host.end(runner.process);
  }

  retry(): Promise<void> {
    return this.#does(({ estate }) => retryFailed(estate, { environment: environmentName }), "lets what failed be tried again");
  }

  takeBack(stack: string): Promise<void> {
    const asked = { environment: environmentName, stacks: [stack], reason: "it looks wrong", by: "ann" };
    return this.#does(({ estate }) => rollBackNow(estate, asked), `takes ${stack} back`);
  }

  freeze(more: Random): Promise<void> {
    return this.freezeOf(more.pick(["all", "base", "app", "side"]));
  }

  freezeOf(stack: string): Promise<void> {
    const asked = { environment: environmentName, kind: "freeze" as const, reason: "it looks wrong", ...(stack === "all" ? {} : { stack }) };
    return this.#does(({ estate }) => setHold(estate, asked, new Date(estate.clock.now().getTime() + 40 * minute)), "freezes");
  }

  thaw(): Promise<void> {
    return this.#does(({ estate }) => liftHolds(estate, { environment: environmentName, kind: "freeze", reason: "it is in order" }), "thaws");
  }

  /** A lease of a dead holder is waited out; whose process lives ends by itself. */
  async freeLease(round: number): Promise<void> {
    const { world, violations } = this.#stage;
    const lease = world.recorded.at(-1)?.record.lease;
    const holder = world.hosts.find(({ name }) => name === lease?.host);
    const lives = holder?.find(lease?.pid ?? 0) !== undefined;
    if (round > 8) violations.push({ harm: "stuck", what: `the lease of ${lease?.run}, whose process ${lives ? "lives" : "is dead"}` });
    await this.#stage.pause(lives ? 2 * minute : 71 * minute);
  }

  /** Somebody's lock is waited for; a dead engine's is taken away by a person who looked. */
  async freeLocks(round: number): Promise<void> {
    const { world, violations } = this.#stage;
    for (const lock of world.backend.locks.values()) {
      const host = world.hosts.find(({ name }) => name === lock.host);
      if (host?.find(lock.pid) !== undefined) continue;
      const isOwn = world.backend.listable && host === world.host(round % world.shape.hosts);
      if (isOwn && !this.#isLate(lock))
        violations.push({ harm: "stuck", what: `${lock.name} of our own dead engine ${lock.pid} on ${lock.host} was not taken away` });
      else this.#stage.page(world.backend.listable ? "a lock of a dead engine on another host" : "a lock in a backend that does not list them");
      world.backend.locks.delete(lock.name);
    }
    await this.#stage.pause(2 * minute);
  }

  /** An engine that was stopped before it took its lock, and took it long after: nothing but its number is known then, and that may be another's. */
  #isLate(lock: { readonly pid: number; readonly host: string; readonly since: string }): boolean {
    const { engines, hosts } = this.#stage.world;
    const run = engines.find(({ process }) => process.pid === lock.pid);
    const skewMs = hosts.find(({ name }) => name === lock.host)?.skewMs ?? 0;
    return run !== undefined && Date.parse(lock.since) - skewMs - epochMs - run.beganMs > 120_000;
  }

  /** What is in quarantine: a person looks into the cloud and says what is there. */
  async solve(runner: Runner): Promise<string> {
    const { world, violations } = this.#stage;
    const said = new Map<string, "absent" | { readonly id: string }>();
    const seen = await this.#recover(runner, new Map(), true);
    if (typeof seen === "string") return seen;
    const riddles = new Set(seen.stacks.flatMap(({ found }) => found.filter(({ kind }) => kind === "quarantine").map(({ urn }) => urn)));
    for (const state of world.backend.states.values())
      for (const { type, resource } of state.pending) {
        if (type !== "creating" || !riddles.has(resource.urn)) continue;
        const known = new Set(objectsIn(state).map(({ id }) => id));
        const made = world.cloud.of(resource.urn).filter(({ id }) => !known.has(id));
        // A name may have been told of an earlier object that had it.
        if (made.some(({ id, type: kind }) => !kind.includes("Group") && world.told.has(id)))
          violations.push({ harm: "stuck", what: `${made.map(({ id }) => id).join(", ")} was told and is in quarantine` });
        if (world.cloud.nature.lists) violations.push({ harm: "stuck", what: `${resource.urn} is in quarantine in a cloud that lists` });
        this.#stage.page(`quarantine of what is ${resource.type}`);
        said.set(resource.urn, made[0] === undefined ? "absent" : { id: made[0].id });
      }
    const done = await this.#recover(runner, said, false);
    const outcome = typeof done === "string" ? done : (done.problem?.code ?? "good");
    world.say(`${runner.process.name}: recover ${outcome}`);
    return outcome;
  }

  #recover(runner: Runner, said: Answers, lookOnly: boolean): Promise<Recovered | string> {
    return recoverEnvironment(runner.estate, { environment: environmentName, lookOnly, said }).catch((thrown: unknown) =>
      thrown instanceof Problem ? thrown.code : this.#stage.broken(thrown),
    );
  }

  /**
   * What of the cloud is in no state, of these urns: somebody looks there, and reads what every state says. Of several that a list tells of, those that came
   * after the first are what a run that failed has left: they are deleted, as the message says.
   */
  look(urns: Iterable<string>): Answers {
    const { cloud, backend } = this.#stage.world;
    const known = new Set([...backend.states.values()].flatMap(objectsIn).map(({ id }) => id));
    return new Map(
      [...urns].map((urn): readonly [string, "absent" | { readonly id: string }] => {
        const [first, ...later] = cloud.of(urn).filter(({ id }) => !known.has(id));
        if (first === undefined) return [urn, "absent"];
        if (!cloud.nature.lists) return [urn, { id: (later.at(-1) ?? first).id }];
        for (const one of later) cloud.meddle(one, "gone");
        return [urn, { id: first.id }];
      }),
    );
  }
}
