import type { ChangeSet } from "../changes/index.ts";
import type { VerifyCheck } from "../environments/index.ts";
import type { Failure, Refusal } from "./preview-report.ts";

/** One stack of a run, as it ended. */
export interface AppliedStack {
  readonly name: string;
  readonly result: "applied" | "unchanged" | "destroyed" | "forgotten" | "failed" | "rolled back" | "cancelled" | "not started";
  /** With `rolled back`: the commit that it is at again. */
  readonly back?: string;
  /** 1 for the first wave. */
  readonly wave: number;
  readonly durationMs: number;
  /** What was really done; for a failed stack up to the failure. */
  readonly changes?: ChangeSet;
  readonly failure?: Failure;
  readonly verified: readonly { readonly check: VerifyCheck; readonly passed: boolean; readonly says: string }[];
}

/** What a reader must know of hooks. One that failed before the first stack is the run's own failure and told as such. */
export function failedHooks({ hooks = [] }: ApplyReport): readonly string[] {
  return hooks
    .filter(({ hook, passed }) => !passed && hook !== "preApply")
    .map(({ hook, says }) => `hook ${hook} failed: ${says}${hook === "postApply" ? "; what was applied stays" : ""}`);
}

/** How one apply of an environment ended. */
export interface ApplyReport {
  readonly marker: string;
  readonly environment: string;
  readonly branch: string;
  readonly commit: string;
  readonly run: string;
  readonly durationMs: number;
  /** `held` and `nothing`: no stack was touched; `refused`: none of those that are refused. */
  readonly result: "good" | "failed" | "rolledBack" | "refused" | "held" | "cancelled" | "nothing";
  readonly stacks: readonly AppliedStack[];
  readonly refusals: readonly Refusal[];
  /** What it would have done; only of a run that was refused or waits. People approve by this. */
  readonly planned?: readonly { readonly name: string; readonly changes: ChangeSet }[];
  /** What went on although it was less than was approved, or not the same and no worse; or by approvals of somebody who may have pushed it. */
  readonly unlike?: readonly string[];
  /** Commands of the environment that ran around it. */
  readonly hooks?: readonly { readonly hook: string; readonly passed: boolean; readonly says: string }[];
  /** What failed outside any stack. */
  readonly failure?: Failure;
  /** Where people find what runs there, as browsers write it. */
  readonly environmentUrl?: string;
  /** Where the run is recorded. */
  readonly ledger?: { readonly ref: string; readonly commit: string };
  /** Told by another run than the one that did it, from the ledger's record alone. */
  readonly late?: true;
  /** The exact command to go on with; empty when nothing is left to do. */
  readonly next: string;
}
