import type { Clock } from "../../../base/clock/index.ts";

/** GitHub allows 80 requests a minute that make content, and asks for a second between writes when there are many. */
const burst = 20;
const spacingMs = 1000;

/** Lets a burst of writes through at once, then one a second: an ordinary run never waits, a flood stays under GitHub's limit. */
export class WritePace {
  readonly #clock: Clock;
  #tokens = burst;
  #filledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.monotonicMs();
  }

  /** Takes a turn and says how long to wait for it. */
  takeMs(): number {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledAt) / spacingMs);
    this.#filledAt = now;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens * spacingMs);
  }
}
