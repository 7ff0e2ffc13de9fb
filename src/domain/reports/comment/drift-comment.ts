import {
  alerts,
  decisionTexts,
  driftLines,
  driftSentence,
  hasDrift,
  ignoreExample,
  isNoise,
  kindText,
  lineAgeMs,
  linePath,
  lineResource,
  lineValues,
  stackAdvice,
  youngText,
  type DriftLine,
} from "../drift-lines.ts";
import type { DriftReport } from "../drift-report.ts";
import { atLeast, fits, type Limits } from "../limits.ts";
import { amount, duration, sha7 } from "../text/amount.ts";
import { fold, table } from "../text/blocks.ts";
import { codeSpan, inline } from "../text/inline.ts";
import { failureBlock } from "./failure.ts";
import { highest } from "./ladder.ts";
import { markerLine } from "./marker.ts";

const head = ["", "Stack", "Resource", "Property", "Recorded → live", "Age"];
const maxFailures = 3;
const maxWarnings = 10;

function cells(line: DriftLine, environment: string): string[] {
  const { finding, repair } = line.row;
  const ageMs = lineAgeMs(line);
  const mark = repair === undefined ? kindText(line) : `${repair === "fixed" ? "✅" : "⛔"} ${repair}`;
  const precious = finding.protected ? " · protected" : finding.stateful ? " · stateful" : "";
  return [
    mark,
    inline(`${environment}.${line.stack}`, 100),
    inline(`${lineResource(line)}${precious}`, 280),
    inline(linePath(line), 160),
    inline(lineValues(line, 120), 320),
    ageMs === 0 ? "now" : duration(ageMs),
  ];
}

function rows(lines: readonly DriftLine[], shown: number, environment: string): string {
  const more = lines.length > shown ? `… and ${amount(lines.length - shown, "more row")} left out for size.` : "";
  if (shown === 0) return more;
  return [
    table(
      head,
      lines.slice(0, shown).map((line) => cells(line, environment)),
    ),
    more,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function decisions(report: DriftReport, lines: readonly DriftLine[]): string {
  if (!hasDrift(report) || lines.length === 0) return "";
  const example = ignoreExample(lines);
  return [
    "**Decide:**",
    "",
    ...decisionTexts(report, lines).map(([way, command]) => `- ${way}: ${codeSpan(command, 400)}`),
    ...stackAdvice(lines).map((advice) => `- ${inline(advice, 300)}`),
    ...(example === undefined ? [] : [`- not ours, for good: in environment.ts ${codeSpan(example, 900)}`]),
  ].join("\n");
}

function failures(report: DriftReport, log: boolean): string[] {
  const all = report.stacks.flatMap(({ name, failure }) => (failure === undefined ? [] : [{ name, failure }]));
  const shown = all
    .slice(0, maxFailures)
    .map(({ name, failure }) =>
      failureBlock(`${inline(`${report.environment}.${name}`, 100)} could not be read`, failure, { retry: report.commands.preview, log }),
    );
  return all.length > maxFailures ? [...shown, `… and ${amount(all.length - maxFailures, "more stack")} could not be read.`] : shown;
}

/** Titled, because a list right below another list is one list to a reader of Markdown. */
function warnings(report: DriftReport): string {
  if (report.warnings.length === 0) return "";
  const shown = report.warnings.slice(0, maxWarnings).map((text) => `- ⚠️ ${inline(text, 300)}`);
  if (report.warnings.length > maxWarnings) shown.push(`- … and ${amount(report.warnings.length - maxWarnings, "more warning")}`);
  return `**Warnings:**\n\n${shown.join("\n")}`;
}

function exceptions({ exceptions: all = [] }: DriftReport): string {
  if (all.length === 0) return "";
  const shown = all.slice(0, maxWarnings).map((text) => `- ${inline(text, 300)}`);
  if (all.length > maxWarnings) shown.push(`- … and ${amount(all.length - maxWarnings, "more")}`);
  return fold(`${amount(all.length, "path")} that people ignore for a while`, shown.join("\n"));
}

function pages({ pages: all = [] }: DriftReport): string {
  if (all.length === 0) return "";
  const shown = all.slice(0, maxWarnings).map(({ what, on, todo }) => `- ⛔ ${inline(`${what} (${on}). ${todo}`, 600)}`);
  if (all.length > maxWarnings) shown.push(`- … and ${amount(all.length - maxWarnings, "more")} that a person must look at`);
  return `**A person must look at this:**\n\n${shown.join("\n")}`;
}

/** Drift as Markdown within `limits`: one row per property, recorded → live, how long, and the commands to decide. */
export function driftReport(report: DriftReport, asked: Limits): string {
  const limits = atLeast(asked);
  const all = driftLines(report);
  const lines = all.filter((line) => !isNoise(line));
  const noise = all.filter(isNoise);
  const light = alerts(report) ? "🟡" : "⚪";
  const render = (taken: number): string => {
    const shown = Math.min(lines.length, Math.max(0, taken - 2));
    const quiet = Math.max(0, taken - 2 - lines.length);
    const parts = [
      `${markerLine(report.marker)}\n### ${light} ${inline(report.environment, 60)}: ${driftSentence(report)}`,
      `Live objects compared with ${inline(sha7(report.commit), 7)} of ${codeSpan(report.branch, 100)} · ${duration(report.durationMs)} · ${amount(report.stacks.length, "stack")}`,
      ...(taken > 0 ? failures(report, taken > 1) : ["What failed, the warnings and the commands to decide are left out for size."]),
      lines.length === 0 ? "" : rows(lines, shown, report.environment),
      youngText(lines) ?? "",
      noise.length === 0
        ? ""
        : fold(`${amount(noise.length, "value")} that only providers report: no input differs, nothing to do`, rows(noise, quiet, report.environment)),
      taken > 0 ? decisions(report, lines) : "",
      taken > 0 ? exceptions(report) : "",
      taken > 0 ? warnings(report) : "",
      taken > 0 ? pages(report) : "",
    ];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  };
  return render(highest(2 + lines.length + noise.length, (taken) => fits(render(taken), limits)));
}
