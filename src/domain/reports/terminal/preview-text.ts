import { refusalsOf } from "../comment/verdict.ts";
import { checkText } from "../../environments/index.ts";
import { riskyOf } from "../comment/risky.ts";
import { compareRisk } from "../../changes/index.ts";
import { reasonsIn } from "../../planner/index.ts";
import { countsText } from "../counts.ts";
import type { PreviewReport, StackReport } from "../preview-report.ts";
import { changesOf, countsOf, driftOf, environmentLight, environmentSummary, isChanged, lightOf, unverified, worstRisk, type Light } from "../stack-facts.ts";
import { amount, duration, listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { grid } from "./columns.ts";
import { diffText } from "./diff-text.ts";
import { failureText, refusalText } from "./failure-text.ts";
import { drawn, painter, type Look, type Paint } from "./look.ts";

const maxRisky = 30;

function lit(light: Light, paint: Paint): (text: string) => string {
  return light === "🔴" ? paint.red : light === "🟡" ? paint.yellow : paint.dim;
}

function head(report: PreviewReport, look: Look): string[] {
  const paint = painter(look);
  const all = report.stacks.length + report.untouched.length;
  const changed = report.stacks.filter(isChanged).length;
  const state = report.state.kind === "superseded" ? `superseded by ${oneLine(report.state.by, 7)}` : `${amount(all, "stack")} (${changed} changed)`;
  return [
    paint.bold(lit(environmentLight(report), paint)(`${report.environment}: ${environmentSummary(report)}`)),
    paint.dim(
      `preview of ${sha7(report.commit)} onto ${oneLine(report.branch, 100)}@${sha7(report.base)} · ${duration(report.durationMs)} · ${state} · valid until the branch moves`,
    ),
  ];
}

function first(report: PreviewReport, look: Look): string[] {
  const rows = riskyOf(report);
  if (rows.length === 0) return [];
  const paint = painter(look);
  const shown = rows.slice(0, maxRisky).map((row) => [`  ${row.what}`, row.resource, oneLine(row.stack, 100), oneLine(row.why, 160), oneLine(row.source, 100)]);
  const more = rows.length > maxRisky ? [`  … ${amount(rows.length - maxRisky, "more row")}`] : [];
  return [
    "",
    paint.bold(`Read these first (${rows.length})`),
    ...grid(shown, [20, 50, 30, 90], (cell, _row, column) => (column === 0 ? paint.red(cell) : cell)),
    ...more,
  ];
}

function stackText(stack: StackReport, environment: string, look: Look): string[] {
  const paint = painter(look);
  const name = paint.bold(lit(lightOf(stack), paint)(`${environment}.${oneLine(stack.name, 80)}`));
  const why = paint.dim(
    listed(
      stack.reasons.map((reason) => oneLine(reason, 120)),
      3,
      stack.reasons.map(reasonsIn),
    ),
  );
  if (stack.outcome.kind === "failed")
    return [
      "",
      `${name}  failed  ${why}`,
      ...failureText(stack.outcome.failure, look),
      ...stack.outcome.failure.log.slice(-10).map((line) => paint.dim(`    ${oneLine(line, 240)}`)),
    ];
  const until =
    stack.outcome.kind === "unknown"
      ? `unknown until ${listed(
          stack.outcome.until.map((other) => oneLine(other, 60)),
          3,
        )} is applied`
      : "";
  const drift = driftOf(stack).length;
  const said = [until, countsText(countsOf(stack)), drift > 0 ? `${amount(drift, "resource")} drifted` : ""].filter((part) => part !== "").join(", ");
  const changes = changesOf(stack);
  return ["", `${name}  ${said === "" ? "no change" : said}  ${why}`, ...(changes === undefined ? [] : diffText(changes, look))];
}

function notesText(report: PreviewReport, look: Look): string[] {
  return (report.notes ?? []).map((note) => painter(look).yellow(oneLine(note, 240)));
}

function tail(report: PreviewReport): string[] {
  const changed = report.stacks.filter(isChanged);
  const quiet = report.stacks.length - changed.length + report.untouched.length;
  const own = changed.flatMap((stack) => stack.verify.map((check) => oneLine(`${stack.name} ${checkText(check)}`, 160)));
  const together = changed.length === 0 ? [] : (report.verify ?? []).map((check) => oneLine(`then together ${checkText(check)}`, 160));
  const checks = [...own, ...together];
  const silent = unverified(report);
  const waves = report.merge.waves.filter((wave) => wave.length > 0);
  return [
    quiet > 0 ? `${amount(quiet, "stack")} without change` : "",
    checks.length > 0 ? `How we will know: ${listed(checks, 8)}` : "",
    silent.length > 0
      ? `⛔ no way to tell whether this works: ${listed(
          silent.map((stack) => oneLine(stack.name, 60)),
          8,
        )}`
      : "",
    changed.length > 0 && waves.length > 0
      ? `On merge: waves ${waves
          .map((wave) =>
            listed(
              wave.map((name) => oneLine(name, 60)),
              6,
            ),
          )
          .slice(0, 12)
          .join(" → ")}${report.merge.approvals.min > 0 ? `; needs ${report.merge.approvals.min} approval` : ""}`
      : "",
    report.orphans.length > 0
      ? `Orphaned, not touched: ${listed(
          report.orphans.map(({ stack, resources }) => `${oneLine(stack, 60)} (${amount(resources, "resource")})`),
          10,
        )}`
      : "",
    report.fingerprint === undefined ? "" : `Fingerprint ${oneLine(report.fingerprint, 12)}`,
  ].filter((line) => line !== "");
}

/** A preview for the terminal: what to read first, every stack with its diffs worst first, what a merge would do. */
export function previewText(report: PreviewReport, look: Look): string {
  const stacks = [...report.stacks].filter(isChanged).sort((a, b) => compareRisk(worstRisk(a), worstRisk(b)));
  const refusals = refusalsOf(report).map(({ on, refusal }) => refusalText(on, refusal, look));
  const end = tail(report);
  const lines = [
    ...head(report, look),
    ...notesText(report, look),
    ...(report.state.kind === "failed" ? failureText(report.state.failure, look) : []),
    ...(refusals.length > 0 ? ["", ...refusals] : []),
    ...first(report, look),
    ...stacks.flatMap((stack) => stackText(stack, report.environment, look)),
    ...(end.length > 0 ? ["", ...end] : []),
  ];
  return drawn(lines.join("\n"), look);
}
