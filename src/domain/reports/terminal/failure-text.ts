import type { Failure, Refusal } from "../preview-report.ts";
import { oneLine } from "../text/visible.ts";
import { painter, type Look } from "./look.ts";

/** Three lines: what failed, on what, what to do. */
export function failureText(failure: Failure, look: Look): string[] {
  const paint = painter(look);
  const where = [failure.problem.on, failure.source, failure.resource].flatMap((part) => (part === undefined || part === "" ? [] : [oneLine(part, 200)]));
  return [
    `  ${paint.red(`${failure.problem.code}: ${oneLine(failure.problem.what, 500)}`)}`,
    `  on ${where.join(" · ")}`,
    `  ${oneLine(failure.problem.todo, 400)}`,
  ];
}

export function refusalText(on: string, refusal: Refusal, look: Look): string {
  const paint = painter(look);
  const head = `${refusal.blocks ? "⛔" : "⏳"} ${oneLine(refusal.kind, 60)} on ${oneLine(on, 100)}: ${oneLine(refusal.reason, 300)} ·`;
  return `${refusal.blocks ? paint.red(head) : paint.yellow(head)} ${oneLine(refusal.todo, 300)}`;
}
