import type { Problem } from "../../base/problem/index.ts";
import type { PreviewReport } from "../../domain/reports/index.ts";

/** A preview that ended before any stack could be looked at, in the words of reports: it is told all the same. */
export function failedReport(
  problem: Problem,
  at: { readonly environment: string; readonly branch: string; readonly base: string; readonly commit: string },
): PreviewReport {
  return {
    ...at,
    durationMs: 0,
    state: { kind: "failed", failure: { problem, log: [] } },
    stacks: [],
    untouched: [],
    orphans: [],
    refusals: [],
    verifyRequired: false,
    merge: { waves: [], approvals: { min: 0, from: [] }, windows: [] },
    retry: `trueup preview ${at.environment} --ref ${at.commit.slice(0, 12)}`,
  };
}
