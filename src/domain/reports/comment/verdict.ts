import type { PreviewReport, Refusal } from "../preview-report.ts";
import { amount } from "../text/amount.ts";
import { codeSpan, inline } from "../text/inline.ts";

const maxShown = 12;

export interface RefusalOn {
  readonly on: string;
  readonly refusal: Refusal;
}

export function refusalsOf(report: PreviewReport): RefusalOn[] {
  return [
    ...report.refusals.map((refusal) => ({ on: report.environment, refusal })),
    ...report.stacks.flatMap((stack) => stack.refusals.map((refusal) => ({ on: `${report.environment}.${stack.name}`, refusal }))),
  ];
}

/** What blocks first; else in the order given. */
export function blockingFirst(all: readonly RefusalOn[]): readonly RefusalOn[] {
  return [...all.filter(({ refusal }) => refusal.blocks), ...all.filter(({ refusal }) => !refusal.blocks)];
}

function line({ on, refusal }: RefusalOn): string {
  return `- ${refusal.blocks ? "⛔" : "⏳"} **${inline(refusal.kind, 60)}** on ${inline(on, 100)}: ${inline(refusal.reason, 300)} · ${inline(refusal.todo, 300)}`;
}

/** What stood in the way of an apply, blocking ones first, each with what to do; the empty string when nothing did. */
export function refusalList(title: string, all: readonly RefusalOn[]): string {
  if (all.length === 0) return "";
  const lines = blockingFirst(all).slice(0, maxShown).map(line);
  const more = all.length > maxShown ? `\n- … and ${amount(all.length - maxShown, "more reason")}` : "";
  return `**${title}:**\n\n${lines.join("\n")}${more}`;
}

/** What is in the way of an apply: those of `all` that are shown, how many more there are, and the command that tells them. */
export function reasonList(all: readonly RefusalOn[], shown: ReadonlySet<number>, retry: string): string {
  if (all.length === 0) return "";
  const hidden = all.length - shown.size;
  if (shown.size === 0) return `**In the way of an apply:** ${amount(hidden, "reason")}, left out for size: ${codeSpan(retry, 200)}`;
  const lines = all.filter((_, at) => shown.has(at)).map(line);
  if (hidden > 0) lines.push(`- … and ${amount(hidden, "more reason")} in the way of an apply, left out for size: ${codeSpan(retry, 200)}`);
  return `**In the way of an apply:**\n\n${lines.join("\n")}`;
}
