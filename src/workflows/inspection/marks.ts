import type { Closure } from "../../domain/planner/index.ts";
import type { UnknownMarks } from "../estate/index.ts";

/** What an inspected stack leaves open for those that read it. */
export interface Upstream {
  readonly stack: string;
  /** Not there yet, or its preview failed: nothing of it is known. */
  readonly isUnknown: boolean;
  readonly changedOutputs: readonly string[];
  /** Something that it has would be deleted or replaced. */
  readonly isGivingUp: boolean;
}

/** What programs are told, and of which of the stacks that they read something goes: what stands on that may have to be made anew. */
export interface ReadMarks extends UnknownMarks {
  readonly givingUp: readonly string[];
}

/** What the programs downstream must be told is unknown, from everything inspected before them. */
export function marksFrom(inspected: Iterable<Upstream>): ReadMarks {
  const all = [...inspected];
  return {
    stacks: all.filter((one) => one.isUnknown).map((one) => one.stack),
    outputs: Object.fromEntries(all.filter((one) => !one.isUnknown && one.changedOutputs.length > 0).map((one) => [one.stack, one.changedOutputs])),
    givingUp: all.filter((one) => one.isGivingUp).map((one) => one.stack),
  };
}

/** The reasons why a stack's inputs change with this run: "reads clusters.kubeconfig, which changes". Empty when none does. */
export function changedReads(closure: Closure, marks: UnknownMarks): { readonly reasons: readonly string[]; readonly until: readonly string[] } {
  const reasons = new Set<string>();
  const until = new Set<string>();
  for (const { stack, output } of closure.reads ?? []) {
    const outputs = marks.outputs[stack] ?? [];
    const isTouched = marks.stacks.includes(stack) || (output === undefined ? outputs.length > 0 : outputs.includes(output));
    if (!isTouched) continue;
    reasons.add(`reads ${stack}${output === undefined ? "" : `.${output}`}, which changes`);
    until.add(stack);
  }
  return { reasons: [...reasons], until: [...until] };
}

/**
 * Whether what a stack cannot say before those that it waits for are applied may be asked when they are. Where one of them loses what it has, a cluster above
 * all, what stands on that is lost with it: then it would be refused when it is too late.
 */
export function mayAskLater(until: readonly string[], { givingUp }: Pick<ReadMarks, "givingUp">): boolean {
  return until.length > 0 && !until.some((above) => givingUp.includes(above));
}
