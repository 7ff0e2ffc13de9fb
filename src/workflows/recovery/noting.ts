import type { Clock } from "../../base/clock/index.ts";
import type { Engine, EngineProgress, RunLimits, StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { KeptLease, Ledger } from "../ledger/index.ts";

const making: ReadonlySet<string> = new Set(["create", "create-replacement"]);
/** Steps after which something is in the cloud, or no longer. */
const moving: ReadonlySet<string> = new Set([...making, "update", "delete", "delete-replaced"]);

/** The id of what an engine has just made, where a step says one. */
export function madeId({ operation, phase, id }: Pick<EngineProgress, "operation" | "phase" | "id">): string | undefined {
  return phase === "done" && making.has(operation) ? id : undefined;
}

export interface Noting {
  readonly ledger: Pick<Ledger, "noteSession" | "noteLock" | "noteUnlock" | "noteStep">;
  readonly clock: Pick<Clock, "now">;
  /** The lease under which it acts. */
  readonly kept: Pick<KeptLease, "confirm">;
}

/** What an engine that acts does is written down as it happens: who comes after a crash reads it there. */
export function noting(
  { ledger, clock, kept }: Noting,
  { pulumiStack: stack }: Pick<StackSite, "pulumiStack">,
): Required<Pick<RunLimits, "onSession" | "mayAct" | "onLock" | "onUnlock" | "onProgress">> {
  return {
    onSession: (session) => ledger.noteSession(session, stack),
    // Whoever took the lease over before this is seen here; whoever does it later finds the session noted, and ends it.
    mayAct: () => kept.confirm(),
    onLock: (lock, ofSession) => ledger.noteLock({ lock, ofSession, stack }),
    onUnlock: (ofSession) => ledger.noteUnlock(ofSession),
    onProgress: ({ urn, operation, phase, id, begun }) => {
      if (!moving.has(operation)) return;
      const more = { ...(id === undefined ? {} : { id }), ...(begun === undefined ? {} : { begun }) };
      ledger.noteStep({ stack, urn, operation, phase, at: clock.now().getTime(), ...more });
    },
  };
}

/**
 * The state after a run; undefined when it cannot be read now, which must not hide how the run itself ended. What the journal says of it is kept then:
 * it may be all that is known.
 */
export async function stateAfter(ledger: Pick<Ledger, "noteUnread">, engine: Pick<Engine, "exportState">, site: StackSite): Promise<StateSummary | undefined> {
  return engine.exportState(site).catch(() => {
    ledger.noteUnread(site.pulumiStack);
    return undefined;
  });
}
