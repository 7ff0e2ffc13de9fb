import { Problem } from "../../base/problem/index.ts";
import type { Lease } from "./schema.ts";

/** Milliseconds. A holder stops itself at two thirds of the lifetime after its last renewal, counted on its monotonic clock. */
export const leaseTimes = {
  lifetimeMs: 10 * 60_000,
  renewEveryMs: 3 * 60_000,
  stopAfterMs: (10 * 60_000 * 2) / 3,
  /** How long credentials that a lost holder still has may act after it lost the lease. */
  credentialLifeMs: 60 * 60_000,
} as const;

/** Who asks for a lease. */
export interface Owner {
  readonly owner: string;
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  readonly startTicks: number;
  readonly boot: string;
  readonly pidNamespace: string;
  /** The CI job that this process is, where it is one. */
  readonly job?: NonNullable<Lease["job"]>;
  /** The pod that this process runs in, where it does. */
  readonly pod?: NonNullable<Lease["pod"]>;
}

/** What is known of the present holder's process. Only `dead` and a long enough `silent` allow a takeover. */
export type HolderProof =
  | { readonly kind: "alive" }
  /** `machine`: with all of the machine that it ran on, which nobody else was on. */
  | { readonly kind: "dead"; readonly how: string; readonly machine?: true }
  /** The lease did not change for this long on our own monotonic clock. */
  | { readonly kind: "silent"; readonly forMs: number };

/**
 * One way to know whether a lease's holder still lives, besides its process on this host: its CI host, its cluster, a person. undefined: this way
 * knows nothing of this holder. A guess is never an answer: `dead` gives the environment to somebody else.
 */
export type ProofOfLife = (lease: Lease) => Promise<Exclude<HolderProof, { kind: "silent" }> | undefined>;

export interface TookOver {
  readonly from: Lease;
  readonly how: string;
  readonly machine?: true;
}

export type LeaseDecision =
  | { readonly kind: "take"; readonly lease: Lease; readonly fencing: number; readonly tookOver: TookOver | undefined }
  | { readonly kind: "held"; readonly by: Lease; readonly proof: HolderProof };

export interface LeaseRequest {
  readonly current: Lease | null;
  /** The highest fencing number given so far. */
  readonly fencing: number;
  readonly me: Owner;
  readonly run: string;
  readonly nowMs: number;
  readonly proof: HolderProof;
}

function until(nowMs: number): Pick<Lease, "renewedAt" | "expiresAt"> {
  return { renewedAt: new Date(nowMs).toISOString(), expiresAt: new Date(nowMs + leaseTimes.lifetimeMs).toISOString() };
}

/** Who may have the lease. Pure; a wall clock alone never takes one away, since clocks jump and paused processes wake up. */
export function decideLease(request: LeaseRequest): LeaseDecision {
  const { current, me, nowMs } = request;
  const take = (how: string | undefined, machine?: true): LeaseDecision => {
    const fencing = request.fencing + 1;
    const lease: Lease = { ...me, run: request.run, fencing, acquiredAt: new Date(nowMs).toISOString(), ...until(nowMs) };
    return {
      kind: "take",
      lease,
      fencing,
      tookOver: current === null || how === undefined ? undefined : { from: current, how, ...(machine === undefined ? {} : { machine }) },
    };
  };
  if (current === null || (current.owner === me.owner && current.run === request.run)) return take(undefined);
  const proof = request.proof;
  if (proof.kind === "dead") return take(proof.how, proof.machine);
  const enough = leaseTimes.lifetimeMs + leaseTimes.credentialLifeMs;
  if (proof.kind === "silent" && proof.forMs >= enough) return take(`no sign of it for ${Math.floor(proof.forMs / 60_000)} minutes`);
  return { kind: "held", by: current, proof };
}

/** What a dead holder's record keeps of its machine: it may have begun something until it would have stopped itself. */
export function machineOf({ from, machine }: TookOver): { readonly machine?: { readonly host: string; readonly since: string; readonly until: string } } {
  if (machine === undefined) return {};
  const until = new Date(Date.parse(from.renewedAt) + leaseTimes.stopAfterMs).toISOString();
  return { machine: { host: from.host, since: from.acquiredAt, until } };
}

/** The lease with a new expiry, or undefined when it is no longer this one. */
export function renewed(current: Lease | null, held: Lease, nowMs: number): Lease | undefined {
  return isSameLease(current, held) ? { ...held, ...until(nowMs) } : undefined;
}

export function isSameLease(current: Lease | null, held: Lease): boolean {
  return current !== null && current.owner === held.owner && current.fencing === held.fencing;
}

export interface HeldFacts {
  readonly environment: string;
  readonly by: Lease;
  readonly proof: HolderProof;
  readonly nowMs: number;
}

/** LEASE_HELD in three lines: who, since when, until when, and what a person can do. */
export function leaseHeld({ environment, by, proof, nowMs }: HeldFacts): Problem {
  const expires = Date.parse(by.expiresAt);
  const waitMs = Math.max(0, expires - nowMs);
  const expired = waitMs === 0;
  const lifeless = expired ? `it expired at ${by.expiresAt}, without proof that its holder is dead` : `it is good until ${by.expiresAt}`;
  return new Problem("LEASE_HELD", {
    what: `run ${by.run} of ${by.who} on ${by.host} (process ${by.pid}) holds the lease of ${environment} since ${by.acquiredAt}; ${lifeless}`,
    on: `environment ${environment}`,
    todo: expired
      ? whatToDoLate(environment, by, proof)
      : `Wait for it to end and run the same command again. If that process is gone, run: trueup run cancel ${by.run} --env ${environment}`,
    retry: { afterMs: Math.max(30_000, waitMs) },
  });
}

function whatToDoLate(environment: string, by: Lease, proof: HolderProof): string {
  if (proof.kind === "alive")
    return `Its process still runs but does nothing for the ledger: end it on ${by.host} (kill ${by.pid}), then run the same command again.`;
  return `See that process ${by.pid} on ${by.host} is dead, then run: trueup run cancel ${by.run} --env ${environment}`;
}

export function leaseLost(environment: string, held: Lease, current: Lease | null): Problem {
  return new Problem("LEASE_LOST", {
    what:
      current === null
        ? `the lease of run ${held.run} was given back by somebody else`
        : `run ${current.run} on ${current.host} took the lease over from run ${held.run}`,
    on: `environment ${environment}`,
    todo: "Nothing more was recorded. See trueup status, then run the same command again.",
  });
}
