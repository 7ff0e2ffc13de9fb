import type { Ended, Errand, ErrandRun } from "./errand.ts";

/** What the ledger says of an environment, for who watches the watcher. Times in ms since the epoch. */
export interface Gauges {
  /** Stack → since when its oldest open drift is known. */
  readonly driftSince: Readonly<Record<string, number>>;
  readonly failedStacks: number;
  readonly frozenUnits: number;
  readonly vetoedUnits: number;
  readonly leaseSince: number | undefined;
}

/** How an environment stands, as last polled. */
export interface Standing {
  readonly head: string;
  readonly ledger: string | undefined;
  /** When the head is to be applied: undefined when it is live, or ms since the epoch, which may be past. */
  readonly applyAt: number | undefined;
  /** When the next scheduled look for drift is due; undefined: never, or somebody is at work. */
  readonly driftAt: number | undefined;
  /** Whoever holds the lease is dead, and nothing else is to be done by which it would be taken over. */
  readonly isLeftHeld?: boolean;
  /** When somebody is to be told what an earlier run did not; left out: nothing is left to tell. */
  readonly noticeAt?: number | undefined;
  readonly gauges: Gauges;
}

/**
 * One repository, opened. Everything that an agent must not forget is behind this, in the ledger and on the forge. Methods raise Problems; which
 * of them hold back what is the agent's business.
 */
export interface Grounds {
  /** Asks git where its branches are, and fetches what moved; whether anything did. */
  poll(): Promise<boolean>;
  standing(environment: string): Promise<Standing>;
  /**
   * Begins what an apply of a head that moved is going to need: its files evaluated, the engine's servers started. Does not wait, and says nothing:
   * what goes wrong goes wrong again where it is told.
   */
  expect?(environment: string): void;
  /** Nothing was done for a while: ends what is only kept to be quick. */
  rest?(): Promise<void>;
  apply(environment: string, run: ErrandRun): Promise<Ended>;
  /** Whether an apply of what is on the branch may want somebody's yes, which stands on the forge. Asked only while that cannot be reached. */
  wantsConsent(environment: string): Promise<boolean>;
  sweep(environment: string, run: ErrandRun): Promise<Ended>;
  notify(environment: string, run: ErrandRun): Promise<Ended>;
  /** Takes the lease of a dead run over and gives it back. Left out: nobody does. */
  release?(environment: string, run: ErrandRun): Promise<Ended>;
  /** What people want of it on its forge, now. Left out where it is on none: nobody is asked and nobody told, branches are applied all the same. */
  readonly talk?: () => Promise<readonly Errand[]>;
  close(): Promise<void>;
}
