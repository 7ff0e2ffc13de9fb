import type { Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Failures, HostAnswer, Question } from "./failures.ts";

export interface Attempt {
  readonly question: Question;
  /** Whether doing it twice is the same as doing it once. After an unclear failure only such a one is tried again. */
  readonly repeatable: boolean;
  /** Resolves with any answer, also a "no"; rejects when there was none. */
  readonly send: (signal: AbortSignal) => Promise<HostAnswer>;
}

const firstPauseMs = 250;
const mostTries = 4;
/** A host that is silent for so long is asked again rather than waited for. */
const silenceMs = 30_000;

/**
 * One call of the port with all its requests and waiting: they share one deadline.
 * A limit is waited for as long as the host asks when that ends before the deadline; network failures and 5xx are tried again with growing
 * pauses, but only what is repeatable; every other "no" is thrown at once.
 */
export class Call {
  readonly #clock: Clock;
  readonly #failures: Failures;
  readonly #ends: number;

  constructor(clock: Clock, failures: Failures, deadlineMs = 60_000) {
    this.#clock = clock;
    this.#failures = failures;
    this.#ends = clock.monotonicMs() + deadlineMs;
  }

  get leftMs(): number {
    return this.#ends - this.#clock.monotonicMs();
  }

  /** False, at once, when the deadline would come first. */
  async pause(ms: number): Promise<boolean> {
    if (ms >= this.leftMs) return false;
    if (ms > 0) await this.#clock.sleep(ms);
    return true;
  }

  /** The answer, when it is a success; else the Problem. */
  async ask(attempt: Attempt): Promise<HostAnswer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#once(attempt);
      if (!(answer instanceof Problem)) return answer;
      const waitMs = this.#waitMs(answer, attempt, tries);
      if (waitMs === undefined || !(await this.pause(waitMs))) throw answer;
    }
  }

  #waitMs(problem: Problem, attempt: Attempt, tries: number): number | undefined {
    if (problem.retry === "never" || tries >= mostTries) return undefined;
    // A limit is a clear "no, not yet": nothing was done.
    if (problem.code === "FORGE_LIMITED") return problem.retry.afterMs;
    return attempt.repeatable ? firstPauseMs * 2 ** (tries - 1) : undefined;
  }

  async #once({ question, send }: Attempt): Promise<HostAnswer | Problem> {
    const left = Math.min(this.leftMs, silenceMs);
    if (left <= 0) return this.#failures.unreachable(new Error("the deadline of this call is over"), question);
    const silence = AbortSignal.timeout(Math.ceil(left));
    try {
      const answer = await send(silence);
      return answer.status >= 200 && answer.status < 300 ? answer : this.#failures.answered(answer, question);
    } catch (thrown) {
      if (thrown instanceof Problem) return thrown;
      const error = silence.aborted ? new Error(`no answer within ${Math.ceil(left / 1000)} s`) : thrown;
      return this.#failures.unreachable(error, question);
    }
  }
}
