import type { PreviewReport } from "../preview-report.ts";
import { isChanged } from "../stack-facts.ts";
import { amount, duration, grouped, listed, sha7 } from "../text/amount.ts";
import { fold } from "../text/blocks.ts";
import { codeSpan, inline } from "../text/inline.ts";
import type { Draft } from "./draft.ts";
import { failureBlock } from "./failure.ts";
import type { View } from "./ladder.ts";
import { notes } from "./notes.ts";
import { riskyTable } from "./risky.ts";
import { stackFolds } from "./stack-folds.ts";
import { stackTable } from "./stack-table.ts";
import { refusalList, refusalsOf } from "./verdict.ts";

const maxFailures = 3;
const maxQuiet = 300;

function firstLine(report: PreviewReport): string {
  const onto = `${inline(sha7(report.commit), 7)} onto ${codeSpan(`${report.branch.slice(0, 100)}@${sha7(report.base)}`, 120)}`;
  if (report.state.kind === "superseded") return `Preview of ${onto} · superseded: ${inline(sha7(report.state.by), 7)} is previewed instead`;
  const all = report.stacks.length + report.untouched.length;
  const changed = report.stacks.filter(isChanged).length;
  const parts = [`Preview of ${onto}`, duration(report.durationMs), `${amount(all, "stack")} (${grouped(changed)} changed)`, "valid until the branch moves"];
  return (report.state.kind === "failed" ? parts.slice(0, 2) : parts).join(" · ");
}

function failures(report: PreviewReport, log: boolean): string[] {
  if (report.state.kind === "failed")
    return [failureBlock(`The preview of ${inline(report.environment, 60)} failed`, report.state.failure, { retry: report.retry, log })];
  const failed = report.stacks.flatMap((stack) => (stack.outcome.kind === "failed" ? [{ name: stack.name, failure: stack.outcome.failure }] : []));
  const shown = failed.slice(0, maxFailures).map(({ name, failure }) => {
    return failureBlock(`The preview of ${inline(`${report.environment}.${name}`, 100)} failed`, failure, { retry: report.retry, log });
  });
  const rest = failed.slice(maxFailures);
  return rest.length === 0
    ? shown
    : [
        ...shown,
        `… and ${amount(rest.length, "more failed stack")}: ${listed(
          rest.map(({ name }) => inline(name, 60)),
          20,
        )}.`,
      ];
}

/** Everything about one environment that its view allows. */
export function section({ report, groups, risky, rows, quiet }: Draft, view: View, heading: boolean): string {
  const title = heading ? [`### ${inline(report.environment, 60)}`] : [];
  const nothing = report.state.kind === "done" && rows.length === 0 ? ["Nothing would change."] : [];
  const folds = stackFolds(groups, { environment: report.environment, details: view.details, lights: true });
  const partial = groups.flatMap((group) => group.entries).some((entry) => view.details.get(entry) !== "full") || view.stackRows < rows.length;
  const parts = [
    ...title,
    firstLine(report),
    // Never left out: with which rights somebody's code was run.
    (report.notes ?? []).map((note) => `> ${inline(note, 300)}`).join("\n>\n"),
    ...nothing,
    ...failures(report, view.logs),
    view.verdict ? refusalList("In the way of an apply", refusalsOf(report)) : "",
    riskyTable(risky, view.riskyRows),
    stackTable(rows, report, view.stackRows),
    ...folds,
    view.unchanged && quiet.length > 0 && rows.length > 0
      ? fold(
          `${amount(quiet.length, "stack")} without change`,
          listed(
            quiet.map((name) => inline(`${report.environment}.${name}`, 100)),
            maxQuiet,
          ),
        )
      : "",
    partial ? `Everything: ${codeSpan(report.retry, 200)}` : "",
    view.notes ? notes(report).join("\n\n") : "Checks, waves, approvals and windows are left out for size.",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}
