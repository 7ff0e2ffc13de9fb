import type { ExplainedAction, RecordedHold } from "../gates/index.ts";

/** What windows and holds say of an environment at a time: what `trueup windows` prints. Times are ISO 8601. */
export interface WindowsReport {
  readonly environment: string;
  readonly at: string;
  /** The clock that times are told on, besides UTC's. */
  readonly zone: string;
  /** The commit whose rules judge. */
  readonly rules: string;
  readonly actions: readonly ExplainedAction[];
  readonly holds: readonly RecordedHold[];
  /** How a closed window is passed, and by whom; nobody named: by anybody who may apply. */
  readonly override: { readonly command: string; readonly from: readonly string[] };
  readonly note?: string;
}
