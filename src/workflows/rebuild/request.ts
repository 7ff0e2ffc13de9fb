import type { RebuildReport } from "../../domain/reports/index.ts";

/** Who was asked whether it shall be done, and how. */
export interface Asked {
  readonly by: string;
  /** `terminal`: the question was answered there; `flag`: somebody who is not there gave the word beforehand. */
  readonly how: "terminal" | "flag";
  readonly reason: string;
}

export interface RebuildRequest {
  readonly environment: string;
  /** A commit that was live, by any name that this clone knows; left out: each stack at the commit that it was good at last. */
  readonly from?: string;
  /** Only these stacks. */
  readonly stacks?: readonly string[];
  readonly dryRun: boolean;
  /** What a person who looked in the cloud says, by urn. */
  readonly said: ReadonlyMap<string, { readonly id: string } | "absent">;
  /** Stacks of which a person who looked says that nothing is there but what is found. */
  readonly gone: readonly string[];
  /** Guards that whoever is asked lets pass, for this rebuild only. */
  readonly overrides: readonly string[];
  /** Asked once, with the plan. undefined: no. */
  readonly ask: (plan: RebuildReport) => Promise<Asked | undefined>;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}
