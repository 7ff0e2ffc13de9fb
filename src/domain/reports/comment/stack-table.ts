import { reasonsIn } from "../../planner/index.ts";
import type { PreviewReport, StackReport } from "../preview-report.ts";
import { countsOf, driftOf, changesOf, lightOf } from "../stack-facts.ts";
import { countsText, sumOf } from "../counts.ts";
import { amount, listed } from "../text/amount.ts";
import { table } from "../text/blocks.ts";
import { inline } from "../text/inline.ts";

const head = ["Stack", "±", "−", "+", "~", "Policy", "Drift first", "Why affected"];

function policyCell(stack: StackReport): string {
  const policies = changesOf(stack)?.policies;
  if (policies === undefined) return "–";
  const mandatory = policies.filter((finding) => finding.level === "mandatory").length;
  if (mandatory > 0) return `⛔ ${mandatory} mandatory`;
  return policies.length > 0 ? `⚠️ ${policies.length} advisory` : "none";
}

function whyCell(stack: StackReport, environment: string): string {
  if (stack.outcome.kind === "failed") return `⛔ failed: ${inline(stack.outcome.failure.problem.what, 160)}`;
  if (stack.outcome.kind === "unknown")
    return `unknown until ${listed(
      stack.outcome.until.map((name) => inline(`${environment}.${name}`, 80)),
      3,
    )} is applied`;
  return listed(
    stack.reasons.map((reason) => inline(reason, 160)),
    3,
    stack.reasons.map(reasonsIn),
  );
}

function row(stack: StackReport, { environment, liveAgeMs }: PreviewReport): string[] {
  const name = `${lightOf(stack)} ${inline(`${environment}.${stack.name}`, 100)}`;
  if (stack.outcome.kind !== "changes") {
    const blank = stack.outcome.kind === "failed" ? "–" : "?";
    return [name, blank, blank, blank, blank, policyCell(stack), "–", whyCell(stack, environment)];
  }
  const counts = countsOf(stack);
  const drift = driftOf(stack).length;
  const adopted = counts.import > 0 ? `, ${counts.import} import` : "";
  return [
    name,
    `${counts.replace}`,
    `${counts.delete}`,
    `${counts.create}${adopted}`,
    `${counts.update}`,
    policyCell(stack),
    drift > 0 ? `${drift}` : liveAgeMs === undefined ? "not read" : "none",
    whyCell(stack, environment),
  ];
}

/** One row per stack with something to tell; what is left out is summed up below. */
export function stackTable(rows: readonly StackReport[], report: PreviewReport, shown: ReadonlySet<number>): string {
  if (rows.length === 0) return "";
  const rest = rows.filter((_, at) => !shown.has(at));
  const sum = countsText(sumOf(rest.map(countsOf)));
  const more = rest.length > 0 ? `… and ${amount(rest.length, "more stack")} left out for size${sum === "" ? "" : ` (${sum})`}.` : "";
  if (shown.size === 0) return more;
  return `${table(
    head,
    rows.filter((_, at) => shown.has(at)).map((stack) => row(stack, report)),
  )}${more === "" ? "" : `\n\n${more}`}`;
}
