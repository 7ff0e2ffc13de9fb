import { compareRisk, riskOrder, type DriftFinding, type PolicyFinding, type ResourceChange, type Risk } from "../../changes/index.ts";
import type { PreviewReport, StackReport } from "../preview-report.ts";
import { changesOf, driftOf, entriesOf, type Entry } from "../stack-facts.ts";
import { table } from "../text/blocks.ts";
import { amount } from "../text/amount.ts";
import { inline } from "../text/inline.ts";
import { propertyText } from "../text/property.ts";
import { isGuessed, operationText, resourceName } from "../text/resource.ts";

/** One row of "Read these first", cells as plain text. */
export interface RiskyRow {
  readonly risk: Risk;
  readonly what: string;
  readonly resource: string;
  readonly stack: string;
  readonly why: string;
  readonly source: string;
}

function guessedBy(change: ResourceChange): string {
  if (change.undiffed === true) return ", perhaps: its provider's own settings are not known yet";
  return isGuessed(change) ? ", the sandbox guesses" : "";
}

function whyOf({ change, policies }: Entry): string {
  const forcing = change.properties.filter((property) => property.replaces || property.guessed).map((property) => property.path.slice(0, 80));
  const forced =
    forcing.length === 0
      ? ""
      : `${forcing.slice(0, 3).join(", ")}${forcing.length > 3 ? ` and ${forcing.length - 3} more` : ""} ${forcing.length === 1 ? "forces" : "force"} it`;
  const lost = change.operation === "replace" || change.operation === "delete";
  const parts = [
    ...policies
      .filter((finding) => finding.level === "mandatory")
      .slice(0, 2)
      .map((finding) => `${finding.policy}: ${finding.message.slice(0, 160)}`),
    change.operation === "replace" ? `${forced}${guessedBy(change)}` : "",
    change.operation === "delete" ? "removed from the program" : "",
    change.stateful ? "stateful" : "",
    change.protected ? "protected" : change.stateful && lost ? "not protected" : "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function ofEntry(stack: string, entry: Entry): RiskyRow {
  const { change } = entry;
  return {
    risk: entry.risk,
    what: `${entry.risk === "policy" ? "⛔ " : ""}${operationText(change)}`,
    resource: resourceName(change),
    stack,
    why: whyOf(entry),
    source: change.source ?? "",
  };
}

function ofPolicy(stack: string, finding: PolicyFinding): RiskyRow {
  return {
    risk: "policy",
    what: "⛔ policy",
    resource: (finding.urn ?? "").split("::").slice(2).join(" ") || "the stack",
    stack,
    why: `${finding.policy}: ${finding.message.slice(0, 200)}`,
    source: "",
  };
}

function ofDrift(stack: string, finding: DriftFinding): RiskyRow {
  const paths = finding.properties.slice(0, 2).map((property) => `${property.path.slice(0, 80)} ${propertyText(property, 40)}`);
  const more = finding.properties.length > 2 ? ` and ${finding.properties.length - 2} more` : "";
  const why = finding.kind === "gone" ? "deleted outside" : `changed outside: ${paths.join(", ")}${more}`;
  return { risk: "drift", what: finding.kind === "gone" ? "≠ gone" : "≠ drift", resource: resourceName(finding), stack, why, source: "" };
}

function ofStack(stack: StackReport, environment: string): RiskyRow[] {
  const name = `${environment}.${stack.name}`;
  const changes = changesOf(stack);
  const entries = changes === undefined ? [] : entriesOf(changes);
  const planned = new Set(entries.map((entry) => entry.change.urn));
  const elsewhere = (changes?.policies ?? []).filter((finding) => finding.level === "mandatory" && (finding.urn === undefined || !planned.has(finding.urn)));
  const first = entries.filter((entry) => riskOrder.indexOf(entry.risk) <= riskOrder.indexOf("replace"));
  return [
    ...elsewhere.map((finding) => ofPolicy(name, finding)),
    ...first.map((entry) => ofEntry(name, entry)),
    ...driftOf(stack).map((finding) => ofDrift(name, finding)),
  ];
}

/** What a reviewer must not miss, worst first. */
export function riskyOf(report: PreviewReport): readonly RiskyRow[] {
  return report.stacks.flatMap((stack) => ofStack(stack, report.environment)).sort((a, b) => compareRisk(a.risk, b.risk));
}

export function riskyTable(rows: readonly RiskyRow[], shown: ReadonlySet<number>): string {
  if (rows.length === 0) return "";
  if (shown.size === 0) return `#### ⚠️ ${amount(rows.length, "risky change")}: left out for size`;
  const cells = rows
    .filter((_, at) => shown.has(at))
    .map((row) => [inline(row.what), inline(row.resource, 250), inline(row.stack, 100), inline(row.why, 300), inline(row.source, 160)]);
  const more = rows.length > shown.size ? `\n\n… and ${amount(rows.length - shown.size, "more row")} left out for size.` : "";
  return `#### ⚠️ Read these first (${rows.length})\n\n${table(["", "Resource", "Stack", "Why", "Source"], cells)}${more}`;
}
