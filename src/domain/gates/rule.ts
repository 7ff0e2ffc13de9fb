import type { GateQuestion } from "./question.ts";
import type { Refusal } from "./verdict.ts";

/** What one rule says of a question. */
export interface Ruling {
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
}

export type Rule = (question: GateQuestion) => Ruling;

export function refuses(refusals: readonly Refusal[]): Ruling {
  return { refusals, notes: [] };
}

/** "1 resource", "3 resources". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export function environmentFile(question: GateQuestion): string {
  return `environments/${question.environment.name}/environment.ts`;
}

export function mentions(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
