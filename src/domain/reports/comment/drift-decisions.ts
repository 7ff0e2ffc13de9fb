import { isStateful } from "../../changes/index.ts";
import type { DriftIssueRow } from "../drift-issue.ts";
import { codeSpan, inline } from "../text/inline.ts";

const quoted = (text: string): string => JSON.stringify(text.slice(0, 200));

/** One way to decide, as Markdown: its name, and what to type or to edit. */
type Decision = readonly [way: "put it back" | "keep it" | "not ours", todo: string];

const never = "cannot be ignored: a rule hides no delete and no whole stack";

function fileOf({ environment }: DriftIssueRow): string {
  return codeSpan(`environments/${environment}/environment.ts`, 200);
}

/** What is fought over and what was given up is left alone by every repair; an apply of everything still puts it right. */
function putBack({ environment, stack, next }: DriftIssueRow): string {
  const all = codeSpan(`trueup apply ${environment} --all`);
  if (next.kind === "fight") return `find who writes it, then ${all}`;
  return next.kind === "stopped" ? `mend what keeps it from being put back, then ${all}` : codeSpan(`trueup drift ${environment} --stack ${stack} --fix`);
}

function changed(row: DriftIssueRow): readonly Decision[] {
  const { environment, stack, type, name, paths } = row;
  const path = paths[0];
  const about = `${environment} --stack ${stack} --finding ${row.finding}`;
  const rule = `drift: { ignore: [{ type: ${quoted(type)}, name: ${quoted(name)}, path: ${quoted(path ?? "")}, reason: "…" }] }`;
  return [
    ["put it back", putBack(row)],
    ["keep it", `${codeSpan(`trueup drift adopt ${about}`, 300)} writes what is live on a branch, or says what to edit`],
    [
      "not ours",
      `until a date: ${codeSpan(`trueup drift ignore ${about} --until <date> --reason "…"`, 400)}; for good: in ${fileOf(row)} ${codeSpan(rule, 900)}`,
    ],
  ];
}

function gone(row: DriftIssueRow): readonly Decision[] {
  const { environment, stack, type } = row;
  const restore = "restore it by hand and import it: made again it would be empty, so trueup does not make it again by itself";
  return [
    ["put it back", isStateful(type) ? restore : putBack(row)],
    ["keep it", `remove it from the program of ${inline(stack, 60)}, until ${codeSpan(`trueup preview ${environment}`)} shows no change`],
    ["not ours", never],
  ];
}

function orphaned(row: DriftIssueRow): readonly Decision[] {
  return [
    ["put it back", `declare the stack again in ${fileOf(row)}`],
    ["keep it", `in ${fileOf(row)} ${codeSpan(`retire: { ${quoted(row.stack)}: "forget" }`)}, or "destroy" to take it down`],
    ["not ours", never],
  ];
}

function misfit(row: DriftIssueRow): readonly Decision[] {
  return [
    ["put it back", `bring the stacks to versions that fit, then ${codeSpan(`trueup apply ${row.environment}`)}`],
    ["keep it", `change ${codeSpan("requires")} of ${inline(row.stack, 60)} in ${fileOf(row)}`],
    ["not ours", never],
  ];
}

/** What people can decide about a finding: three ways, each with what to type or which file to edit. */
export function decisionsFor(row: DriftIssueRow): readonly string[] {
  const ways = row.kind === "gone" ? gone(row) : row.kind === "orphaned-stack" ? orphaned(row) : row.kind === "undeclared-version" ? misfit(row) : changed(row);
  return ways.map(([way, todo]) => `- ${way}: ${todo}`);
}
