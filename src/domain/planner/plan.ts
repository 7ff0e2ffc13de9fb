import type { StackDeclaration } from "../environments/index.ts";

export interface AffectedStack {
  readonly stack: StackDeclaration;
  readonly closureDigest: string;
  /** What a person reads: "imports stacks/lib/tags.ts", "reads clusters.kubeconfig", "its last attempt failed". At least one. */
  readonly reasons: readonly string[];
  /** "retire": destroy what the environment no longer declares. */
  readonly action: "apply" | "destroy" | "forget";
}

/** A set of stacks that one merge changes together: succeeds or fails as one. */
export interface Unit {
  /** Stable within a plan: the first commit (or head) and first stack. */
  readonly id: string;
  /** First-parent commits, oldest first, that made these stacks differ. */
  readonly commits: readonly string[];
  /** Waves in order; stacks inside one wave do not depend on each other. Destroys come in reverse order after the applies. */
  readonly waves: readonly (readonly AffectedStack[])[];
}

export interface Plan {
  readonly environment: string;
  readonly commit: string;
  readonly units: readonly Unit[];
  /** Declared stacks that nothing touches. */
  readonly untouched: readonly string[];
  /** Live in the ledger, declared nowhere, not retired. */
  readonly orphans: readonly string[];
}
