import type { Random } from "./random.ts";

/** Something that acts: a runner, an engine. What is paused or dead is not let go on. */
export interface Actor {
  readonly name: string;
  readonly kind: "runner" | "engine" | "world";
  state: "running" | "paused" | "dead";
}

/** A place at which an actor waits to be let go on. */
interface Waiting {
  readonly actor: Actor;
  readonly label: string;
  readyMs: number;
  readonly go: () => void;
}

/** Asked each time that an actor is about to go on: what a fault does there. True lets it go on. */
export type AtPoint = (actor: Actor, label: string) => boolean;

const drained = (): Promise<void> => new Promise((done) => void setImmediate(done));

/**
 * Time and order of everything, without a timer: whoever acts waits at a point until it is picked, by the seed, among those that are ready. Time
 * goes on only when nobody is.
 */
export class Scheduler {
  nowMs = 0;
  steps = 0;
  atPoint: AtPoint = () => true;
  readonly #random: Random;
  readonly #world: Actor = { name: "world", kind: "world", state: "running" };
  #waiting: Waiting[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Lets the actor go on after `ms`, when its turn has come; never when it dies before. */
  point(actor: Actor, label: string, ms: number): Promise<void> {
    return new Promise((go) => {
      if (actor.state !== "dead") this.#waiting.push({ actor, label, readyMs: this.nowMs + ms, go });
    });
  }

  /** As `point`, given up with an AbortError when the signal comes. */
  sleep(actor: Actor, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((go, fail) => {
      const aborted = (): void => fail(new DOMException("The operation was aborted", "AbortError"));
      if (signal?.aborted === true) return aborted();
      const waiting: Waiting = {
        actor,
        label: "sleep",
        readyMs: this.nowMs + ms,
        go: () => {
          signal?.removeEventListener("abort", onAbort);
          go();
        },
      };
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        aborted();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** What the world does by itself after a while. */
  later(ms: number, go: () => void): void {
    this.#waiting.push({ actor: this.#world, label: "world", readyMs: this.nowMs + ms, go });
  }

  /** A handler in an actor's own turn; handlers of one actor and label keep their order. */
  post(actor: Actor, label: string, go: () => void): void {
    this.#waiting.push({ actor, label, readyMs: this.nowMs, go });
  }

  forget(actor: Actor): void {
    this.#waiting = this.#waiting.filter((one) => one.actor !== actor);
  }

  /** Until it is over, or nobody can go on ("stalled"), or it took too many steps ("endless"). */
  async run(isOver: () => boolean, mostSteps: number): Promise<"over" | "stalled" | "endless"> {
    for (const end = this.steps + mostSteps; this.steps < end;) {
      await drained();
      if (isOver()) return "over";
      const next = this.#next();
      if (next === undefined) return "stalled";
      this.steps += 1;
      if (next.actor.kind === "world" || this.atPoint(next.actor, next.label)) next.go();
      else if (this.#isAlive(next)) this.#waiting.push(next);
    }
    return "endless";
  }

  #isAlive({ actor }: Waiting): boolean {
    return actor.state !== "dead";
  }

  #next(): Waiting | undefined {
    const able = this.#waiting.filter(({ actor }) => actor.state === "running");
    if (able.length === 0) return undefined;
    let soonest = Infinity;
    for (const { readyMs } of able) if (readyMs < soonest) soonest = readyMs;
    if (soonest > this.nowMs) this.nowMs = soonest;
    const ready = able.filter(({ readyMs }) => readyMs <= this.nowMs);
    let picked = ready[this.#random.below(ready.length)];
    if (picked === undefined) return undefined;
    // What one actor is told by another comes in the order in which it was said.
    const { actor, label } = picked;
    if (label.startsWith("told ")) picked = ready.find((one) => one.actor === actor && one.label === label) ?? picked;
    this.#waiting.splice(this.#waiting.indexOf(picked), 1);
    return picked;
  }
}
