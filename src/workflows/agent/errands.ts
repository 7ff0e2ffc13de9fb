import type { Clock } from "../../base/clock/index.ts";
import { asProblem } from "../../base/problem/index.ts";
import { newRunId } from "../ledger/index.ts";
import { EngineTime } from "./engine-time.ts";
import type { Ended, Errand } from "./errand.ts";
import type { About, Tell } from "./events.ts";
import { Setbacks } from "./setbacks.ts";
import type { Turns } from "./turns.ts";

export interface ErrandsOptions {
  readonly repository: string;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly hardSignal: AbortSignal;
  readonly tell: Tell;
  /** Called when one ended: what it was about looks different now. */
  readonly ended: (errand: Errand) => void;
}

/** What is being done in one repository, and what waits for its turn. */
export class Errands {
  readonly #options: ErrandsOptions;
  readonly #setbacks = new Setbacks();
  readonly #known = new Map<string, Promise<void>>();
  /** By `alone`: the last in the row. */
  readonly #rows = new Map<string, Promise<void>>();

  constructor(options: ErrandsOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#known.size === 0;
  }

  /** When this one may be tried, in ms since the epoch; undefined: now. */
  restsUntil({ key, subject }: Errand): number | undefined {
    return this.#setbacks.until(key, subject, this.#options.clock.now());
  }

  /** Lets it wait for its turn. Does nothing when one of its key is there already, or when it failed lately. */
  start(errand: Errand): void {
    const { key, alone = key, light } = errand;
    if (this.#known.has(key) || this.restsUntil(errand) !== undefined) return;
    const before = this.#rows.get(alone) ?? Promise.resolve();
    const { turns } = this.#options;
    const mine = before.then(() => (light === true ? this.#run(errand) : turns.take(() => this.#run(errand))));
    this.#known.set(key, mine);
    this.#rows.set(alone, mine);
    void mine.finally(() => {
      this.#known.delete(key);
      if (this.#rows.get(alone) === mine) this.#rows.delete(alone);
      this.#options.ended(errand);
    });
  }

  /** Resolves when nothing of now waits or runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#known.values());
  }

  /** Of one key, when it is done. */
  async of(key: string): Promise<void> {
    await this.#known.get(key);
  }

  /** Never throws: one thing that goes wrong must not keep the others from their turn. */
  async #run(errand: Errand): Promise<void> {
    const { repository, clock, signal, hardSignal, tell } = this.#options;
    if (signal.aborted) return;
    const { what, on, environment } = errand;
    const about: About = { repository, what, on, job: newRunId(clock.now()), ...(environment === undefined ? {} : { environment }) };
    const began = clock.monotonicMs();
    const engine = new EngineTime(clock);
    let isTold = false;
    const ended = await errand
      .do({
        signal,
        hardSignal,
        observe: (progress) => {
          engine.take(progress);
          const text = progress.kind === "step" ? progress.text : progress.kind === "stack" ? `${progress.stack} ${progress.state}` : undefined;
          if (text === undefined) return;
          if (!isTold) tell({ kind: "begun", ...about });
          isTold = true;
          tell({ kind: "step", text, ...about });
        },
      })
      .catch((thrown: unknown): Ended => ({ kind: "done", problem: asProblem(thrown, on) }));
    if (ended.kind === "nothing" && !isTold) return;
    const problem = ended.kind === "nothing" ? undefined : ended.problem;
    if (problem === undefined) this.#setbacks.over(errand.key);
    else this.#setbacks.failed(errand.key, { subject: errand.subject, problem }, clock.now());
    const { kind: _, ...rest } = ended;
    tell({ kind: "ended", ms: clock.monotonicMs() - began, engineMs: engine.ms, ...rest, ...about });
  }
}
