import type { Failure } from "../preview-report.ts";
import { amount } from "../text/amount.ts";
import { fence, fold } from "../text/blocks.ts";
import { codeSpan, inline } from "../text/inline.ts";
import { clipped, visible, withoutAnsi } from "../text/visible.ts";

const logLines = 30;
const logUnits = 240;

function logFold(log: readonly string[], shown: boolean): string {
  if (log.length === 0) return "";
  if (!shown) return `\n\n${amount(log.length, "log line")} left out for size.`;
  const last = log.slice(-logLines).map((line) => clipped(visible(withoutAnsi(line.slice(0, logUnits * 4))), logUnits));
  const title = log.length > logLines ? `Last ${logLines} of ${amount(log.length, "log line")}` : amount(log.length, "log line");
  return `\n\n${fold(title, fence("text", last))}`;
}

/** First error, where, the resource, the last log lines, what to do and how to try again. */
export function failureBlock(title: string, failure: Failure, options: { readonly retry: string; readonly log: boolean }): string {
  const { problem, source, resource } = failure;
  const where = [
    `on ${inline(problem.on, 200)}`,
    source === undefined ? "" : `at ${codeSpan(source, 200)}`,
    resource === undefined ? "" : `resource ${codeSpan(resource, 250)}`,
  ];
  const lines = [
    `#### ⛔ ${title}`,
    "",
    `**${codeSpan(problem.code, 60)}** ${inline(problem.what, 500)}`,
    where.filter((part) => part !== "").join(" · "),
    "",
    `What to do: ${inline(problem.todo, 400)} Try again: ${codeSpan(options.retry)}`,
  ];
  return `${lines.join("\n")}${logFold(failure.log, options.log)}`;
}
