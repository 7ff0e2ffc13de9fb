import type { ChildResult } from "../../base/process/index.ts";
import { lockOfSession, removeLockFile } from "./locks.ts";
import type { RunLimits, StackSite } from "./port.ts";

/** The lock that one run's own process of the engine takes: told when it is there, removed when that process was killed before it could. */
export class OwnLock {
  readonly #run: { readonly site: StackSite; readonly limits: Pick<RunLimits, "onLock">; readonly locks: boolean };
  #session: number | undefined;
  #startedMs = 0;
  #isLooking = false;

  constructor(run: { readonly site: StackSite; readonly limits: Pick<RunLimits, "onLock">; readonly locks: boolean }) {
    this.#run = run;
  }

  begin(session: number): void {
    this.#session = session;
    this.#startedMs = Date.now();
  }

  /** At the first event: the engine has its lock before it tells anything. */
  look(): void {
    const { site, limits, locks } = this.#run;
    const session = this.#session;
    if (!locks || this.#isLooking || session === undefined || limits.onLock === undefined) return;
    this.#isLooking = true;
    // A lock whose name is not known is still known by its process.
    void lockOfSession(site, session, this.#startedMs)
      .then((lock) => (lock === undefined ? undefined : limits.onLock?.(lock.name, session)))
      .catch(() => undefined);
  }

  /** The process was reaped and its session is empty: what it left locked it will never unlock. */
  async end(child: ChildResult): Promise<void> {
    const wasKilled = child.exitCode === undefined;
    if (!this.#run.locks || !wasKilled || this.#session === undefined) return;
    const lock = await lockOfSession(this.#run.site, this.#session, this.#startedMs);
    if (lock !== undefined) await removeLockFile(this.#run.site, lock.name).catch(() => undefined);
  }
}
