import { amount, duration } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { columns, cutTo, padTo } from "./columns.ts";
import { drawn, painter, type Look, type Paint } from "./look.ts";

/** One stack while a command runs. */
export interface TableRow {
  readonly stack: string;
  /** "previewing", "applied", "failed", …: one word. */
  readonly state: string;
  readonly elapsedMs: number;
  /** `1 replace, 2 update`, or empty. */
  readonly counts: string;
  /** What is going on inside it: `create Bucket logs`, or empty. */
  readonly doing: string;
}

/** Rows drawn at once: a table taller than the terminal cannot be redrawn in place. */
const maxRows = 40;
const nameWidth = 32;

const good = new Set(["previewed", "applied", "verified", "good", "unchanged", "done", "rolled back"]);
const bad = new Set(["failed", "refused", "cancelled", "frozen"]);
const idle = new Set(["waiting", "queued", "skipped", "pending", "not started"]);

export function stateColor(state: string, paint: Paint): (text: string) => string {
  if (good.has(state)) return paint.green;
  if (bad.has(state)) return paint.red;
  return idle.has(state) ? paint.dim : paint.cyan;
}

export function stateMark(state: string): string {
  if (good.has(state)) return "✔";
  if (bad.has(state)) return "✖";
  return idle.has(state) ? "·" : "●";
}

function rank(row: TableRow): number {
  if (bad.has(row.state)) return 0;
  return good.has(row.state) ? 3 : idle.has(row.state) ? 2 : 1;
}

/** Failed and running rows stay when there are too many; the order of those kept does not change. */
function kept(rows: readonly TableRow[]): { readonly shown: readonly TableRow[]; readonly rest: readonly TableRow[] } {
  if (rows.length <= maxRows) return { shown: rows, rest: [] };
  const first = new Set([...rows].sort((a, b) => rank(a) - rank(b)).slice(0, maxRows - 1));
  return { shown: rows.filter((row) => first.has(row)), rest: rows.filter((row) => !first.has(row)) };
}

function restLine(rest: readonly TableRow[]): string {
  const states = new Map<string, number>();
  for (const row of rest) states.set(row.state, (states.get(row.state) ?? 0) + 1);
  return `… ${amount(rest.length, "more stack")}: ${[...states].map(([state, count]) => `${count} ${state}`).join(", ")}`;
}

/** The live table: one line per stack, none wider than the terminal, at most 40 lines, no trailing line end. */
export function renderTable(rows: readonly TableRow[], look: Look): string {
  const paint = painter(look);
  const { shown, rest } = kept(rows);
  const names = shown.map((row) => cutTo(oneLine(row.stack, 100), nameWidth));
  const nameColumns = Math.max(0, ...names.map(columns));
  const stateColumns = Math.max(0, ...shown.map((row) => columns(row.state)));
  const lines = shown.map((row, index) => {
    const mark = drawn(stateMark(row.state), look);
    const head = `${padTo(mark, look.unicode ? 1 : 2)} ${padTo(names[index] ?? "", nameColumns)}  ${padTo(row.state, stateColumns)}  ${duration(row.elapsedMs).padStart(6)}`;
    const tail = [oneLine(row.counts, 80), oneLine(row.doing, 120)].filter((part) => part !== "").join(" · ");
    const line = cutTo(drawn(tail === "" ? head : `${head}  ${tail}`, look), look.width);
    // Coloured after cutting, so that no code is cut and none counts as width.
    return stateColor(row.state, paint)(line.slice(0, head.length)) + paint.dim(line.slice(head.length));
  });
  if (rest.length > 0) lines.push(paint.dim(cutTo(drawn(restLine(rest), look), look.width)));
  return lines.join("\n");
}

/** One line for one change of state, for logs and pipes. */
export function renderPlain(row: TableRow): string {
  const tail = [row.counts, row.doing]
    .filter((part) => part !== "")
    .map((part) => oneLine(part, 160))
    .join(" · ");
  return `${oneLine(row.stack, 100)}: ${row.state} after ${duration(row.elapsedMs)}${tail === "" ? "" : ` (${tail})`}`;
}

/** What to print every 30 s when nothing else was; the empty string when nothing runs. */
export function heartbeat(rows: readonly TableRow[]): string {
  const busy = rows.filter((row) => rank(row) === 1);
  if (busy.length === 0) return "";
  const named = busy.slice(0, 5).map((row) => `${oneLine(row.stack, 60)} ${row.state} ${duration(row.elapsedMs)}`);
  return `still working: ${named.join(", ")}${busy.length > 5 ? ` and ${busy.length - 5} more` : ""}`;
}
