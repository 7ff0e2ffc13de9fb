import { failedHooks, type ApplyReport } from "../apply-report.ts";
import { applySentence } from "../comment/apply-comment.ts";
import { checkText } from "../../environments/index.ts";
import { countOf, countsText } from "../counts.ts";
import { duration, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { grid } from "./columns.ts";
import { failureText, refusalText } from "./failure-text.ts";
import { stateColor, stateMark } from "./live-table.ts";
import { drawn, painter, type Look } from "./look.ts";

/** The result of an apply for the terminal: one sentence, one row per stack, what failed, what to do next. */
export function applyText(report: ApplyReport, look: Look): string {
  const paint = painter(look);
  const color = report.result === "good" ? paint.green : report.result === "nothing" ? paint.dim : report.result === "held" ? paint.yellow : paint.red;
  const rows = report.stacks.map((stack) => {
    const did = stack.changes === undefined ? "" : countsText(countOf(stack.changes.resources));
    const bad = stack.verified.filter((check) => !check.passed).map((check) => oneLine(`${checkText(check.check)}: ${check.says}`, 160));
    const verified = stack.verified.length === 0 ? "" : bad.length === 0 ? `${stack.verified.length} verified` : bad.join("; ");
    return [
      `${stateMark(stack.result === "applied" ? "done" : stack.result)} ${oneLine(stack.name, 80)}`,
      stack.back === undefined ? stack.result : `${stack.result} to ${sha7(stack.back)}`,
      duration(stack.durationMs),
      did,
      verified,
    ];
  });
  const lines = [
    paint.bold(color(`${report.environment}: ${oneLine(applySentence(report), 500)}`)),
    ...grid(rows, [40, 22, 8, 40], (cell, row, column) =>
      column < 2 ? stateColor(report.stacks[row]?.result === "applied" ? "done" : (report.stacks[row]?.result ?? ""), paint)(cell) : cell,
    ),
    ...(report.unlike ?? []).map((line) => oneLine(line, 400)),
    ...report.refusals.map((refusal) => refusalText(report.environment, refusal, look)),
    ...failedHooks(report).map((line) => paint.yellow(oneLine(line, 400))),
    ...(report.failure === undefined ? [] : failureText(report.failure, look)),
    ...report.stacks.flatMap((stack) =>
      stack.failure === undefined ? [] : [paint.bold(`${report.environment}.${oneLine(stack.name, 80)}`), ...failureText(stack.failure, look)],
    ),
    report.ledger === undefined
      ? ""
      : paint.dim(`run ${oneLine(report.run, 80)}, recorded in ${oneLine(report.ledger.ref, 100)}@${sha7(report.ledger.commit)}`),
    report.next === "" ? "" : `Next: ${oneLine(report.next, 200)}`,
  ];
  return drawn(lines.filter((line) => line !== "").join("\n"), look);
}
