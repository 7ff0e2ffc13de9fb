import type { DriftIssue, DriftIssueRow, NextTry } from "../drift-issue.ts";
import { atLeast, fits, type Limits } from "../limits.ts";
import { amount, listed } from "../text/amount.ts";
import { fold, table } from "../text/blocks.ts";
import { inline } from "../text/inline.ts";
import { resourceName } from "../text/resource.ts";
import { clipped, oneLine } from "../text/visible.ts";
import { decisionsFor } from "./drift-decisions.ts";
import { highest } from "./ladder.ts";
import { markerLine } from "./marker.ts";

/** By this the one issue of a repository is found again. */
export const driftIssueMarker = markerLine("drift-issue");

const head = ["", "Stack", "Resource", "What", "First seen", "Mode", "Next try"];
const longestTitle = 180;
const hourMs = 3_600_000;

/** `2026-11-21 09:14 UTC`, the same for every reader. */
function moment(iso: string): string {
  return Number.isNaN(Date.parse(iso)) ? "?" : `${new Date(iso).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Rough, so that an issue is not edited at each look only because time goes on. */
function age(iso: string, now: Date): string {
  const hours = Math.floor((now.getTime() - Date.parse(iso)) / hourMs);
  if (!(hours >= 1)) return "under an hour";
  return hours < 48 ? amount(hours, "hour") : amount(Math.floor(hours / 24), "day");
}

function nextText(next: NextTry): string {
  if (next.kind === "at") return moment(next.at);
  return { person: "a person decides", due: "at the next look", stopped: "given up after 5 tries", fight: "left: someone else owns this" }[next.kind];
}

const rank: Readonly<Record<string, number>> = { gone: 0, changed: 1, "undeclared-version": 2, "orphaned-stack": 3 };

/** Gone before changed, then the oldest first. */
function sorted(rows: readonly DriftIssueRow[]): readonly DriftIssueRow[] {
  return [...rows].sort((a, b) => (rank[a.kind] ?? 9) - (rank[b.kind] ?? 9) || Date.parse(a.firstSeen) - Date.parse(b.firstSeen));
}

function resourceOf({ type, name }: DriftIssueRow): string {
  return type === "" ? oneLine(name, 120) : resourceName({ type, name });
}

function whatOf({ kind, paths }: DriftIssueRow): string {
  if (paths.length === 0) return kind === "orphaned-stack" ? "(the whole stack)" : "(the whole resource)";
  return listed(
    paths.map((path) => inline(path, 80)),
    3,
  );
}

function cells(row: DriftIssueRow, now: Date): readonly string[] {
  return [
    inline(row.kind.replace("-", " "), 40),
    inline(`${row.environment}.${row.stack}`, 100),
    inline(resourceOf(row), 280),
    whatOf(row),
    `${moment(row.firstSeen)} (${age(row.firstSeen, now)})`,
    row.mode,
    nextText(row.next),
  ];
}

function rowsText(rows: readonly DriftIssueRow[], shown: number, now: Date): string {
  const more = rows.length > shown ? `… and ${amount(rows.length - shown, "more finding")} left out for size: see trueup status.` : "";
  const shownRows = rows.slice(0, shown).map((row) => cells(row, now));
  return [shown === 0 ? "" : table(head, shownRows), more].filter((part) => part !== "").join("\n\n");
}

function decisionsText(rows: readonly DriftIssueRow[], shown: number): string {
  const folds = rows.slice(0, shown).map((row) => {
    const summary = `${inline(`${row.environment}.${row.stack}`, 100)}: ${inline(resourceOf(row), 280)}`;
    return fold(summary, decisionsFor(row).join("\n"));
  });
  const more = rows.length > shown ? [`… what to type for ${amount(rows.length - shown, "more finding")} is left out for size.`] : [];
  return ["**Decide, for each:** put it back, keep it, or say that it is not ours.", ...folds, ...more].join("\n\n");
}

function titleOf({ rows, unread }: DriftIssue): string {
  if (rows.length === 0 && unread.length === 0) return "No drift";
  const names = [...new Set([...rows.map(({ environment }) => environment), ...unread])].sort().map((name) => oneLine(name, 40));
  return clipped(`Drift: ${amount(rows.length, "finding")} in ${listed(names, 3)}`, longestTitle);
}

function nothingLeft(): string {
  return `${driftIssueMarker}\n### ⚪ No drift\n\nEvery finding is closed. This issue is opened again when something drifts.\n`;
}

/** The one issue of a repository: a row per open finding, what can be decided about each, within `limits`. `isOpen`: there is something left. */
export function driftIssue(issue: DriftIssue, asked: Limits): { readonly title: string; readonly body: string; readonly isOpen: boolean } {
  const title = titleOf(issue);
  if (issue.rows.length === 0 && issue.unread.length === 0) return { title, body: nothingLeft(), isOpen: false };
  const limits = atLeast(asked);
  const rows = sorted(issue.rows);
  const environments = new Set(rows.map(({ environment }) => environment)).size;
  const unread =
    issue.unread.length === 0
      ? ""
      : `**Not read:** the ledger of ${listed(
          issue.unread.map((name) => inline(name, 60)),
          10,
        )}. What is open there is not shown.`;
  const render = (taken: number): string => {
    const parts = [
      `${driftIssueMarker}\n### 🟡 ${amount(rows.length, "finding")} in ${amount(environments, "environment")}`,
      "What is live differs from what was applied. trueup keeps this text and closes the issue when nothing is left; what people write below stays.",
      unread,
      rowsText(rows, Math.min(taken, rows.length), issue.at),
      rows.length === 0 ? "" : decisionsText(rows, Math.max(0, taken - rows.length)),
    ];
    return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  };
  return { title, body: render(highest(2 * rows.length, (taken) => fits(render(taken), limits))), isOpen: true };
}
