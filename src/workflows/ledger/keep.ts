import type { Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { leaseTimes } from "./lease.ts";
import type { Ledger } from "./ledger.ts";
import type { Lease } from "./schema.ts";

/** A lease that is renewed in the background while a run works. */
export interface KeptLease {
  readonly lease: Lease;
  /** Aborted with LEASE_LOST when the lease is lost, or was not renewed for two thirds of its lifetime: stop at once. */
  readonly lost: AbortSignal;
  /**
   * Right before something is started that acts: LEASE_LOST, and `lost` aborted, unless the ledger still has this lease. A remote that cannot be
   * reached proves nothing: nobody may take the lease over without proof of this process's death, and it stops itself in time.
   */
  confirm(): Promise<void>;
  /** Ends the renewals. Call it before the lease is given back. */
  stop(): Promise<void>;
}

/** Between tries after a renewal that failed for another reason than a lost lease. */
const retryAfterMs = 15_000;

function silent(lease: Lease): Problem {
  return new Problem("LEASE_LOST", {
    what: `the lease could not be renewed for ${Math.round(leaseTimes.stopAfterMs / 60_000)} minutes`,
    on: `run ${lease.run}`,
    todo: "Check the git remote and the network, then run the same command again.",
  });
}

export function keepLease(ledger: Pick<Ledger, "renewLease" | "confirmLease">, lease: Lease, clock: Clock): KeptLease {
  const lost = new AbortController();
  const done = new AbortController();
  let lastMs = clock.monotonicMs();
  const pause = (ms: number): Promise<void> => clock.sleep(ms, done.signal).catch(() => undefined);

  const renew = async (): Promise<void> => {
    for (let waitMs: number = leaseTimes.renewEveryMs; !done.signal.aborted;) {
      await pause(waitMs);
      if (done.signal.aborted) return;
      const beganMs = clock.monotonicMs();
      try {
        await ledger.renewLease(lease);
        lastMs = beganMs;
        waitMs = leaseTimes.renewEveryMs;
      } catch (thrown) {
        if (thrown instanceof Problem && thrown.code === "LEASE_LOST") lost.abort(thrown);
        if (lost.signal.aborted) return;
        waitMs = retryAfterMs;
      }
    }
  };
  // Apart from the renewals: a push that hangs must not keep its holder working.
  const watch = async (): Promise<void> => {
    while (!done.signal.aborted && !lost.signal.aborted) {
      const leftMs = lastMs + leaseTimes.stopAfterMs - clock.monotonicMs();
      if (leftMs <= 0) lost.abort(silent(lease));
      else await pause(leftMs);
    }
  };
  const confirm = async (): Promise<void> => {
    // A process that slept past its time wakes up here before any timer has told it.
    if (!lost.signal.aborted && clock.monotonicMs() - lastMs >= leaseTimes.stopAfterMs) lost.abort(silent(lease));
    lost.signal.throwIfAborted();
    try {
      await ledger.confirmLease(lease);
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === "REMOTE_UNREACHABLE") return;
      if (thrown instanceof Problem && thrown.code === "LEASE_LOST") lost.abort(thrown);
      throw thrown;
    }
    lost.signal.throwIfAborted();
  };
  const renewing = renew();
  const watching = watch();
  return {
    lease,
    lost: lost.signal,
    confirm,
    stop: async () => {
      done.abort();
      await Promise.all([renewing, watching]);
    },
  };
}
