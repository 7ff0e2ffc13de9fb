import type { Operation, PropertyChange, Shown } from "../../changes/index.ts";
import { grouped } from "./amount.ts";
import { shownJson } from "./value.ts";
import { clipped, visible } from "./visible.ts";

/** One line of a diff: its mark stands at column 0. `!` says "changes, sides not shown", `#` is a remark. */
export interface DiffLine {
  readonly mark: "-" | "+" | "!" | "#";
  readonly text: string;
}

const valueUnits = 400;
const pathUnits = 200;
const lineUnits = 160;
/** Changed lines shown of one multi-line text, per side. */
const textLines = 20;

function side(shown: Shown): string {
  switch (shown.kind) {
    case "plain":
      return shownJson(shown.value, valueUnits);
    case "secret":
      return "[secret]";
    case "unknown":
      return "(known after apply)";
    case "absent":
      return "(absent)";
  }
}

export function shownPath(property: PropertyChange): string {
  return clipped(visible(property.path.slice(0, pathUnits * 2)), pathUnits);
}

/** "?" marks a replacement that the sandbox guessed. */
export function replaceRemark(property: PropertyChange): string {
  if (property.guessed) return " # forces replacement?";
  return property.replaces ? " # forces replacement" : "";
}

interface Middle {
  readonly start: number;
  readonly endBefore: number;
  readonly endAfter: number;
}

/** Where two sequences differ, equal head and tail left out. */
function middle(before: ArrayLike<string>, after: ArrayLike<string>): Middle {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { start, endBefore: before.length - tail, endAfter: after.length - tail };
}

function textDiff(path: string, before: string, after: string, remark: string): DiffLine[] {
  const old = before.split("\n");
  const next = after.split("\n");
  const where = middle(old, next);
  const lines: DiffLine[] = [{ mark: "!", text: `${path}: text, from line ${where.start + 1}${remark}` }];
  const take = (mark: "-" | "+", all: readonly string[], end: number): void => {
    for (const line of all.slice(where.start, Math.min(end, where.start + textLines))) {
      const cut = line.length > lineUnits ? `${line.slice(0, lineUnits).replace(/[\ud800-\udbff]$/, "")} … (cut, ${grouped(line.length)} characters in all)` : line;
      lines.push({ mark, text: `  ${visible(cut)}` });
    }
    const more = end - where.start - textLines;
    if (more > 0) lines.push({ mark: "#", text: `  … ${grouped(more)} more ${mark === "-" ? "old" : "new"} lines cut` });
  };
  take("-", old, where.endBefore);
  take("+", next, where.endAfter);
  return lines;
}

/** Two long one-line texts shown around where they begin to differ: cutting both at their head could show them as equal. */
function windowed(before: string, after: string): { readonly before: string; readonly after: string } {
  const where = middle(before, after);
  const from = Math.max(0, where.start - 40);
  const part = (text: string): string => `${from > 0 ? "…" : ""}${text.slice(from, from + valueUnits - 60).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "")}`;
  const cut = (text: string): string => `${shownJson(part(text), valueUnits)} … (cut, ${grouped(text.length)} characters in all, first difference at ${grouped(where.start)})`;
  return { before: cut(before), after: cut(after) };
}

function bothTexts(path: string, before: string, after: string, remark: string): DiffLine[] | undefined {
  if (before.includes("\n") || after.includes("\n")) return textDiff(path, before, after, remark);
  if (before.length <= valueUnits && after.length <= valueUnits) return undefined;
  const parts = windowed(before, after);
  return [{ mark: "-", text: `${path}: ${parts.before}` }, { mark: "+", text: `${path}: ${parts.after}${remark}` }];
}

/** The full diff of one property: one line per side that there is. */
export function propertyLines(property: PropertyChange, operation: Operation): DiffLine[] {
  const { before, after } = property;
  const path = shownPath(property);
  const remark = replaceRemark(property);
  if (operation === "create" || operation === "import") return [{ mark: "+", text: `${path}: ${side(after)}${remark}` }];
  if (operation === "delete") return [{ mark: "-", text: `${path}: ${side(before)}` }];
  if (before.kind === "secret" || after.kind === "secret") return [{ mark: "!", text: `${path}: [secret] → [secret]${remark}` }];
  if (before.kind === "plain" && after.kind === "plain" && typeof before.value === "string" && typeof after.value === "string") {
    const lines = bothTexts(path, before.value, after.value, remark);
    if (lines !== undefined) return lines;
  }
  const lines: DiffLine[] = [];
  if (before.kind !== "absent") lines.push({ mark: "-", text: `${path}: ${side(before)}` });
  if (after.kind !== "absent") lines.push({ mark: "+", text: `${path}: ${side(after)}${remark}` });
  else if (remark !== "" || lines.length === 0) lines.push({ mark: "!", text: `${path}: removed${remark}` });
  return lines;
}

/** `engineVersion "13.4" → "15.2"` on one line, for tables and the terminal. */
export function propertyText(property: PropertyChange, max: number): string {
  const secret = property.before.kind === "secret" || property.after.kind === "secret";
  const one = (shown: Shown): string => (secret ? "[secret]" : shown.kind === "plain" ? shownJson(shown.value, max) : side(shown));
  return `${one(property.before)} → ${one(property.after)}`;
}
