import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../src/base/clock/index.ts";

/** Time runs on while somebody sleeps, but nobody waits for it: a Retry-After of a minute costs a millisecond. */
export function hurriedClock(): Clock {
  let skippedMs = 0;
  return {
    now: () => new Date(Date.now() + skippedMs),
    monotonicMs: () => performance.now() + skippedMs,
    sleep: async (ms, signal) => {
      skippedMs += ms;
      await wait(1, undefined, signal === undefined ? {} : { signal });
    },
  };
}
