import type { RetryReport } from "../retry-report.ts";
import { listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, painter, type Look } from "./look.ts";

/** What may be tried again, and by what. */
export function retryText({ environment, units }: RetryReport, look: Look): string {
  const paint = painter(look);
  const lines = units.map(({ stacks, commit, run, reason }) =>
    oneLine(`${listed(stacks, 6)} at ${sha7(commit)} may be tried again; it failed in run ${run}: ${reason}`, 500),
  );
  return drawn([...lines, paint.dim(`Next: trueup apply ${environment}`)].join("\n"), look);
}
