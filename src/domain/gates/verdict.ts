import { problemCodes, type ProblemCode } from "../../base/problem/index.ts";

/** What can say no. The order is the order in which refusals are told: what a person must look at first comes first. */
export const refusalKinds = [
  "identity",
  "pending operations",
  "policy",
  "empties a stack",
  "requirement",
  "destroys too much",
  "stateful",
  "gone",
  "stale",
  "verify",
  "check",
  "freeze",
  "hold",
  "approval",
  "window",
] as const;
export type RefusalKind = (typeof refusalKinds)[number];

/** One "no". Reason and todo are public text. */
export interface Refusal {
  readonly kind: RefusalKind;
  readonly code: ProblemCode;
  /** Exit code of `code`. */
  readonly exit: number;
  /** The declared stack; left out when the environment as a whole is refused. */
  readonly stack?: string;
  readonly reason: string;
  /** What to do about it, an exact command where there is one. */
  readonly todo: string;
  /** False when it only waits: for a person, an approval, a window. An apply goes on in neither case. */
  readonly blocks: boolean;
}

/** A person's written permission to pass one guard, once, for one commit. */
export interface Override {
  readonly guard: RefusalKind;
  /** Left out: for every stack. */
  readonly stack?: string;
  readonly by: string;
  readonly groups?: readonly string[];
  readonly reason: string;
  /** Dies with this commit. */
  readonly commit: string;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Worst first: by kind, then by stack. Empty when allowed. */
  readonly refusals: readonly Refusal[];
  /** What a person should know although it stops nothing: advisory policies, what is unknown, what an override passed. */
  readonly notes: readonly string[];
  /** Overrides that took effect, for the record. */
  readonly overridden: readonly { readonly refusal: Refusal; readonly override: Override }[];
  /** 0 when allowed, else the exit code of the first refusal. */
  readonly exit: number;
}

const codeOf: Readonly<Record<RefusalKind, ProblemCode>> = {
  identity: "IDENTITY_CHANGED",
  "pending operations": "PENDING_OPERATIONS",
  policy: "POLICY_VIOLATED",
  "empties a stack": "GUARD_REFUSED",
  requirement: "REQUIREMENT_UNMET",
  "destroys too much": "GUARD_REFUSED",
  stateful: "HELD",
  gone: "HELD",
  stale: "STALE",
  verify: "GUARD_REFUSED",
  check: "CHECK_FAILED",
  freeze: "HELD",
  hold: "HELD",
  approval: "HELD",
  window: "HELD",
};

export function refusal(kind: RefusalKind, facts: Pick<Refusal, "reason" | "todo" | "stack">): Refusal {
  const code = codeOf[kind];
  return { kind, code, exit: problemCodes[code].exit, ...facts, blocks: code !== "HELD" };
}
