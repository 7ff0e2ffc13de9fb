import type { Observer, Progress, StackPhase } from "../../workflows/estate/index.ts";
import { heartbeat, renderTable, type TableRow } from "../../domain/reports/index.ts";

export interface TerminalOptions {
  readonly color: boolean;
  readonly width: number;
  /** A terminal that can redraw; elsewhere one line per state change and a heartbeat. */
  readonly live: boolean;
  write(text: string): void;
}

interface Row {
  state: StackPhase;
  since: number;
  detail: string;
  doing: string;
}

const redrawMs = 120;
const heartbeatMs = 30_000;
const settled: ReadonlySet<StackPhase> = new Set(["previewed", "applied", "verified", "failed", "skipped", "rolled back"]);

/** Resource name and type of a urn, for the column that says what a stack is doing. */
function shortName(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return `${type.split(":").at(-1) ?? type} ${name}`;
}

/** Shows progress on stderr. `stop` clears the live table and its timers; it may be called more than once. */
export function observeTerminal(options: TerminalOptions): { readonly observer: Observer; readonly stop: () => void } {
  const rows = new Map<string, Row>();
  let drawn = 0;
  const erase = (): void => {
    if (drawn > 0) options.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    erase();
    if (rows.size === 0) return;
    const table = renderTable(tableRows(), { width: options.width, color: options.color, unicode: true });
    options.write(`${table}\n`);
    drawn = table.split("\n").length;
  };
  const tell = (text: string): void => {
    if (options.live) erase();
    options.write(`${text}\n`);
    if (options.live) draw();
  };
  const tableRows = (): TableRow[] => {
    const now = performance.now();
    return [...rows].map(([stack, row]) => ({
      stack,
      state: row.state,
      elapsedMs: now - row.since,
      counts: row.detail,
      doing: settled.has(row.state) ? "" : row.doing,
    }));
  };
  const beat = (): void => {
    const text = heartbeat(tableRows());
    if (text !== "") options.write(`${text}\n`);
  };
  const timer = setInterval(options.live ? draw : beat, options.live ? redrawMs : heartbeatMs);
  timer.unref();

  const onStack = (progress: Progress & { kind: "stack" }): void => {
    const before = rows.get(progress.stack);
    const detail = progress.detail ?? before?.detail ?? "";
    rows.set(progress.stack, { state: progress.state, since: before?.state === progress.state ? before.since : performance.now(), detail, doing: "" });
    if (!options.live) options.write(`  ${progress.stack}: ${progress.state}${progress.detail === undefined ? "" : ` (${progress.detail})`}\n`);
  };
  const observer: Observer = (progress) => {
    if (progress.kind === "step") tell(progress.text);
    else if (progress.kind === "wave") tell(`wave ${progress.number} of ${progress.of}: ${progress.stacks.join(", ")}`);
    else if (progress.kind === "stack") onStack(progress);
    else if (progress.kind === "resource") {
      const row = rows.get(progress.stack);
      if (row !== undefined && progress.phase === "started" && progress.operation !== "same") row.doing = `${progress.operation} ${shortName(progress.urn)}`;
    }
  };
  const stop = (): void => {
    clearInterval(timer);
    if (options.live && drawn > 0) draw();
    drawn = 0;
    rows.clear();
  };
  return { observer, stop };
}
