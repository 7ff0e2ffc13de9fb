import type { Clock } from "../../base/clock/index.ts";
import type { Progress } from "../estate/index.ts";

const busy: ReadonlySet<string> = new Set(["previewing", "applying", "refreshing"]);

/** Adds up how long engines worked, from what a run tells of its stacks. */
export class EngineTime {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #since = new Map<string, number>();
  #totalMs = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  take(progress: Progress): void {
    if (progress.kind !== "stack") return;
    const now = this.#clock.monotonicMs();
    const since = this.#since.get(progress.stack);
    if (since !== undefined) this.#totalMs += now - since;
    if (busy.has(progress.state)) this.#since.set(progress.stack, now);
    else this.#since.delete(progress.stack);
  }

  get ms(): number {
    return this.#totalMs;
  }
}
