import type { RecordedHold } from "../gates/index.ts";

/** What a command set or lifted. Times are ISO 8601. */
export interface HoldReport {
  readonly environment: string;
  readonly done: "set" | "lifted";
  readonly holds: readonly RecordedHold[];
  /** What it took the place of. */
  readonly replaced: readonly RecordedHold[];
  /** What still stands besides. */
  readonly left: readonly RecordedHold[];
  /** A run that is at work meanwhile. */
  readonly run?: { readonly id: string; readonly who: string };
}
