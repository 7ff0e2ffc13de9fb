import type { Problem } from "../../base/problem/index.ts";
import type { ChangeSet, DriftFinding } from "../changes/index.ts";
import type { VerifyCheck } from "../environments/index.ts";
import type { Counts } from "./counts.ts";

/** What went wrong with one stack or a whole environment, in words that may be published. A `Problem` is a fitting `problem`. */
export interface Failure {
  readonly problem: Pick<Problem, "code" | "what" | "on" | "todo">;
  /** `path:line` in the repository. */
  readonly source?: string;
  /** `type name` of the resource at which it failed. */
  readonly resource?: string;
  /** Scrubbed; the last 30 are shown. */
  readonly log: readonly string[];
}

/** One "no" of the gates, as plain words. `blocks`: the apply would be refused; else it only waits or warns. */
export interface Refusal {
  readonly kind: string;
  readonly reason: string;
  /** What to do about it, an exact command where there is one. */
  readonly todo: string;
  readonly blocks: boolean;
}

export type StackOutcome =
  | { readonly kind: "changes"; readonly changes: ChangeSet; readonly drift: readonly DriftFinding[] }
  /** `until`: stacks that must be applied first. `changes`: what can be said before that. */
  | { readonly kind: "unknown"; readonly until: readonly string[]; readonly changes?: ChangeSet }
  | { readonly kind: "failed"; readonly failure: Failure };

/** One affected stack of a preview. */
export interface StackReport {
  readonly name: string;
  /** Why it is affected; at least one. */
  readonly reasons: readonly string[];
  readonly outcome: StackOutcome;
  readonly refusals: readonly Refusal[];
  readonly verify: readonly VerifyCheck[];
  readonly runbook?: string;
}

/** What a merge would do, as far as it is known beforehand. */
export interface MergeFacts {
  /** Stack names per wave, in order. */
  readonly waves: readonly (readonly string[])[];
  readonly approvals: { readonly min: number; readonly from: readonly string[]; readonly codeOwners?: boolean };
  /** Each window as people say it: "Mon–Fri 08–17 CET". */
  readonly windows: readonly string[];
}

/** The preview of one environment. Values are scrubbed; times are milliseconds. */
export interface PreviewReport {
  readonly environment: string;
  /** Target branch and its head at the time; `commit` is what would be merged into it. */
  readonly branch: string;
  readonly base: string;
  readonly commit: string;
  readonly durationMs: number;
  /** `superseded`: a newer commit is previewed instead. `failed`: before any stack could be previewed. */
  readonly state: { readonly kind: "done" } | { readonly kind: "superseded"; readonly by: string } | { readonly kind: "failed"; readonly failure: Failure };
  /** Affected stacks, in plan order. */
  readonly stacks: readonly StackReport[];
  /** Declared stacks that nothing touches. */
  readonly untouched: readonly string[];
  readonly orphans: readonly { readonly stack: string; readonly resources: number }[];
  /** Refusals of the environment as a whole. */
  readonly refusals: readonly Refusal[];
  readonly verifyRequired: boolean;
  /** Checks of the environment as a whole, asked after all waves. */
  readonly verify?: readonly VerifyCheck[];
  readonly merge: MergeFacts;
  /** Age of the oldest live read; undefined when nothing was read live. */
  readonly liveAgeMs?: number;
  readonly previous?: { readonly commit: string; readonly counts: Counts };
  /** 12 hex digits or more; undefined when nothing can be approved. */
  readonly fingerprint?: string;
  /** How it was previewed, where people should know it: whose code, with which rights. Public text. */
  readonly notes?: readonly string[];
  /** Exact command that shows everything again, on a terminal. */
  readonly retry: string;
}

/** Everything of one pull-request comment. */
export interface PreviewInput {
  /** Finds the comment again: first line. Letters, digits, `.`, `_`, `:`, `/`, `=`, `+` and `-`; anything else is percent-encoded. */
  readonly marker: string;
  /** Signed data carried unseen in the last line, at most 12,000 units; longer ones are left out and it is said. */
  readonly payload?: string;
  readonly reports: readonly PreviewReport[];
  /** Environments of the same branch that this comment says nothing of, because others look after them. */
  readonly elsewhere?: readonly string[];
}
