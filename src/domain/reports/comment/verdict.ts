import type { PreviewReport, Refusal } from "../preview-report.ts";
import { amount } from "../text/amount.ts";
import { inline } from "../text/inline.ts";

const maxShown = 12;

interface RefusalOn {
  readonly on: string;
  readonly refusal: Refusal;
}

export function refusalsOf(report: PreviewReport): RefusalOn[] {
  return [
    ...report.refusals.map((refusal) => ({ on: report.environment, refusal })),
    ...report.stacks.flatMap((stack) => stack.refusals.map((refusal) => ({ on: `${report.environment}.${stack.name}`, refusal }))),
  ];
}

/** What stands in the way of an apply, blocking ones first, each with what to do; the empty string when nothing does. */
export function refusalList(title: string, all: readonly RefusalOn[]): string {
  if (all.length === 0) return "";
  const sorted = [...all.filter(({ refusal }) => refusal.blocks), ...all.filter(({ refusal }) => !refusal.blocks)];
  const lines = sorted.slice(0, maxShown).map(({ on, refusal }) => {
    return `- ${refusal.blocks ? "⛔" : "⏳"} **${inline(refusal.kind, 60)}** on ${inline(on, 100)}: ${inline(refusal.reason, 300)} · ${inline(refusal.todo, 300)}`;
  });
  const more = sorted.length > maxShown ? `\n- … and ${amount(sorted.length - maxShown, "more reason")}` : "";
  return `**${title}:**\n\n${lines.join("\n")}${more}`;
}
