import { atLeast, fits, type Limits } from "../limits.ts";
import type { PreviewInput, PreviewReport } from "../preview-report.ts";
import { environmentLight, environmentSummary } from "../stack-facts.ts";
import { amount } from "../text/amount.ts";
import { inline } from "../text/inline.ts";
import { draftOf, type Draft } from "./draft.ts";
import { highest, ladder, viewsAt, type View } from "./ladder.ts";
import { markerLine, payloadLine } from "./marker.ts";
import { section } from "./section.ts";

const maxHeadings = 12;
/** Share of a comment that unseen data may take. */
const payloadShare = 0.25;

const lightOrder = ["🔴", "🟡", "⚪"];

function sorted(reports: readonly PreviewReport[]): readonly PreviewReport[] {
  const ranked = reports.map((report) => ({ report, rank: lightOrder.indexOf(environmentLight(report)) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ report }) => report);
}

function headline(reports: readonly PreviewReport[]): string {
  if (reports.length === 0) return "### ⚪ no environment is affected";
  const parts = reports.slice(0, maxHeadings).map((report) => `${environmentLight(report)} ${inline(report.environment, 40)}: ${environmentSummary(report)}`);
  const more = reports.length > maxHeadings ? ` and ${amount(reports.length - maxHeadings, "more environment")}` : "";
  return `### ${parts.join(" \u00a0 ")}${more}`;
}

function body(drafts: readonly Draft[], views: readonly View[]): string {
  const hidden = views.filter((view) => !view.section).length;
  const shown = drafts.flatMap((draft, index) => {
    const view = views[index];
    return view === undefined || !view.section ? [] : [section(draft, view, drafts.length > 1)];
  });
  if (hidden > 0) shown.push(`${amount(hidden, "environment")}: everything but the counts above is left out for size.`);
  return shown.join("\n\n");
}

function boundedPayload(payload: string | undefined, limits: Limits): string {
  if (payload === undefined) return "";
  const line = payloadLine(payload);
  return line.length <= Math.min(12_000, limits.units * payloadShare)
    ? line
    : "The signed fingerprint is too large for this comment: approve on the command line.";
}

/**
 * The one comment of a pull request, within `limits` (at least `smallestLimits`), as Markdown. Shows as much as fits, the riskiest most fully,
 * never cuts inside a fence, table or fold, and says what it leaves out.
 */
export function previewComment(input: PreviewInput, asked: Limits): string {
  const limits = atLeast(asked);
  const reports = sorted(input.reports);
  const drafts = reports.map(draftOf);
  const steps = ladder(drafts);
  const top = `${markerLine(input.marker)}\n${headline(reports)}`;
  const bottom = boundedPayload(input.payload, limits);
  const render = (taken: number): string => `${[top, body(drafts, viewsAt(steps, taken, drafts.length)), bottom].filter((part) => part !== "").join("\n\n")}\n`;
  return render(highest(steps.length, (taken) => fits(render(taken), limits)));
}
