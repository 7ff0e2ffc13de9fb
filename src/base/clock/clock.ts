/** Time enters through this: workflows and the ledger never read a clock of their own. */
export interface Clock {
  /** Wall clock, for what people read and for windows. */
  now(): Date;
  /** Milliseconds that only ever grow, for lifetimes and durations. */
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
