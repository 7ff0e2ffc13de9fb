import type { KeptFinding } from "../changes/index.ts";
import type { DriftRules } from "../environments/index.ts";

/** When trueup tries by itself to put a finding back. `person`: its mode leaves that to people. */
export type NextTry =
  | { readonly kind: "person" | "due" | "stopped" | "fight" }
  /** ISO. */
  | { readonly kind: "at"; readonly at: string };

/** One open finding as the ledger remembers it: without values, which belong to the state. */
export interface DriftIssueRow extends Pick<KeptFinding, "stack" | "type" | "name" | "kind"> {
  readonly environment: string;
  /** By what commands name it. */
  readonly finding: string;
  /** Property paths; none for the whole resource. */
  readonly paths: readonly string[];
  /** ISO. */
  readonly firstSeen: string;
  readonly mode: DriftRules["mode"];
  readonly next: NextTry;
}

/** All that is open in a repository. */
export interface DriftIssue {
  readonly rows: readonly DriftIssueRow[];
  /** Environments whose ledger could not be read: what was open there may still be. */
  readonly unread: readonly string[];
  readonly at: Date;
}
