import type { Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { KeptLease } from "./keep.ts";
import type { Decide, Ledger } from "./ledger.ts";
import type { Snapshot } from "./verify.ts";

const mostTries = 4;

interface Held {
  readonly ledger: Pick<Ledger, "releaseLease">;
  readonly kept: Pick<KeptLease, "lease" | "stop">;
  readonly clock: Pick<Clock, "sleep">;
}

/**
 * Gives a lease back, with what there is to say at the end. A remote that is away for a moment is tried again: while a process that lives holds the
 * lease nobody else may begin, however long ago it did its last.
 */
export async function giveBackLease({ ledger, kept, clock }: Held, last: Decide): Promise<Snapshot> {
  await kept.stop();
  for (let attempt = 1; ; attempt++) {
    try {
      return await ledger.releaseLease(kept.lease, last);
    } catch (thrown) {
      const isPassing = thrown instanceof Problem && thrown.code === "REMOTE_UNREACHABLE";
      if (!isPassing || attempt >= mostTries) throw thrown;
      await clock.sleep(2_000 * attempt);
    }
  }
}
