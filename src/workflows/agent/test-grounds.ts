import type { Clock } from "../../base/clock/index.ts";
import type { Ended, Errand } from "./errand.ts";
import type { AgentEvent } from "./events.ts";
import type { Grounds, Standing } from "./grounds.ts";

/** A clock that goes on when everybody sleeps: whoever sleeps shortest is woken first. For tests. */
export function sleepersClock(start = "2026-11-21T08:00:00.000Z"): Clock & { jump(ms: number): void; readonly ms: number } {
  let elapsed = 0;
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  let isWaking = false;
  const wakeNext = (): void => {
    if (isWaking) return;
    isWaking = true;
    // Some turns of the loop: whatever else there is to do is done before time passes.
    setTimeout(() => {
      isWaking = false;
      sleepers.sort((a, b) => a.until - b.until);
      const next = sleepers.shift();
      if (next === undefined) return;
      elapsed = Math.max(elapsed, next.until);
      next.wake();
      if (sleepers.length > 0) wakeNext();
    }, 2);
  };
  return {
    now: () => new Date(Date.parse(start) + elapsed),
    monotonicMs: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const sleeper = { until: elapsed + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          const index = sleepers.indexOf(sleeper);
          if (index >= 0) sleepers.splice(index, 1);
          reject(signal.reason as Error);
        });
        wakeNext();
      }),
    jump: (ms) => void (elapsed += ms),
    get ms() {
      return elapsed;
    },
  };
}

export const calm: Standing = {
  head: "h1",
  ledger: "l1",
  applyAt: undefined,
  driftAt: undefined,
  gauges: { driftSince: {}, failedStacks: 0, frozenUnits: 0, vetoedUnits: 0, leaseSince: undefined },
};

export const done: Ended = { kind: "done" };

/** A repository that a test says everything of. Left out: nothing moves, nothing is wanted. */
export function fakeGrounds(says: Partial<Grounds> = {}): Grounds {
  return {
    poll: () => Promise.resolve(false),
    standing: () => Promise.resolve(calm),
    apply: () => Promise.resolve(done),
    wantsConsent: () => Promise.resolve(true),
    sweep: () => Promise.resolve(done),
    notify: () => Promise.resolve(done),
    close: () => Promise.resolve(),
    ...says,
  };
}

export function errand(key: string, more: Partial<Errand> & Pick<Errand, "do">): Errand {
  return { key, what: "preview", on: key, subject: "s", ...more };
}

/** What was told, in short: "trouble repository estate CONFIG_INVALID", "ended apply dev LEASE_HELD". */
export function inShort(event: AgentEvent): string {
  const { kind } = event;
  if (kind === "trouble" || kind === "recovered") {
    return [kind, event.of, event.environment ?? event.repository, ...(kind === "trouble" ? [event.problem.code] : [])].join(" ");
  }
  if ("what" in event) return [kind, event.what, event.on, ...("problem" in event && event.problem !== undefined ? [event.problem.code] : [])].join(" ");
  return "repository" in event ? `${kind} ${event.repository}` : kind;
}
