import type { PreviewReport, Refusal } from "../preview-report.ts";
import { amount } from "../text/amount.ts";
import { inline } from "../text/inline.ts";

const maxShown = 12;

/** Everything that stands in the way of an apply, blocking ones first, each with what to do. */
export function verdict(report: PreviewReport): string {
  const all: { readonly on: string; readonly refusal: Refusal }[] = [
    ...report.refusals.map((refusal) => ({ on: report.environment, refusal })),
    ...report.stacks.flatMap((stack) => stack.refusals.map((refusal) => ({ on: `${report.environment}.${stack.name}`, refusal }))),
  ];
  if (all.length === 0) return "";
  const sorted = [...all.filter(({ refusal }) => refusal.blocks), ...all.filter(({ refusal }) => !refusal.blocks)];
  const lines = sorted.slice(0, maxShown).map(({ on, refusal }) => {
    return `- ${refusal.blocks ? "⛔" : "⏳"} **${inline(refusal.kind, 60)}** on ${inline(on, 100)}: ${inline(refusal.reason, 300)} · ${inline(refusal.todo, 300)}`;
  });
  const more = sorted.length > maxShown ? `\n- … and ${amount(sorted.length - maxShown, "more reason")}` : "";
  return `**In the way of an apply:**\n\n${lines.join("\n")}${more}`;
}
