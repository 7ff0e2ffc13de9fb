import type { ChangeSet } from "../../domain/changes/index.ts";

/** What a workflow tells while it works; a door turns it into a live table, plain lines or nothing. */
export type Progress =
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "wave"; readonly number: number; readonly of: number; readonly stacks: readonly string[] }
  | { readonly kind: "stack"; readonly stack: string; readonly state: StackPhase; readonly detail?: string }
  | { readonly kind: "resource"; readonly stack: string; readonly operation: string; readonly phase: "started" | "done" | "failed"; readonly urn: string }
  | { readonly kind: "done"; readonly stack: string; readonly changes: ChangeSet };

export type StackPhase =
  | "waiting"
  | "previewing"
  | "previewed"
  | "applying"
  | "applied"
  | "verifying"
  | "verified"
  | "failed"
  | "skipped"
  | "refreshing"
  | "rolling back"
  | "rolled back";

export type Observer = (progress: Progress) => void;
