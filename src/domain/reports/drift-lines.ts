import type { PropertyChange } from "../changes/index.ts";
import type { DriftReport, DriftRow } from "./drift-report.ts";
import { propertyText, shownPath } from "./text/property.ts";

/** One row a person reads: one property of one finding, or a resource that is gone. */
export interface DriftLine {
  readonly stack: string;
  readonly row: DriftRow;
  readonly property: PropertyChange | undefined;
}

function rank({ row: { finding } }: DriftLine): number {
  const precious = finding.protected || finding.stateful ? 0 : 1;
  if (finding.kind === "gone") return precious;
  return finding.kind === "changed" ? 2 + precious : 4;
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

/** `tags.owner`, or that all of it is meant. */
export function linePath({ property, row }: DriftLine): string {
  if (property !== undefined) return shownPath(property);
  return row.finding.kind === "gone" ? "(the whole resource)" : "(no property named)";
}

/** `"ann" → "bob"`: recorded, then live. */
export function lineValues({ property, row }: DriftLine, max: number): string {
  if (property !== undefined) return propertyText(property, max);
  return row.finding.kind === "gone" ? "recorded → gone" : "differs";
}

export function driftSentence(report: DriftReport): string {
  const findings = report.stacks.flatMap(({ rows }) => rows.map(({ finding }) => finding));
  const gone = findings.filter(({ kind }) => kind === "gone").length;
  const changed = findings.filter(({ kind }) => kind === "changed").length;
  const noise = findings.filter(({ kind }) => kind === "output-only").length;
  const unread = report.stacks.filter(({ failure }) => failure !== undefined).length;
  const parts = [
    gone > 0 ? `${gone} gone` : "",
    changed > 0 ? `${changed} changed` : "",
    noise > 0 ? `${noise} output-only` : "",
    unread > 0 ? `${unread} not readable` : "",
    report.ignored > 0 ? `${report.ignored} ignored by rules` : "",
  ];
  const said = parts.filter((part) => part !== "").join(", ");
  return gone + changed + unread === 0 ? `no drift${said === "" ? "" : ` (${said})`}` : said;
}

/** True when a person or a repair has something to do. */
export function hasDrift(report: DriftReport): boolean {
  return report.stacks.some(
    ({ rows, failure }) => failure !== undefined || rows.some(({ finding, repair }) => finding.kind !== "output-only" && repair !== "fixed"),
  );
}

/** The rule that would hide the first changed finding, as it is written in environment.ts. A rule never hides a delete. */
export function ignoreExample(lines: readonly DriftLine[]): string | undefined {
  const first = lines.find(({ row, property }) => row.finding.kind === "changed" && property !== undefined);
  if (first?.property === undefined) return undefined;
  const quoted = (text: string): string => JSON.stringify(text.slice(0, 200));
  const { type, name } = first.row.finding;
  return `drift: { ignore: [{ type: ${quoted(type)}, name: ${quoted(name)}, path: ${quoted(first.property.path)}, reason: "…" }] }`;
}
