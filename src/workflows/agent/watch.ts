import type { Clock } from "../../base/clock/index.ts";
import { asProblem, type Problem } from "../../base/problem/index.ts";
import type { Ended, Errand, ErrandRun } from "./errand.ts";
import { Errands } from "./errands.ts";
import type { Tell } from "./events.ts";
import type { Grounds, Standing } from "./grounds.ts";
import { passingWaitMs } from "./setbacks.ts";
import type { Turns } from "./turns.ts";

export interface WatchOptions {
  /** As logs and metrics call it. */
  readonly repository: string;
  readonly environments: readonly string[];
  /** Called again after trouble: settings, tokens and the network may be others by then. */
  readonly open: () => Promise<Grounds>;
  readonly intervalMs: number;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly hardSignal: AbortSignal;
  readonly tell: Tell;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Agents that were started together must not ask the host together. Only ever sooner: whoever sets an interval wants to hear of a merge within it. */
const jitter = 0.2;
const leastPauseMs = 1_000;
const longestCloseMs = 10_000;
/** After this long without anything to do, servers of the engine are ended: they hold as much memory as the agent itself. */
const restAfterMs = 2 * 60_000;
/** After this long an environment that could not be read is read again although nothing moved. */
const unreadableMs = 5 * 60_000;
/** A holder that dies moves no branch: while there is one it is looked at again. */
const heldMs = 60_000;

/** What is true again as soon as it was asked anew: these problems are about the whole of a repository's forge. */
const isOfForge = (problem: Problem): boolean => problem.code.startsWith("FORGE_");

/**
 * One repository, looked at again and again. A look asks what *is*, never what happened since the last one: what was missed, doubled or late changes
 * nothing. It is short: what takes long is begun and waits for its turn, while the looking goes on.
 */
export class Watch {
  readonly #options: WatchOptions;
  readonly #errands: Errands;
  #grounds: Grounds | undefined;
  #failures = 0;
  #forge: { readonly failures: number; readonly until: number } = { failures: 0, until: 0 };
  /** When something was last to be done; undefined: nothing since it rested. */
  #busyAt: number | undefined;
  /** Environment → until when nothing is to be seen there unless a branch moves. */
  readonly #calm = new Map<string, number>();
  readonly #unreadable = new Set<string>();

  constructor(options: WatchOptions) {
    this.#options = options;
    const { repository, turns, clock, signal, hardSignal, tell } = options;
    const ended = ({ environment }: Errand): void => {
      this.#busyAt = clock.monotonicMs();
      if (environment === undefined) this.#calm.clear();
      else this.#calm.delete(environment);
    };
    this.#errands = new Errands({ repository, turns, clock, signal, hardSignal, tell, ended });
  }

  /** Looks until it is told to stop; with `once` a single time. Returns how often, when all that was begun has ended. */
  async keepLooking(once: boolean): Promise<number> {
    const { signal, clock } = this.#options;
    // A host that does not answer must not keep an agent that is told to stop.
    const stopped = new Promise<"stopped">((resolve) => signal.addEventListener("abort", () => resolve("stopped"), { once: true }));
    let looks = 0;
    while (!signal.aborted) {
      const waitMs = await Promise.race([this.#look(), stopped]);
      if (waitMs === "stopped") break;
      looks += 1;
      if (once) break;
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
    await this.#errands.settled();
    await Promise.race([this.#close(), clock.sleep(longestCloseMs)]);
    return looks;
  }

  async #look(): Promise<number> {
    const { repository, clock, tell } = this.#options;
    const began = clock.monotonicMs();
    const problem = await this.#lookAll().catch((thrown: unknown) => asProblem(thrown, `repository ${repository}`));
    // Nobody waits for it any more: what it says now is about a repository that is being closed.
    if (this.#options.signal.aborted) return 0;
    const ms = clock.monotonicMs() - began;
    // From look to look, not from end to begin: a slow host must not make the interval longer.
    const nextMs = Math.max(leastPauseMs, Math.round(this.#nextMs(problem) - ms));
    tell({ kind: "looked", repository, ms, nextMs, ...(problem === undefined ? {} : { problem }) });
    if (problem === undefined) {
      if (this.#failures > 0) tell({ kind: "recovered", repository, of: "repository" });
      this.#failures = 0;
      return nextMs;
    }
    tell({ kind: "trouble", repository, of: "repository", problem, nextMs });
    if (this.#errands.isIdle) await this.#close();
    return nextMs;
  }

  #nextMs(problem: Problem | undefined): number {
    const { intervalMs, random } = this.#options;
    const spread = 1 - jitter * random();
    if (problem === undefined) return intervalMs * spread;
    this.#failures += 1;
    const askedMs = problem.retry === "never" ? intervalMs : Math.max(intervalMs, problem.retry.afterMs);
    return Math.max(askedMs, passingWaitMs(intervalMs, this.#failures)) * spread;
  }

  async #lookAll(): Promise<undefined> {
    this.#grounds ??= await this.#options.open();
    const moved = await this.#grounds.poll();
    if (moved) for (const environment of this.#options.environments) this.#grounds.expect?.(environment);
    await this.#rest(this.#grounds, moved);
    const mayTell = await this.#talk(this.#grounds);
    for (const environment of this.#options.environments) {
      if (moved) this.#calm.delete(environment);
      await this.#environment(this.#grounds, environment, mayTell);
    }
  }

  async #rest(grounds: Grounds, moved: boolean): Promise<void> {
    const now = this.#options.clock.monotonicMs();
    if (moved || !this.#errands.isIdle) this.#busyAt = now;
    if (this.#busyAt === undefined || now - this.#busyAt < restAfterMs) return;
    this.#busyAt = undefined;
    await grounds.rest?.();
  }

  /** Whether the forge can be asked. One that cannot holds back what needs it, and nothing else. */
  async #talk(grounds: Grounds): Promise<boolean> {
    const { repository, clock, signal, tell } = this.#options;
    if (grounds.talk === undefined) return true;
    if (clock.now().getTime() < this.#forge.until) return false;
    try {
      for (const errand of await grounds.talk()) {
        if (signal.aborted) return true;
        this.#errands.start(errand);
        if (errand.light === true) await this.#errands.of(errand.key);
      }
    } catch (thrown) {
      const problem = asProblem(thrown, `repository ${repository}`);
      if (!isOfForge(problem)) throw problem;
      const failures = this.#forge.failures + 1;
      const { intervalMs } = this.#options;
      const nextMs = Math.max(passingWaitMs(intervalMs, failures), problem.retry === "never" ? 0 : problem.retry.afterMs);
      // The look that comes at that time, or a little sooner, is to ask.
      this.#forge = { failures, until: clock.now().getTime() + nextMs * (1 - jitter) };
      tell({ kind: "trouble", repository, of: "forge", problem, nextMs });
      return false;
    }
    if (this.#forge.failures > 0) tell({ kind: "recovered", repository, of: "forge" });
    this.#forge = { failures: 0, until: 0 };
    return true;
  }

  async #environment(grounds: Grounds, environment: string, mayTell: boolean): Promise<void> {
    const { repository, clock, signal, tell } = this.#options;
    const now = clock.now().getTime();
    if (signal.aborted || now < (this.#calm.get(environment) ?? 0)) return;
    try {
      const standing = await grounds.standing(environment);
      tell({ kind: "standing", repository, environment, gauges: standing.gauges });
      if (this.#unreadable.delete(environment)) tell({ kind: "recovered", repository, environment, of: "environment" });
      // What is approved stands on the forge: while it cannot be asked nothing is approved, and to try would only be refused, and recorded.
      const mayApply = mayTell || standing.applyAt === undefined || standing.applyAt > now || !(await grounds.wantsConsent(environment));
      this.#calm.set(environment, this.#begin(environment, { grounds, standing, mayApply }));
    } catch (thrown) {
      // What it says now is about a repository that is being closed.
      if (signal.aborted) return;
      const problem = asProblem(thrown, `environment ${environment}`);
      this.#unreadable.add(environment);
      this.#calm.set(environment, now + unreadableMs);
      tell({ kind: "trouble", repository, environment, of: "environment", problem, nextMs: unreadableMs });
    }
  }

  /** Begins what is due; until when nothing more is. */
  #begin(environment: string, at: { readonly grounds: Grounds; readonly standing: Standing; readonly mayApply: boolean }): number {
    const { grounds, standing, mayApply } = at;
    const now = this.#options.clock.now().getTime();
    const subject = `${standing.head} ${standing.ledger ?? ""}`;
    const alone = `environment ${environment}`;
    const about = { on: environment, environment, subject, alone } as const;
    const released = (run: ErrandRun): Promise<Ended> => grounds.release?.(environment, run) ?? Promise.resolve({ kind: "nothing" });
    const deeds: readonly (readonly [number | undefined, Errand])[] = [
      [standing.applyAt, { ...about, key: `apply ${environment}`, what: "apply", do: (run) => grounds.apply(environment, run) }],
      [standing.driftAt, { ...about, key: `drift ${environment}`, what: "drift", do: (run) => grounds.sweep(environment, run) }],
      [standing.noticeAt, { ...about, key: `notice ${environment}`, what: "notice", do: (run) => grounds.notify(environment, run) }],
      [standing.isLeftHeld === true ? 0 : undefined, { ...about, key: `release ${environment}`, what: "release", do: released }],
    ];
    let calmUntil = standing.gauges.leaseSince === undefined ? Number.POSITIVE_INFINITY : now + heldMs;
    for (const [dueAt, errand] of deeds) {
      if (dueAt === undefined) continue;
      const isHeldBack = errand.what === "apply" && !mayApply;
      const isDue = dueAt <= now;
      if (isDue && !isHeldBack) this.#errands.start(errand);
      calmUntil = Math.min(calmUntil, isHeldBack ? now : isDue ? (this.#errands.restsUntil(errand) ?? now) : dueAt);
    }
    return calmUntil;
  }

  async #close(): Promise<void> {
    const grounds = this.#grounds;
    this.#grounds = undefined;
    this.#calm.clear();
    await grounds?.close();
  }
}
