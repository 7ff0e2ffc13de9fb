import type { Sha } from "../../adapters/git/index.ts";
import type { Environment } from "../../domain/environments/index.ts";

/** What is to be taken out of an environment's branch, and on whose behalf. */
export interface WriteBackRequest {
  readonly environment: string;
  /** The environment's branch. */
  readonly branch: string;
  /** First-parent commits of it, in any order. */
  readonly commits: readonly Sha[];
  /** What failed, or why somebody wants it: one line. Empty where a person did not say. */
  readonly reason: string;
  readonly rules: Pick<Environment, "writeBack">;
  /** The run that was rolled back. */
  readonly run?: string;
  /** The unit's stacks; left out: those of the vetoes that the run left. */
  readonly stacks?: readonly string[];
  /** A person who asks for it: then also a revert is taken back. */
  readonly by?: string;
}

/**
 * How it was written to git. `branch`: pushed, and nobody could be asked to merge it (`why`). `none`: it was not to be. `nothing`: the branch no longer
 * holds what was to be taken out. `conflict`: others changed these files since; nothing was pushed.
 */
export type Written =
  | { readonly kind: "pull-request"; readonly number: number; readonly url: string; readonly state: "open" | "closed" | "merged" }
  | { readonly kind: "branch"; readonly name: string; readonly why: string }
  | { readonly kind: "commit"; readonly sha: Sha }
  | { readonly kind: "none"; readonly why: string }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "conflict"; readonly files: readonly string[] };
