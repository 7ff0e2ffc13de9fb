import { checkText } from "../../environments/index.ts";
import { lossWords } from "../../rebuilding/index.ts";
import { countOf, countsText } from "../counts.ts";
import type { RebuildReport, RebuildStack } from "../rebuild-report.ts";
import { amount, duration, listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { grid } from "./columns.ts";
import { stateColor, stateMark } from "./live-table.ts";
import { drawn, painter, type Look, type Paint } from "./look.ts";

const longest = 600;
const mostFound = 12;

/** `3 of 12 gone`, `2 found, 1 to make`. */
function tally({ loss, named, gone, found, missing, backup }: RebuildStack): string {
  if (loss === "none" || loss === "unfinished") return gone === 0 ? amount(named, "object") : `${gone} of ${amount(named, "object")} gone`;
  if (loss === "cloud" || loss === "part") return `${gone} of ${amount(named, "object")} gone`;
  const stands = backup === undefined ? "" : "; from the newest backup";
  if (found === undefined) return `known when its wave comes${stands}`;
  return `${found.length} to take in, ${missing ?? 0} to make${stands}`;
}

function foundLines({ name, found = [] }: RebuildStack): string[] {
  const lines = found
    .slice(0, mostFound)
    .map(({ urn, id, because }) => `  ${name}: ${oneLine(`${urn.split("::").slice(2).join("::")} → ${id} (${because})`, longest)}`);
  return found.length > mostFound ? [...lines, `  ${name}: and ${amount(found.length - mostFound, "more object")}`] : lines;
}

function planRow(stack: RebuildStack): readonly string[] {
  const { name, wave, commit, loss, tookMs } = stack;
  const took = tookMs === undefined ? "" : `took ${duration(tookMs)}`;
  return [String(wave), oneLine(name, 80), sha7(commit), oneLine(tally(stack), 80), took, lossWords[loss]];
}

function doneRow({ name, done }: RebuildStack): readonly string[] {
  const { result = "skipped", durationMs = 0, taken = [], changes, verified = [] } = done ?? {};
  const did = [...(taken.length === 0 ? [] : [`${taken.length} taken in`]), ...(changes === undefined ? [] : [countsText(countOf(changes.resources))])];
  const bad = verified.filter(({ passed }) => !passed).map(({ check, says }) => oneLine(`${checkText(check)}: ${says}`, 160));
  const isWell = verified.length > 0 && bad.length === 0;
  const word = { good: "rebuilt", failed: "failed", cancelled: "cancelled", skipped: "not started" }[result];
  return [
    `${stateMark(result === "good" ? "done" : result)} ${oneLine(name, 80)}`,
    word,
    duration(durationMs),
    did.filter((text) => text !== "").join(", "),
    isWell ? `${verified.length} verified` : bad.join("; "),
  ];
}

function headOf(report: RebuildReport): string {
  const { stacks, result, durationMs = 0 } = report;
  const waves = Math.max(0, ...stacks.map(({ wave }) => wave));
  const size = `${amount(stacks.length, "stack")} in ${amount(waves, "wave")}`;
  const expects = report.expectedMs === undefined ? "" : `, about ${duration(report.expectedMs)} by what they took before`;
  const after = duration(durationMs);
  return {
    nothing: "nothing is lost; nothing to rebuild",
    planned: `to rebuild: ${size}${expects}; nothing is changed yet`,
    good: `rebuilt ${size} in ${after}`,
    failed: `rebuild failed after ${after}`,
    refused: "rebuild refused; nothing was changed",
    cancelled: `rebuild cancelled after ${after}`,
  }[result];
}

function painted(report: RebuildReport, paint: Paint): string {
  const color = { nothing: paint.green, good: paint.green, planned: paint.yellow, failed: paint.red, refused: paint.red, cancelled: paint.yellow }[
    report.result
  ];
  return paint.bold(color(`${report.environment}: ${headOf(report)}`));
}

/** Where its state says that data was lost with it: it must be said before a person is asked. */
function dataLines({ name, data }: RebuildStack): string[] {
  return data.length === 0 ? [] : [`  ${name}: ${oneLine(listed(data, 6), longest)} held data; made again without it`];
}

/** What was on the way when something was lost, and is of no commit that was good. */
function leftLines({ name, done }: RebuildStack): string[] {
  const left = done?.left ?? [];
  return left.length === 0 ? [] : [`  ${name}: ${oneLine(listed(left, 6), longest)} came with another commit and is left as it is: an apply goes on with it`];
}

/** A plan, or what became of one. */
export function rebuildText(report: RebuildReport, look: Look): string {
  const paint = painter(look);
  const isPlan = report.run === undefined;
  const rows = report.stacks.map((stack) => (isPlan ? planRow(stack) : doneRow(stack)));
  const table = isPlan
    ? grid([["wave", "stack", "from", "objects", "", "what is lost"], ...rows], [4, 40, 7, 60, 12], (cell, row) => (row === 0 ? paint.dim(cell) : cell))
    : grid(rows, [40, 12, 8, 60], (cell, row, column) =>
        column < 2 ? stateColor(report.stacks[row]?.done?.result === "good" ? "done" : "failed", paint)(cell) : cell,
      );
  const more = isPlan ? report.stacks.flatMap((stack) => [...foundLines(stack), ...dataLines(stack)]) : report.stacks.flatMap(leftLines);
  const problems = report.stacks.flatMap(({ done }) => (done?.problem === undefined ? [] : [done.problem]));
  const lines = [
    painted(report, paint),
    ...(report.stacks.length === 0 ? [] : table),
    ...more,
    ...(report.left.length === 0 || report.result === "nothing" ? [] : [paint.dim(`  left as they are: ${oneLine(listed(report.left, 12), longest)}`)]),
    ...report.notes.map((note) => paint.yellow(`  ${oneLine(note, longest)}`)),
    ...problems.flatMap(({ code, what, on, todo }) => [
      paint.red(`  ${code}: ${oneLine(what, longest)}`),
      `  on ${oneLine(on, 200)}`,
      `  ${oneLine(todo, longest)}`,
    ]),
    report.next === "" ? "" : `Next: ${oneLine(report.next, longest)}`,
  ];
  return drawn(lines.filter((line) => line !== "").join("\n"), look);
}
