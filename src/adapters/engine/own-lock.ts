import { lockOfSession, removeLockFile } from "./locks.ts";
import type { RunLimits, StackSite } from "./port.ts";

type Listeners = Pick<RunLimits, "onLock" | "onUnlock">;

/** The lock that one run's own process of the engine takes: told when it is there, and removed when that process ended without doing so. */
export class OwnLock {
  readonly #run: { readonly site: StackSite; readonly limits: Listeners; readonly locks: boolean };
  #session: number | undefined;
  #startedMs = 0;
  #looking: Promise<void> | undefined;

  constructor(run: { readonly site: StackSite; readonly limits: Listeners; readonly locks: boolean }) {
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
    if (!locks || this.#looking !== undefined || session === undefined || limits.onLock === undefined) return;
    // A lock whose name is not known is still known by its process.
    this.#looking = lockOfSession(site, session, this.#startedMs)
      .then((lock) => (lock === undefined ? undefined : limits.onLock?.(lock.name, session)))
      .catch(() => undefined);
  }

  /**
   * The process was reaped and its session is empty: what it left locked it will never unlock. It may have been killed, or a backend that took no
   * writes kept it from unlocking; as long as it does, the lock stays told.
   */
  async end(): Promise<void> {
    const { site, limits, locks } = this.#run;
    const session = this.#session;
    if (!locks || session === undefined) return;
    await this.#looking;
    const left = await lockOfSession(site, session, this.#startedMs);
    if (left !== undefined) await removeLockFile(site, left.name).catch(() => undefined);
    const stays = left === undefined ? undefined : await lockOfSession(site, session, this.#startedMs);
    if (stays === undefined) limits.onUnlock?.(session);
    else limits.onLock?.(stays.name, session);
  }
}
