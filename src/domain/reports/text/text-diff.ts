import { grouped } from "./amount.ts";
import { shownJson } from "./value.ts";
import { visible } from "./visible.ts";

/** One line of a diff: its mark stands at column 0. `!` says "changes, sides not shown", `#` is a remark. */
export interface DiffLine {
  readonly mark: "-" | "+" | "!" | "#";
  readonly text: string;
}

/** Two texts under one property path; `remark` is what stands after the new one. */
interface Texts {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly remark: string;
}

/** UTF-16 units shown of one value on one line. */
export const maxValueUnits = 400;
const maxLineUnits = 160;
/** Changed lines shown of one multi-line text, per side. */
const maxLines = 20;

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

function cutLine(line: string): string {
  if (line.length <= maxLineUnits) return visible(line);
  return `${visible(line.slice(0, maxLineUnits).replace(/[\ud800-\udbff]$/, ""))} … (cut, ${grouped(line.length)} characters in all)`;
}

function changedLines(mark: "-" | "+", lines: readonly string[], range: { readonly start: number; readonly end: number }): DiffLine[] {
  const shown = lines.slice(range.start, Math.min(range.end, range.start + maxLines)).map((line): DiffLine => ({ mark, text: `  ${cutLine(line)}` }));
  const more = range.end - range.start - maxLines;
  if (more > 0) shown.push({ mark: "#", text: `  … ${grouped(more)} more ${mark === "-" ? "old" : "new"} lines cut` });
  return shown;
}

function lineByLine({ path, before, after, remark }: Texts): DiffLine[] {
  const old = before.split("\n");
  const next = after.split("\n");
  const where = middle(old, next);
  return [
    { mark: "!", text: `${path}: text, from line ${where.start + 1}${remark}` },
    ...changedLines("-", old, { start: where.start, end: where.endBefore }),
    ...changedLines("+", next, { start: where.start, end: where.endAfter }),
  ];
}

/** Shown around where they begin to differ: cutting both at their head could show them as equal. */
function windowed({ path, before, after, remark }: Texts): DiffLine[] {
  const where = middle(before, after);
  const from = Math.max(0, where.start - 40);
  const part = (text: string): string =>
    `${from > 0 ? "…" : ""}${text.slice(from, from + maxValueUnits - 60).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "")}`;
  const cut = (text: string): string =>
    `${shownJson(part(text), maxValueUnits)} … (cut, ${grouped(text.length)} characters in all, first difference at ${grouped(where.start)})`;
  return [
    { mark: "-", text: `${path}: ${cut(before)}` },
    { mark: "+", text: `${path}: ${cut(after)}${remark}` },
  ];
}

/** The diff of two texts that do not fit on one line each; undefined when they do. */
export function textLines(texts: Texts): DiffLine[] | undefined {
  if (texts.before.includes("\n") || texts.after.includes("\n")) return lineByLine(texts);
  return texts.before.length > maxValueUnits || texts.after.length > maxValueUnits ? windowed(texts) : undefined;
}
