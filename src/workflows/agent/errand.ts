import type { Problem } from "../../base/problem/index.ts";
import type { Observer } from "../estate/index.ts";

export type Deed = "apply" | "preview" | "comment" | "drift" | "notice" | "release";

/** One thing to do, seen in a look. */
export interface Errand {
  /** No second one of this key is begun while one waits or runs. */
  readonly key: string;
  readonly what: Deed;
  /** "dev", "#7", "#7 comment 12". */
  readonly on: string;
  readonly environment?: string;
  /** What it is about: a commit, a comment. After a failure it is tried again at once when this is another. */
  readonly subject: string;
  /** Of one name one runs at a time, in the order in which they were seen. */
  readonly alone?: string;
  /** Takes a moment and starts no engine: done within the look, so that nobody who says "cancel" waits behind what is to be cancelled. */
  readonly light?: boolean;
  /** Decides anew whether there is something to do: what was seen may be past when its turn comes. */
  do(run: ErrandRun): Promise<Ended>;
}

export interface ErrandRun {
  readonly signal: AbortSignal;
  readonly hardSignal: AbortSignal;
  readonly observe: Observer;
}

/** "nothing": there was nothing to do, and nobody needs to hear that. `run`: as the ledger names it. */
export type Ended = { readonly kind: "nothing" } | { readonly kind: "done"; readonly run?: string; readonly problem?: Problem };
