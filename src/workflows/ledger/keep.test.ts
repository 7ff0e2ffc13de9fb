import { describe, expect, test } from "vitest";
import type { Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { keepLease } from "./keep.ts";
import { decideLease, leaseTimes } from "./lease.ts";
import type { Lease } from "./schema.ts";

/** A clock that moves only when told to, waking sleepers in order. */
function handClock(): Clock & { pass(ms: number): Promise<void> } {
  let at = 0;
  const sleepers: { until: number; wake: () => void }[] = [];
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => new Date(at),
    monotonicMs: () => at,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ until: at + ms, wake: resolve });
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      }),
    pass: async (ms) => {
      const end = at + ms;
      for (;;) {
        await settle();
        const next = sleepers.filter((sleeper) => sleeper.until <= end).sort((a, b) => a.until - b.until)[0];
        if (next === undefined) break;
        at = Math.max(at, next.until);
        sleepers.splice(sleepers.indexOf(next), 1);
        next.wake();
      }
      at = end;
      await settle();
    },
  };
}

const owner = { owner: "me", who: "me", host: "h", pid: 1, startTicks: 1, boot: "b", pidNamespace: "n" };
const decision = decideLease({ current: null, fencing: 0, me: owner, run: "run-1", nowMs: 0, proof: { kind: "alive" } });
const lease: Lease = decision.kind === "take" ? decision.lease : expect.unreachable();
const confirmLease = (): Promise<void> => Promise.resolve();
const unreachable = new Problem("REMOTE_UNREACHABLE", { what: "", on: "", todo: "" });

describe("a lease that is kept while working", () => {
  test("is renewed every three minutes, and no more after it is stopped", async () => {
    const clock = handClock();
    const at: number[] = [];
    const kept = keepLease({ confirmLease, renewLease: async () => (at.push(clock.monotonicMs()), lease) }, lease, clock);
    await clock.pass(10 * 60_000);
    expect(at).toEqual([180_000, 360_000, 540_000]);
    await kept.stop();
    await clock.pass(10 * 60_000);
    expect([at.length, kept.lost.aborted]).toEqual([3, false]);
  });

  test("stops its holder at two thirds of its lifetime when it cannot be renewed", async () => {
    const clock = handClock();
    const kept = keepLease({ confirmLease, renewLease: () => Promise.reject(unreachable) }, lease, clock);
    await clock.pass(leaseTimes.stopAfterMs - 1_000);
    expect(kept.lost.aborted).toBe(false);
    await clock.pass(2_000);
    expect(kept.lost.reason).toMatchObject({ code: "LEASE_LOST" });
    await kept.stop();
  });

  test("stops its holder also when a renewal hangs", async () => {
    const clock = handClock();
    let answer: (lease: Lease) => void = () => undefined;
    const kept = keepLease({ confirmLease, renewLease: () => new Promise((resolve) => (answer = resolve)) }, lease, clock);
    await clock.pass(leaseTimes.lifetimeMs);
    expect(kept.lost.aborted).toBe(true);
    answer(lease);
    await kept.stop();
  });

  test("goes on after a short trouble", async () => {
    const clock = handClock();
    let calls = 0;
    const kept = keepLease({ confirmLease, renewLease: () => (++calls < 4 ? Promise.reject(unreachable) : Promise.resolve(lease)) }, lease, clock);
    await clock.pass(20 * 60_000);
    expect(kept.lost.aborted).toBe(false);
    await kept.stop();
  });

  test("stops its holder at once when somebody else has it", async () => {
    const clock = handClock();
    const kept = keepLease({ confirmLease, renewLease: () => Promise.reject(new Problem("LEASE_LOST", { what: "taken", on: "", todo: "" })) }, lease, clock);
    await clock.pass(leaseTimes.renewEveryMs + 1);
    expect(kept.lost.reason).toMatchObject({ code: "LEASE_LOST", what: "taken" });
    await kept.stop();
  });

  test("is looked at before something is started: a lost one stops its holder, a remote that is away does not", async () => {
    const clock = handClock();
    const renewLease = (): Promise<Lease> => Promise.resolve(lease);
    const gone = new Problem("LEASE_LOST", { what: "taken over", on: "", todo: "" });
    const away = keepLease({ renewLease, confirmLease: () => Promise.reject(unreachable) }, lease, clock);
    await away.confirm();
    expect(away.lost.aborted).toBe(false);
    const lost = keepLease({ renewLease, confirmLease: () => Promise.reject(gone) }, lease, clock);
    await expect(lost.confirm()).rejects.toBe(gone);
    expect(lost.lost.reason).toBe(gone);
    await expect(lost.confirm()).rejects.toBe(gone);
    await Promise.all([away.stop(), lost.stop()]);
  });

  test("a process that slept past its time starts nothing more, although no timer has told it yet", async () => {
    let at = 0;
    const asleep: Clock = { now: () => new Date(at), monotonicMs: () => at, sleep: () => new Promise(() => undefined) };
    const kept = keepLease({ renewLease: () => Promise.resolve(lease), confirmLease: () => Promise.reject(unreachable) }, lease, asleep);
    await kept.confirm();
    at = leaseTimes.stopAfterMs;
    await expect(kept.confirm()).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(kept.lost.aborted).toBe(true);
  });
});
