import type { ChangeSet } from "../../changes/index.ts";
import { entriesOf } from "../stack-facts.ts";
import { amount } from "../text/amount.ts";
import { resourceLines, resourceTitle } from "../text/resource.ts";
import type { DiffLine } from "../text/text-diff.ts";
import { painter, type Look } from "./look.ts";

/** Resources printed of one stack; `-o json` has all. */
const maxResources = 200;

/** The diffs of one stack for a terminal, worst first, indented by two. Lines are not cut: a terminal wraps and can be scrolled. */
export function diffText(changes: ChangeSet, look: Look): string[] {
  const paint = painter(look);
  const colors: Record<DiffLine["mark"], (text: string) => string> = { "-": paint.red, "+": paint.green, "!": paint.yellow, "#": paint.dim };
  const entries = entriesOf(changes);
  const lines = entries.slice(0, maxResources).flatMap(({ change, policies }) => {
    const title = change.operation === "replace" || change.operation === "delete" ? paint.red : change.operation === "create" ? paint.green : paint.yellow;
    return [
      `  ${title(resourceTitle(change))}`,
      ...resourceLines(change, "full", policies).map((line) => `    ${colors[line.mark](`${line.mark} ${line.text}`)}`),
    ];
  });
  if (entries.length > maxResources) lines.push(`  … ${amount(entries.length - maxResources, "more resource")} left out; all of them: -o json`);
  return lines;
}
