import type { AgentEvent } from "./events.ts";

const intervalsAllowed = 3;

/**
 * Whether an agent still looks. One that is told about trouble with a repository is in good health, and so is one that waits after trouble as long
 * as it said it would. Only what no look ends for is ill: then the process is the trouble, and to start it anew is the remedy. One repository that
 * hangs while others are looked at shows in the metrics: to end the others' work for it would help nobody.
 */
export class Health {
  #allowedMs = 0;
  #aliveUntil = 0;
  #lastEnd = 0;
  #trouble: string | undefined;

  take(event: AgentEvent, now: Date): void {
    if (event.kind === "started") {
      this.#allowedMs = intervalsAllowed * event.intervalMs;
      this.#lastEnd = now.getTime();
      this.#aliveUntil = now.getTime() + this.#allowedMs;
    }
    if (event.kind === "looked") {
      this.#lastEnd = now.getTime();
      this.#aliveUntil = Math.max(this.#aliveUntil, now.getTime() + event.nextMs + this.#allowedMs);
      this.#trouble = event.problem?.code;
    }
  }

  /** Why it is ill; undefined: it is not. */
  ill(now: Date): string | undefined {
    if (now.getTime() <= this.#aliveUntil) return undefined;
    const seconds = Math.round((now.getTime() - this.#lastEnd) / 1000);
    const before = this.#trouble === undefined ? "" : `; the one before ended with ${this.#trouble}`;
    return `no look at any repository has ended for ${seconds} s${before}`;
  }
}
