import type { Problem } from "../../base/problem/index.ts";
import { nextTry, type Attempt } from "./patience.ts";

interface Setback {
  readonly subject: string;
  /** Newest first. */
  readonly attempts: readonly Attempt[];
  readonly until: number;
}

const mostKept = 1_000;
const mostAttempts = 12;
const longestPassingWaitMs = 15 * 60_000;

/** A trouble that may pass by itself: after what was asked for, then twice as long each time. Milliseconds. */
export function passingWaitMs(afterMs: number, failures: number): number {
  return Math.min(longestPassingWaitMs, afterMs * 2 ** Math.max(0, failures - 1));
}

/**
 * What failed lately and is not to be tried again yet, about the very same thing. It may be lost with the process: then everything is tried once
 * more. What the ledger records of failed applies is asked besides, and holds for every agent.
 */
export class Setbacks {
  readonly #known = new Map<string, Setback>();

  failed(key: string, about: { readonly subject: string; readonly problem: Problem }, now: Date): void {
    const before = this.#known.get(key);
    const same = before?.subject === about.subject ? before.attempts : [];
    const attempts = [{ at: now, result: "failed" }, ...same].slice(0, mostAttempts);
    this.over(key);
    // Who holds a lease may end at any moment, or be proved dead: that is asked again with each look.
    if (about.problem.code === "LEASE_HELD" || about.problem.code === "CANCELLED") return;
    const { retry } = about.problem;
    const passing = retry === "never" ? undefined : now.getTime() + passingWaitMs(retry.afterMs, attempts.length);
    this.#known.set(key, { subject: about.subject, attempts, until: passing ?? nextTry(attempts)?.getTime() ?? 0 });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKept && oldest !== undefined) this.#known.delete(oldest);
  }

  /** When it may be tried again, in ms since the epoch; undefined: now. */
  until(key: string, subject: string, now: Date): number | undefined {
    const found = this.#known.get(key);
    return found !== undefined && found.subject === subject && found.until > now.getTime() ? found.until : undefined;
  }

  over(key: string): void {
    this.#known.delete(key);
  }
}
