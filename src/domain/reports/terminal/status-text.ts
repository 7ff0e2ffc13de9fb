import type { LogEntry, StackStatus, StatusReport } from "../status-report.ts";
import { amount, duration, listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { columns, grid } from "./columns.ts";
import { stateColor, stateMark } from "./live-table.ts";
import { drawn, painter, type Look } from "./look.ts";

function summary({ stacks, head, removed, orphans }: StatusReport): string {
  if (head === undefined) return "its branch is not there";
  if (removed === true) return `its folder is gone, ${amount(orphans.length, "stack")} of it live; nothing is destroyed because of that`;
  const failed = stacks.filter(({ result }) => result === "failed").length;
  const behind = stacks.filter((stack) => stack.behind).length;
  const drifted = stacks.filter(({ drift }) => drift > 0).length;
  const parts = [failed > 0 ? `${failed} failed` : "", behind > 0 ? `${behind} to apply` : "", drifted > 0 ? `${drifted} drifted` : ""].filter(
    (part) => part !== "",
  );
  return parts.length === 0 ? `${amount(stacks.length, "stack")}, all as the branch says` : `${amount(stacks.length, "stack")}: ${parts.join(", ")}`;
}

function row(stack: StackStatus): string[] {
  const notes = [stack.behind ? "to apply" : "", stack.drift > 0 ? `${stack.drift} drifted` : ""].filter((part) => part !== "").join(", ");
  return [
    `${stateMark(stack.result === "never" ? "waiting" : stack.result)} ${oneLine(stack.name, 80)}`,
    stack.result,
    stack.commit === undefined ? "–" : sha7(stack.commit),
    stack.ageMs === undefined ? "–" : `${duration(stack.ageMs)} ago`,
    amount(stack.resources, "resource"),
    notes,
  ];
}

function heldLine({ kind, stacks, reason, by, ageMs, until, endsInMs, lift, writtenBack }: StatusReport["held"][number], environment: string): string {
  const named = stacks.map((name) => oneLine(name, 60));
  const since = `${oneLine(by, 80)}, ${duration(ageMs)} ago`;
  const ends = until === undefined || endsInMs === undefined ? "" : `; until ${until.slice(0, 16)}Z, ${duration(endsInMs)} from now`;
  const out = lift === undefined ? "" : `; lift it: ${oneLine(lift, 200)}`;
  const git = writtenBack === undefined ? "" : `; ${oneLine(writtenBack, 300)}`;
  return `${kind} on ${listed(named, 6) || environment}: ${oneLine(reason, 300)} (${since}${ends}${out})${git}`;
}

/** What is on the branch cannot be applied as it is: the rows are of what is live. */
function unreadableLines({ unreadable, head }: StatusReport): string[] {
  if (unreadable === undefined) return [];
  const { code, what, on, todo } = unreadable;
  return [
    `${head === undefined ? "the branch" : sha7(head)} cannot be read: ${code}: ${oneLine(what, 300)}`,
    `  on ${oneLine(on, 200)}`,
    `  ${oneLine(todo, 300)}`,
  ];
}

/** How an environment stands: one row per stack, then who works on it and what holds it. */
export function statusText(status: StatusReport, look: Look): string {
  const paint = painter(look);
  const bad =
    status.head === undefined || status.removed === true || status.unreadable !== undefined || status.stacks.some(({ result }) => result === "failed");
  const open = status.stacks.some((stack) => stack.behind || stack.drift > 0);
  const lines = [
    paint.bold(
      (bad ? paint.red : open ? paint.yellow : paint.green)(`${status.environment}${status.cloud === "sandbox" ? " (sandbox)" : ""}: ${summary(status)}`),
    ),
    paint.dim(
      `${oneLine(status.branch, 100)}${status.head === undefined ? "" : `@${sha7(status.head)}`} · drift ${status.driftAgeMs === undefined ? "never checked" : `checked ${duration(status.driftAgeMs)} ago`}`,
    ),
    ...grid(status.stacks.map(row), [40, 10, 8, 12, 16], (cell, index, column) => {
      const stack = status.stacks[index];
      return stack !== undefined && column < 2 ? stateColor(stack.result === "never" ? "waiting" : stack.result, paint)(cell) : cell;
    }),
    status.lease === undefined
      ? ""
      : paint.cyan(
          `working on it: ${oneLine(status.lease.who, 80)} on ${oneLine(status.lease.host, 80)}, run ${oneLine(status.lease.run, 80)}, for ${duration(status.lease.ageMs)}`,
        ),
    ...unreadableLines(status).map((line) => paint.red(line)),
    ...status.held.map((one) => paint.red(heldLine(one, status.environment))),
    ...status.orphans.map(({ stack, resources }) =>
      paint.yellow(`orphaned: ${oneLine(stack, 60)} (${amount(resources, "resource")}), declared nowhere; \`retire\` decides`),
    ),
  ];
  return drawn(lines.filter((line) => line !== "").join("\n"), look);
}

/** The ledger as people read it, in the order given: one line per commit. */
export function logText(entries: readonly LogEntry[], look: Look): string {
  const paint = painter(look);
  const lines = entries.map(({ commit, at, sentence }) => {
    const head = `${sha7(commit)}  ${at.slice(0, 16).replace("T", " ")}  `;
    return `${paint.yellow(head.slice(0, 7))}${paint.dim(head.slice(7))}${oneLine(sentence, Math.max(200, look.width - columns(head)))}`;
  });
  return drawn(lines.join("\n"), look);
}
