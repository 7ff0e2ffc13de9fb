import { atLeast, fits, type Limits } from "../limits.ts";
import type { PreviewInput, PreviewReport } from "../preview-report.ts";
import { environmentLight, environmentSummary } from "../stack-facts.ts";
import { amount, listed } from "../text/amount.ts";
import { codeSpan, inline } from "../text/inline.ts";
import { draftOf, type Draft } from "./draft.ts";
import { climb, ladder, viewsAt, type Step, type View } from "./ladder.ts";
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

/** What is not here is not unchanged: who reads this alone must know that there is more. */
function aside(names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, maxHeadings).map((name) => inline(name, 40));
  const more = names.length > maxHeadings ? ` and ${amount(names.length - maxHeadings, "more environment")}` : "";
  return `Not looked at here: ${shown.join(", ")}${more}. Others look after that, and tell of it in a comment of their own.`;
}

/** Environments of which nothing is shown, with what would have stood first in them and the commands that tell it. */
function hiddenText(hidden: readonly Draft[]): string {
  const reasons = hidden.reduce((sum, draft) => sum + draft.reasons.length, 0);
  const also = reasons > 0 ? `, and so ${reasons === 1 ? "is" : "are"} ${amount(reasons, "reason")} in the way of an apply` : "";
  const where = listed(
    hidden.map(({ report }) => codeSpan(report.retry, 200)),
    3,
  );
  return `${amount(hidden.length, "environment")}: everything but the counts above is left out for size${also}. Everything: ${where}`;
}

/** The section as it was made last is kept: from one trial to the next, few environments' views change. */
function sections(drafts: readonly Draft[]): (at: number, view: View) => string {
  const made = new Map<number, { readonly steps: number; readonly last: Step | undefined; readonly text: string }>();
  return (at, view) => {
    const [draft, known] = [drafts[at], made.get(at)];
    if (draft === undefined || !view.section) return "";
    if (known !== undefined && known.steps === view.steps && known.last === view.last) return known.text;
    const text = section(draft, view, drafts.length > 1);
    made.set(at, { steps: view.steps, last: view.last, text });
    return text;
  };
}

function body(drafts: readonly Draft[], views: readonly View[], textOf: (at: number, view: View) => string): string {
  const shown = views.map((view, at) => textOf(at, view)).filter((text) => text !== "");
  const hidden = drafts.filter((_, at) => views[at]?.section !== true);
  return [...shown, ...(hidden.length > 0 ? [hiddenText(hidden)] : [])].join("\n\n");
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
 * what is in the way of an apply before any diff, never cuts inside a fence, table or fold, and says what it leaves out.
 */
export function previewComment(input: PreviewInput, asked: Limits): string {
  const limits = atLeast(asked);
  const reports = sorted(input.reports);
  const drafts = reports.map(draftOf);
  const top = `${markerLine(input.marker)}\n${headline(reports)}`;
  const left = aside(input.elsewhere ?? []);
  const bottom = boundedPayload(input.payload, limits);
  const textOf = sections(drafts);
  const render = (taken: readonly Step[]): string =>
    `${[top, left, body(drafts, viewsAt(taken, drafts.length), textOf), bottom].filter((part) => part !== "").join("\n\n")}\n`;
  return render(climb(ladder(drafts), (taken) => fits(render(taken), limits)));
}

/** What a fork's pull request hears in place of a preview, until somebody asks for one; that has the same marker, and takes its place. Nothing in it is the fork's. */
export function forkNotice(marker: string): string {
  return [
    `${markerLine(marker)}\n### ⚪ not previewed: this comes from a fork`,
    "Code of a fork is not run by itself. Somebody who may write to this repository reads it first, and then comments `/trueup preview`: " +
      "it is previewed without credentials, and this comment becomes the preview. What is pushed after that is asked for again in the same way.\n",
  ].join("\n\n");
}
