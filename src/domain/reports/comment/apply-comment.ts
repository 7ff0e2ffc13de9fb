import { compareRisk } from "../../changes/index.ts";
import { failedHooks, type AppliedStack, type ApplyReport } from "../apply-report.ts";
import { countOf, countsText, noCounts } from "../counts.ts";
import { atLeast, fits, type Limits } from "../limits.ts";
import type { StackReport } from "../preview-report.ts";
import type { Entry } from "../stack-facts.ts";
import { amount, duration, listed, sha7 } from "../text/amount.ts";
import { table } from "../text/blocks.ts";
import { codeSpan, inline } from "../text/inline.ts";
import type { Detail } from "../text/resource.ts";
import { failureBlock } from "./failure.ts";
import { groupsOf } from "./groups.ts";
import { highest } from "./ladder.ts";
import { markerLine } from "./marker.ts";
import { checkText } from "../../environments/index.ts";
import { stackFolds } from "./stack-folds.ts";
import { refusalList } from "./verdict.ts";

const maxFailures = 3;

export const resultMarks = { good: "✅", failed: "⛔", rolledBack: "↩️", refused: "⛔", held: "⏳", cancelled: "⛔", nothing: "⚪" } as const satisfies Record<
  ApplyReport["result"],
  string
>;

const namesOf = ({ stacks }: ApplyReport, results: readonly AppliedStack["result"][]): string =>
  listed(
    stacks.filter(({ result }) => results.includes(result)).map(({ name }) => name),
    6,
  );
const touchedOf = (report: ApplyReport): string => namesOf(report, ["applied", "destroyed", "forgotten", "failed", "rolled back", "cancelled"]);

function idleOf({ stacks }: ApplyReport): string {
  const idle = stacks.filter(({ result }) => result === "not started").length;
  return idle > 0 ? `; ${amount(idle, "stack")} not started` : "";
}

const happened: Readonly<Record<ApplyReport["result"], (report: ApplyReport) => string>> = {
  good: (report) => `applied${touchedOf(report) === "" ? ": nothing had to change" : ` to ${touchedOf(report)}`} in ${duration(report.durationMs)}`,
  failed: (report) => `failed in ${namesOf(report, ["failed"]) || "a step outside any stack"}; touched: ${touchedOf(report) || "nothing"}${idleOf(report)}`,
  rolledBack: (report) => `failed and was rolled back: ${namesOf(report, ["rolled back"])}${idleOf(report)}`,
  cancelled: (report) => `was cancelled; touched: ${touchedOf(report) || "nothing"}${idleOf(report)}`,
  refused: (report) => (touchedOf(report) === "" ? "was refused, nothing was changed" : `was refused in part; applied to ${touchedOf(report)}`),
  held: () => "is waiting, nothing was changed",
  nothing: () => "changes nothing",
};

/** One sentence, plain text: what happened to the environment. */
export function applySentence(report: ApplyReport): string {
  return `${sha7(report.commit)} ${happened[report.result](report)}`;
}

/** Failed stacks first, then wave by wave. */
function ordered(stacks: readonly AppliedStack[]): readonly AppliedStack[] {
  return [...stacks].sort((a, b) => Number(b.result === "failed") - Number(a.result === "failed") || a.wave - b.wave);
}

function verifiedCell({ verified }: AppliedStack): string {
  if (verified.length === 0) return "–";
  const failed = verified.filter((check) => !check.passed);
  if (failed.length === 0) return `✅ ${verified.length}`;
  return `⛔ ${listed(
    failed.map((check) => inline(`${checkText(check.check)}: ${check.says}`, 160)),
    2,
  )}`;
}

function row(stack: AppliedStack, environment: string): string[] {
  const counts = stack.changes === undefined ? noCounts : countOf(stack.changes.resources);
  const did = countsText(counts);
  return [
    inline(`${environment}.${stack.name}`, 100),
    `${stack.result === "failed" ? "⛔ " : ""}${stack.result}${stack.back === undefined ? "" : ` to ${sha7(stack.back)}`}`,
    did === "" ? "–" : did,
    `${stack.wave}`,
    stack.durationMs === 0 ? "–" : duration(stack.durationMs),
    verifiedCell(stack),
  ];
}

function stackRows(report: ApplyReport, shown: number): string {
  if (report.stacks.length === 0) return "";
  const all = ordered(report.stacks);
  const rest = all.length - shown;
  const more = rest > 0 ? `… and ${amount(rest, "more stack")} left out for size.` : "";
  if (shown === 0) return more;
  const rows = table(
    ["Stack", "Result", "Did", "Wave", "Took", "Verified"],
    all.slice(0, shown).map((stack) => row(stack, report.environment)),
  );
  return more === "" ? rows : `${rows}\n\n${more}`;
}

function failures(report: ApplyReport, log: boolean): string[] {
  const all = [
    ...(report.failure === undefined ? [] : [{ title: `The apply of ${inline(report.environment, 60)} failed`, failure: report.failure }]),
    ...report.stacks.flatMap(({ name, failure }) =>
      failure === undefined ? [] : [{ title: `${inline(`${report.environment}.${name}`, 100)} failed`, failure }],
    ),
  ];
  const shown = all.slice(0, maxFailures).map(({ title, failure }) => failureBlock(title, failure, { retry: report.next, log }));
  return all.length > maxFailures ? [...shown, `… and ${amount(all.length - maxFailures, "more failure")}.`] : shown;
}

function asStack({ name, changes }: Pick<AppliedStack, "name" | "changes">): StackReport[] {
  if (changes === undefined) return [];
  return [{ name, reasons: [], outcome: { kind: "changes", changes, drift: [] }, refusals: [], verify: [] }];
}

/** A link of its own: browsers' writing leaves nothing in an address that could end it. */
const seenAt = ({ result, environmentUrl }: ApplyReport): string =>
  result !== "good" || environmentUrl === undefined ? "" : ` · see it at <${environmentUrl}>`;

/** The result of an apply as a new comment, within `limits`: rows, then diffs, the riskiest first; what does not fit is said. */
export function applyReport(report: ApplyReport, asked: Limits): string {
  const limits = atLeast(asked);
  const planned = (report.planned ?? []).filter(({ changes }) => changes.resources.length > 0);
  const groups = groupsOf([...report.stacks, ...planned].flatMap(asStack));
  const entries = groups.flatMap((group) => group.entries).sort((a, b) => compareRisk(a.risk, b.risk));
  const rows = report.stacks.length;
  const steps = 2 + rows + entries.length * 2;
  const render = (taken: number): string => {
    const shownRows = Math.min(rows, Math.max(0, taken - 2));
    const details = new Map<Entry, Detail>();
    entries.slice(0, Math.max(0, taken - 2 - rows)).forEach((entry) => details.set(entry, "name"));
    entries.slice(0, Math.max(0, taken - 2 - rows - entries.length)).forEach((entry) => details.set(entry, "full"));
    const recorded = report.ledger === undefined ? "" : ` · recorded in ${codeSpan(`${report.ledger.ref}@${sha7(report.ledger.commit)}`, 200)}`;
    const parts = [
      `${markerLine(report.marker)}\n### ${resultMarks[report.result]} ${inline(report.environment, 60)}: ${inline(applySentence(report), 500)}`,
      `Run ${codeSpan(report.run, 80)} of ${codeSpan(report.branch, 100)} · ${duration(report.durationMs)}${recorded}${seenAt(report)}`,
      report.late === true
        ? "Told late: the forge could not be reached when it ended, or its runner was gone by then. Shown is what the ledger kept: resources, no values."
        : "",
      ...(taken > 0 ? failures(report, taken > 1) : ["What failed and why is left out for size."]),
      taken > 0
        ? refusalList(
            "Why",
            report.refusals.map((refusal) => ({ on: report.environment, refusal })),
          )
        : "",
      ...(report.unlike ?? []).slice(0, 20).map((line) => inline(line, 400)),
      ...failedHooks(report).map((line) => `⚠️ ${inline(line, 400)}`),
      stackRows(report, shownRows),
      planned.length === 0 ? "" : "What it would do:",
      ...stackFolds(groups, { environment: report.environment, details, lights: false }),
      report.next === "" ? "" : `**Next:** ${codeSpan(report.next, 200)}`,
    ];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  };
  return render(highest(steps, (taken) => fits(render(taken), limits)));
}
