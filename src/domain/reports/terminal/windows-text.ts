import { holdVerbs, shownWhen } from "../../gates/index.ts";
import type { WindowsReport } from "../windows-report.ts";
import { listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, painter, type Look } from "./look.ts";

type Action = WindowsReport["actions"][number];

function turn({ open, opensAt, closesAt }: Action, zone: string): string {
  const next = open ? closesAt : opensAt;
  if (next !== undefined) return `${open ? "closes" : "opens"} ${shownWhen(new Date(next), zone)}`;
  return open ? "nothing closes it" : "does not open within four years";
}

function because({ by, reason, open, passes }: Action): string {
  if (by.length === 0) return reason;
  const windows = listed(by, 4);
  if (passes === true) return `a rollback passes the closed window: ${windows}`;
  return `${open ? "inside" : reason.startsWith("no window") ? "outside" : "by"} ${windows}`;
}

/** Open or closed, by what, until when, and what a person can do about it. */
export function windowsText(report: WindowsReport, look: Look): string {
  const paint = painter(look);
  const { zone, actions, holds, override } = report;
  const isClosed = actions.some(({ action, open }) => action !== "drift" && !open);
  const who = listed(
    override.from.map((name) => oneLine(name, 80)),
    5,
  );
  const rows = actions.map((one) => {
    const state = (one.open ? paint.green : paint.red)((one.open ? "open" : "closed").padEnd(6));
    return `${one.action.padEnd(9)}  ${state}  ${oneLine(because(one), 300)}; ${turn(one, zone)}`;
  });
  const held = holds.map(({ kind, stacks, by, reason, until }) => {
    const ends = until === null ? "until it is lifted" : `until ${shownWhen(new Date(until), zone)}`;
    const on = stacks.map((name) => oneLine(name, 60));
    return paint.red(`${holdVerbs[kind].is}: ${listed(on, 6) || "all stacks"}, ${ends}, by ${oneLine(by, 80)}: ${oneLine(reason, 300)}`);
  });
  const lines = [
    paint.bold(`${report.environment} at ${shownWhen(new Date(report.at), zone)}, by the rules of ${sha7(report.rules)}`),
    ...rows,
    ...held,
    isClosed ? `pass it once: ${oneLine(override.command, 200)}${who === "" ? "" : ` (only ${who})`}` : "",
    report.note === undefined ? "" : paint.yellow(oneLine(report.note, 300)),
  ];
  return drawn(lines.filter((line) => line !== "").join("\n"), look);
}
