import { countOf, countsText } from "../counts.ts";
import { lightOf, type Entry } from "../stack-facts.ts";
import { amount, grouped, listed } from "../text/amount.ts";
import { fence, fold } from "../text/blocks.ts";
import { inline } from "../text/inline.ts";
import { operationText, resourceFacts, resourceLines, resourceTitle, type Detail } from "../text/resource.ts";
import type { Group } from "./groups.ts";

const maxNames = 30;

/** Blocks are made once: the climb to the right size asks for the same ones again and again. */
const made = new WeakMap<Entry, Map<Detail, string>>();

function makeBlock(entry: Entry, detail: Detail): string {
  if (detail === "name") return `- \`${operationText(entry.change)}\` ${inline(resourceFacts(entry.change), 500)}`;
  const lines = resourceLines(entry.change, detail, entry.policies).map((line) => `${line.mark} ${line.text}`);
  return fence("diff", [`@@ ${resourceTitle(entry.change)} @@`, ...lines]);
}

function block(entry: Entry, detail: Detail): string {
  const known = made.get(entry) ?? new Map<Detail, string>();
  made.set(entry, known);
  const text = known.get(detail) ?? makeBlock(entry, detail);
  known.set(detail, text);
  return text;
}

interface FoldOptions {
  readonly environment: string;
  readonly details: ReadonlyMap<Entry, Detail>;
  /** Whether a light says how much to worry: before an apply, not after. */
  readonly lights: boolean;
}

function summaryOf(group: Group, { environment, lights }: FoldOptions): string {
  const [first] = group.stacks;
  const counts = countsText(countOf(group.entries.map((entry) => entry.change)));
  const until =
    first?.outcome.kind === "unknown"
      ? `, as far as known before ${listed(
          first.outcome.until.map((name) => inline(`${environment}.${name}`, 80)),
          3,
        )} is applied`
      : "";
  const colors = new Set(group.stacks.map(lightOf));
  const light = lights ? `${colors.has("🔴") ? "🔴" : colors.has("🟡") ? "🟡" : "⚪"} ` : "";
  const names = listed(
    group.stacks.map((stack) => inline(`${environment}.${stack.name}`, 100)),
    maxNames,
  );
  if (group.stacks.length === 1) return `${light}<b>${names}</b>: ${counts}${until}`;
  return `${light}same ${amount(group.entries.length, "change")} in ${grouped(group.stacks.length)} stacks (${counts}${until}): <b>${names}</b>`;
}

function foldOf(group: Group, options: FoldOptions): string {
  const { details } = options;
  const blocks = group.entries.filter((entry) => (details.get(entry) ?? "name") !== "name").map((entry) => block(entry, details.get(entry) ?? "keys"));
  const names = group.entries.filter((entry) => details.get(entry) === "name").map((entry) => block(entry, "name"));
  const rest = group.entries.filter((entry) => !details.has(entry));
  const parts = [...blocks];
  if (names.length > 0) parts.push(`Named only, their diffs are left out for size:\n\n${names.join("\n")}`);
  if (rest.length > 0)
    parts.push(`… and ${amount(rest.length, "more resource")} left out for size (${countsText(countOf(rest.map((entry) => entry.change)))}).`);
  return fold(summaryOf(group, options), parts.join("\n\n"));
}

/** One fold per changed stack (or per set of equal ones), and one sentence for the stacks of which nothing is shown. */
export function stackFolds(groups: readonly Group[], options: FoldOptions): string[] {
  const { details } = options;
  const shown = groups.filter((group) => group.entries.some((entry) => details.has(entry)));
  const hidden = groups.filter((group) => !group.entries.some((entry) => details.has(entry)));
  const folds = shown.map((group) => foldOf(group, options));
  if (hidden.length === 0) return folds;
  const stacks = hidden.reduce((sum, group) => sum + group.stacks.length, 0);
  const resources = hidden.reduce((sum, group) => sum + group.stacks.length * group.entries.length, 0);
  return [...folds, `**Left out for size:** ${amount(resources, "resource")} of ${amount(stacks, "stack")}.`];
}
