import type { PreviewReport } from "../preview-report.ts";
import { isChanged } from "../stack-facts.ts";
import { amount, duration, grouped, listed, sha7 } from "../text/amount.ts";
import { fold } from "../text/blocks.ts";
import { codeSpan, inline } from "../text/inline.ts";
import type { Draft } from "./draft.ts";
import { failureBlock } from "./failure.ts";
import { rowKinds, type View } from "./ladder.ts";
import { notesIn } from "./notes.ts";
import { riskyTable } from "./risky.ts";
import { stackFolds } from "./stack-folds.ts";
import { stackTable } from "./stack-table.ts";
import { reasonList } from "./verdict.ts";

const maxNamed = 20;
const maxQuiet = 300;

function firstLine(report: PreviewReport): string {
  const onto = `${inline(sha7(report.commit), 7)} onto ${codeSpan(`${report.branch.slice(0, 100)}@${sha7(report.base)}`, 120)}`;
  if (report.state.kind === "superseded") return `Preview of ${onto} · superseded: ${inline(sha7(report.state.by), 7)} is previewed instead`;
  const all = report.stacks.length + report.untouched.length;
  const changed = report.stacks.filter(isChanged).length;
  const parts = [`Preview of ${onto}`, duration(report.durationMs), `${amount(all, "stack")} (${grouped(changed)} changed)`, "valid until the branch moves"];
  return (report.state.kind === "failed" ? parts.slice(0, 2) : parts).join(" · ");
}

/** The failures that are shown, then one line that names the others. */
function failures({ report, failures: all }: Draft, { shown, logs }: View): string[] {
  const told = all.filter((_, at) => shown.failures.has(at));
  const rest = all.filter((_, at) => !shown.failures.has(at)).map(({ name }) => inline(name, 60));
  const blocks = told.map(({ name, failure }) => failureBlock(`The preview of ${inline(name, 100)} failed`, failure, { retry: report.retry, log: logs }));
  if (rest.length === 0) return blocks;
  if (report.state.kind === "failed") return ["It failed; why is left out for size."];
  const names = listed(rest, maxNamed);
  return [
    ...blocks,
    told.length === 0
      ? `${amount(rest.length, "failed stack")}: ${names}. Why is left out for size.`
      : `… and ${amount(rest.length, "more failed stack")}: ${names}.`,
  ];
}

function unchanged({ report, quiet }: Draft, view: View): string {
  if (quiet.length === 0) return "";
  const title = `${amount(quiet.length, "stack")} without change`;
  if (!view.unchanged) return `${title}, left out for size. Their names: ${codeSpan(`trueup status ${report.environment}`, 100)}`;
  const names = quiet.map((name) => inline(`${report.environment}.${name}`, 100));
  return fold(title, listed(names, maxQuiet));
}

function isPartial(draft: Draft, { shown, logs, details }: View): boolean {
  return (
    rowKinds.some((kind) => shown[kind].size < draft[kind].length) ||
    (!logs && draft.failures.some(({ failure }) => failure.log.length > 0)) ||
    draft.groups.some(({ entries }) => entries.some((entry) => details.get(entry) !== "full"))
  );
}

/** Everything about one environment that its view allows, and what it does not. */
export function section(draft: Draft, view: View, heading: boolean): string {
  const { report, groups, risky, rows, reasons } = draft;
  const { shown } = view;
  const parts = [
    heading ? `### ${inline(report.environment, 60)}` : "",
    firstLine(report),
    // Never left out: with which rights somebody's code was run.
    (report.notes ?? []).map((note) => `> ${inline(note, 300)}`).join("\n>\n"),
    report.state.kind === "done" && rows.length === 0 ? "Nothing would change." : "",
    ...failures(draft, view),
    reasonList(reasons, shown.reasons, report.retry),
    riskyTable(risky, shown.risky),
    stackTable(rows, report, shown.rows),
    ...stackFolds(groups, { environment: report.environment, details: view.details, lights: true }),
    unchanged(draft, view),
    isPartial(draft, view) ? `Everything: ${codeSpan(report.retry, 200)}` : "",
    ...notesIn(draft.notes, shown.notes),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}
