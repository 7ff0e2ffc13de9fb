import { setTimeout as wait } from "node:timers/promises";
import type { Logged, Purpose } from "./server.ts";

/** Outages, latency and reordering on demand. */

export interface Fault {
  /** Against "METHOD /path?query", or what the request is for; "read" and "write" stand for all of their kind, "git" for fetches and pushes, "api" for all but those. */
  readonly match: RegExp | Purpose | "read" | "write" | "git" | "api" | "api write" | "any";
  /** How many requests meet it; 1 by default. */
  readonly times?: number;
  /** How many matching requests pass before it begins. */
  readonly after?: number;
  readonly delayMs?: number;
  /** Answers this instead of doing anything; with `tookEffect` it is done first. */
  readonly status?: number;
  readonly tookEffect?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
  /** Ends the connection before the request did anything, after it did, or in the middle of the answer. */
  readonly drop?: "before" | "after" | "during";
}

interface Aimed extends Fault {
  left: number;
  passing: number;
}

export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const isRead = (method: string): boolean => method === "GET" || method === "HEAD";

const isGit = (purpose: string): boolean => purpose === "git.fetch" || purpose === "git.push";

/** Words that stand for many requests. */
const kinds: Readonly<Record<string, (one: Logged) => boolean>> = {
  any: () => true,
  git: ({ purpose }) => isGit(purpose),
  api: ({ purpose }) => !isGit(purpose),
  "api write": ({ purpose, method }) => !isGit(purpose) && !isRead(method),
  write: ({ purpose, method }) => purpose === "git.push" || (!isGit(purpose) && !isRead(method)),
  read: ({ purpose, method }) => purpose === "git.fetch" || (!isGit(purpose) && isRead(method)),
};

function meets({ match }: Fault, one: Logged): boolean {
  if (match instanceof RegExp) return match.test(`${one.method} ${one.path}`);
  return kinds[match]?.(one) ?? one.purpose === match;
}

export class Faults {
  readonly #aimed: Aimed[] = [];
  #pause: () => Promise<void> = () => Promise.resolve();

  add(fault: Fault): void {
    this.#aimed.push({ ...fault, left: fault.times ?? 1, passing: fault.after ?? 0 });
  }

  clear(): void {
    this.#aimed.splice(0);
  }

  jitter(seed: number, maxMs: number): void {
    const random = randomOf(seed);
    this.#pause = async () => {
      await wait(random() * maxMs);
    };
  }

  pause(): Promise<void> {
    return this.#pause();
  }

  /** The fault that this request meets, used up by it. */
  meet(logged: Logged): Fault | undefined {
    const fault = this.#aimed.find((candidate) => candidate.left > 0 && meets(candidate, logged));
    if (fault === undefined) return undefined;
    if (fault.passing > 0) {
      fault.passing -= 1;
      return undefined;
    }
    fault.left -= 1;
    return fault;
  }
}
