import type { ChangeSet } from "../changes/index.ts";
import type { VerifyCheck } from "../environments/index.ts";
import type { Loss } from "../rebuilding/index.ts";

type Lines = { readonly code: string; readonly what: string; readonly on: string; readonly todo: string };

/** One stack of a plan, and how its rebuild ended. */
export interface RebuildStack {
  readonly name: string;
  /** 1 for the first wave. */
  readonly wave: number;
  /** That it is made again from. */
  readonly commit: string;
  readonly loss: Loss;
  /** What its state names, and what of that is gone. */
  readonly named: number;
  readonly gone: number;
  /** Names of what is gone and held data: making it again does not bring that back. */
  readonly data: readonly string[];
  /** Of a lost state: what may still be there, and what is made anew. undefined: known when its wave comes. */
  readonly found?: readonly { readonly urn: string; readonly id: string; readonly because: string }[];
  readonly missing?: number;
  /** The backup that stands in for its state. */
  readonly backup?: string;
  /** How long it took when it was applied last, in milliseconds. */
  readonly tookMs?: number;
  /** Once it was worked on. */
  readonly done?: {
    readonly result: "good" | "failed" | "skipped" | "cancelled";
    readonly durationMs: number;
    readonly taken: readonly { readonly urn: string; readonly id: string; readonly because: string }[];
    readonly changes?: ChangeSet;
    /** Names of what is there and is of another commit: the next apply goes on with it. */
    readonly left?: readonly string[];
    readonly verified: readonly { readonly check: VerifyCheck; readonly passed: boolean; readonly says: string }[];
    readonly problem?: Lines;
  };
}

/** A rebuild as it is planned, or as it ended. */
export interface RebuildReport {
  readonly environment: string;
  /** `planned`: nothing is changed yet. `nothing`: nothing is lost. */
  readonly result: "planned" | "nothing" | "good" | "failed" | "refused" | "cancelled";
  /** Left out where nothing is recorded. */
  readonly run?: string;
  readonly asked?: { readonly by: string; readonly how: "terminal" | "flag"; readonly reason: string };
  /** In order. */
  readonly stacks: readonly RebuildStack[];
  /** Stacks that stay as they are. */
  readonly left: readonly string[];
  readonly notes: readonly string[];
  /** What it should take, by what each stack took before; and what it took. Milliseconds. */
  readonly expectedMs?: number;
  readonly durationMs?: number;
  /** What stands in its way as a whole. */
  readonly problem?: Lines;
  readonly next: string;
}
