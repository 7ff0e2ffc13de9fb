import { findingId, type DriftKind, type PropertyChange } from "../changes/index.ts";
import type { DriftReport, DriftRow } from "./drift-report.ts";
import { amount } from "./text/amount.ts";
import { propertyText, shownPath } from "./text/property.ts";
import { resourceName } from "./text/resource.ts";
import { oneLine } from "./text/visible.ts";

/** One row a person reads: one property of one finding, or a resource that is gone. */
export interface DriftLine {
  readonly stack: string;
  readonly row: DriftRow;
  readonly property: PropertyChange | undefined;
}

function rank({ row: { finding } }: DriftLine): number {
  const precious = finding.protected || finding.stateful ? 0 : 1;
  return finding.kind === "gone" || finding.kind === "changed" ? order[finding.kind] + precious : order[finding.kind];
}

const order: Readonly<Record<DriftKind, number>> = { gone: 0, changed: 2, "undeclared-version": 4, "orphaned-stack": 5, "output-only": 6 };

/** The kind in words: `undeclared version`; `changed (young)` where nobody is told of it yet. */
export function kindText({ row }: DriftLine): string {
  const kind = row.finding.kind === "output-only" ? row.finding.kind : row.finding.kind.replace("-", " ");
  return row.alertsFrom === undefined ? kind : `${kind} (young)`;
}

/** When the first of those that are only listed begins to alert; undefined: none is young. */
export function youngText(lines: readonly DriftLine[]): string | undefined {
  const [first] = lines.flatMap(({ row }) => row.alertsFrom ?? []).sort();
  return first === undefined
    ? undefined
    : `young: listed only; notices, the drift issue and the exit code tell it from ${first.slice(0, 16)}Z on (drift.alertAfter)`;
}

/** `aws:ec2/Instance web`; of a whole stack its name. */
export function lineResource({ row: { finding } }: DriftLine): string {
  return finding.type === "" ? oneLine(finding.name, 120) : resourceName(finding);
}

export function lineAgeMs({ row, property }: DriftLine): number {
  return (property === undefined ? undefined : row.ages?.[property.path]) ?? row.ageMs;
}

/** Gone before changed, precious before the rest, provider noise last; stack order among equals. */
export function driftLines(report: DriftReport): readonly DriftLine[] {
  const lines = report.stacks.flatMap(({ name, rows }) =>
    rows.flatMap((row): DriftLine[] =>
      row.finding.properties.length === 0
        ? [{ stack: name, row, property: undefined }]
        : row.finding.properties.map((property) => ({ stack: name, row, property })),
    ),
  );
  return lines.sort((a, b) => rank(a) - rank(b));
}

export function isNoise(line: DriftLine): boolean {
  return line.row.finding.kind === "output-only";
}

/** A repair could put it back: it is still as it was found, and about a resource. */
export function isRepairable({ row: { finding, repair } }: DriftLine): boolean {
  return (finding.kind === "changed" || finding.kind === "gone") && repair !== "fixed";
}

/** What to decide about whole stacks. */
export function stackAdvice(lines: readonly DriftLine[]): readonly string[] {
  const has = (kind: DriftKind): boolean => lines.some((line) => line.row.finding.kind === kind);
  return [
    ...(has("orphaned-stack") ? ['declared nowhere: declare the stack again, or write retire: { "<stack>": "destroy" } (or "forget") in environment.ts'] : []),
    ...(has("undeclared-version") ? ["undeclared version: bring both stacks to versions that fit, or change requires in environment.ts"] : []),
  ];
}

/** `tags.owner`, or that all of it is meant. */
export function linePath({ property, row }: DriftLine): string {
  if (property !== undefined) return shownPath(property);
  if (row.finding.kind === "orphaned-stack") return "(the whole stack)";
  return row.finding.kind === "gone" ? "(the whole resource)" : "(no property named)";
}

/** `"ann" → "bob"`: recorded, then live. */
export function lineValues({ property, row }: DriftLine, max: number): string {
  if (property !== undefined) return propertyText(property, max);
  if (row.finding.kind === "orphaned-stack") return `${amount(row.finding.resources ?? 0, "resource")}, declared nowhere`;
  return row.finding.kind === "gone" ? "recorded → gone" : "differs";
}

export function driftSentence(report: DriftReport): string {
  const findings = report.stacks.flatMap(({ rows }) => rows.map(({ finding }) => finding));
  const of = (wanted: DriftKind): number => findings.filter(({ kind }) => kind === wanted).length;
  const [gone, changed, noise, versions, orphans] = [of("gone"), of("changed"), of("output-only"), of("undeclared-version"), of("orphaned-stack")];
  const young = report.stacks.flatMap(({ rows }) => rows.filter(({ alertsFrom }) => alertsFrom !== undefined)).length;
  const unread = report.stacks.filter(({ failure }) => failure !== undefined).length;
  const parts = [
    gone > 0 ? `${gone} gone` : "",
    changed > 0 ? `${changed} changed` : "",
    versions > 0 ? `${amount(versions, "stack")} with undeclared versions` : "",
    orphans > 0 ? amount(orphans, "orphaned stack") : "",
    young > 0 ? `${young} of them young` : "",
    noise > 0 ? `${noise} output-only` : "",
    unread > 0 ? `${unread} not readable` : "",
    report.ignored > 0 ? `${report.ignored} ignored by rules` : "",
  ];
  const said = parts.filter((part) => part !== "").join(", ");
  return gone + changed + versions + orphans + unread === 0 ? `no drift${said === "" ? "" : ` (${said})`}` : said;
}

const isOpen = ({ finding, repair }: DriftRow): boolean => finding.kind !== "output-only" && repair !== "fixed";

/** True when a person or a repair has something to do, now or once it is older. */
export function hasDrift(report: DriftReport): boolean {
  return report.stacks.some(({ rows, failure }) => failure !== undefined || rows.some(isOpen));
}

/** True when it is time that somebody hears of it: something is not young any more. */
export function alerts(report: DriftReport): boolean {
  return report.stacks.some(({ rows, failure }) => failure !== undefined || rows.some((row) => isOpen(row) && row.alertsFrom === undefined));
}

/** The three decisions about what is found, as they are typed: put it back, keep it, say that it is not ours. */
export function decisionTexts(report: DriftReport, lines: readonly DriftLine[]): readonly (readonly [way: string, command: string])[] {
  const open = lines.filter(isRepairable);
  const first = open.find(({ row }) => row.finding.kind === "changed");
  if (open.length === 0) return [];
  const fix = ["put it back", report.commands.fix] as const;
  if (first === undefined) return [fix, ["keep it", `remove it from the program, until ${report.commands.preview} shows no change`]];
  const about = `${report.environment} --stack ${first.stack} --finding ${findingId(first.row.finding)}`;
  return [fix, ["keep it", `trueup drift adopt ${about}`], ["not ours", `trueup drift ignore ${about} --until <date> --reason "…"`]];
}

/** The rule that would hide the first changed finding, as it is written in environment.ts. A rule never hides a delete. */
export function ignoreExample(lines: readonly DriftLine[]): string | undefined {
  const first = lines.find(({ row, property }) => row.finding.kind === "changed" && property !== undefined);
  if (first?.property === undefined) return undefined;
  const quoted = (text: string): string => JSON.stringify(text.slice(0, 200));
  const { type, name } = first.row.finding;
  return `drift: { ignore: [{ type: ${quoted(type)}, name: ${quoted(name)}, path: ${quoted(first.property.path)}, reason: "…" }] }`;
}
