import { findingId } from "../../changes/index.ts";
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
} from "../drift-lines.ts";
import type { DriftReport } from "../drift-report.ts";
import { amount, duration, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { grid } from "./columns.ts";
import { failureText } from "./failure-text.ts";
import { drawn, painter, type Look } from "./look.ts";

const maxRows = 500;

/** Drift for the terminal: one row per property, recorded → live, how long, and the commands to decide. */
export function driftText(report: DriftReport, look: Look): string {
  const paint = painter(look);
  const all = driftLines(report);
  const lines = all.filter((line) => !isNoise(line));
  const shown = lines.slice(0, maxRows);
  const rows = shown.map((line) => {
    const ageMs = lineAgeMs(line);
    return [
      `  ${line.row.repair ?? kindText(line)}`,
      oneLine(line.stack, 80),
      lineResource(line),
      linePath(line),
      lineValues(line, 100),
      ageMs === 0 ? "now" : duration(ageMs),
      findingId(line.row.finding),
    ];
  });
  const example = hasDrift(report) ? ignoreExample(lines) : undefined;
  const text = [
    paint.bold((alerts(report) ? paint.yellow : paint.green)(`${report.environment}: ${driftSentence(report)}`)),
    paint.dim(`live objects compared with ${sha7(report.commit)} of ${oneLine(report.branch, 100)} · ${duration(report.durationMs)}`),
    ...grid(rows, [20, 30, 50, 50, 80, 12], (cell, row, column) =>
      column > 0 ? cell : shown[row]?.row.repair === "fixed" ? paint.green(cell) : paint.yellow(cell),
    ),
    lines.length > maxRows ? `  … ${amount(lines.length - maxRows, "more row")} left out; all of them: -o json` : "",
    all.length > lines.length ? paint.dim(`  ${amount(all.length - lines.length, "value")} that only providers report: nothing to do`) : "",
    ...report.stacks.flatMap((stack) =>
      stack.failure === undefined
        ? []
        : [paint.bold(`${report.environment}.${oneLine(stack.name, 80)} could not be read`), ...failureText(stack.failure, look)],
    ),
    ...(report.notDue ?? []).map(({ stack, next }) => paint.dim(`  not due: ${oneLine(stack, 80)}, ${next === undefined ? "never" : `next at ${next}`}`)),
    ...(report.exceptions ?? []).map((one) => paint.dim(`  ${oneLine(one, 300)}`)),
    ...report.warnings.map((warning) => paint.yellow(`⚠️ ${oneLine(warning, 300)}`)),
    ...(report.pages ?? []).map(({ what, on, todo }) => paint.yellow(`⛔ ${oneLine(`${what} (${on}). ${todo}`, 600)}`)),
    ...(report.proposals ?? []).flatMap(({ title, body }) => [
      "",
      paint.bold(`proposal: ${oneLine(title, 200)}`),
      ...body.split("\n").map((line) => oneLine(line, 2_000)),
    ]),
    youngText(lines) ?? "",
    ...decisionTexts(report, lines).map(([way, command]) => `${way}: ${oneLine(command, 300)}`),
    ...stackAdvice(lines),
    example === undefined ? "" : `not ours, for good: in environment.ts ${oneLine(example, 700)}`,
  ];
  return drawn(text.filter((line) => line !== "").join("\n"), look);
}
