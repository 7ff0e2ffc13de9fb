import type { DriftFinding } from "../changes/index.ts";
import type { Failure } from "./preview-report.ts";

export interface DriftRow {
  readonly finding: DriftFinding;
  /** Since it was first seen; 0 for now. */
  readonly ageMs: number;
  /** What a repairing run made of it; left out when nothing was tried. */
  readonly repair?: "fixed" | "failed" | "refused";
}

export interface DriftStack {
  readonly name: string;
  readonly rows: readonly DriftRow[];
  /** The stack could not be read. */
  readonly failure?: Failure;
}

/** Where live differs from what was applied, for one environment. */
export interface DriftReport {
  readonly marker: string;
  readonly environment: string;
  readonly branch: string;
  /** The live commit that was compared with. */
  readonly commit: string;
  readonly durationMs: number;
  readonly stacks: readonly DriftStack[];
  /** Findings that ignore rules hide. */
  readonly ignored: number;
  /** Expired or never-matching rules, fights, backoff. */
  readonly warnings: readonly string[];
  /** Exact commands: put it back, and see what a changed program would do. */
  readonly commands: { readonly fix: string; readonly preview: string };
}
