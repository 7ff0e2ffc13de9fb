import type { CiOutput } from "../../workflows/ci-job/index.ts";
import type { Observer, Progress, StackPhase } from "../../workflows/estate/index.ts";

/** Reached by a stack at the end of a preview, an apply or a check: what was told of it until then is one group. */
const resting: ReadonlySet<StackPhase> = new Set(["previewed", "applied", "verified", "failed", "skipped"]);
const mostLines = 500;

interface Kept {
  readonly lines: string[];
  more: number;
}

function keep(kept: Kept, line: string): void {
  if (kept.lines.length < mostLines) kept.lines.push(line);
  else kept.more += 1;
}

/** `type name` of a urn; whole where it has another form. */
function resourceOf(urn: string): string {
  const [, , type, name] = urn.split("::");
  return type === undefined || name === undefined ? urn : `${type.split("$").at(-1) ?? type} ${name}`;
}

/**
 * What happened to the resources of each stack, folded away in a group per stack when it comes to rest. Stacks run at once and hosts know no groups
 * side by side, so nothing is written in between.
 */
export function groupStacks(output: Pick<CiOutput, "group">, write: (text: string) => void): Observer {
  const stacks = new Map<string, Kept>();
  const onResource = ({ stack, operation, phase, urn }: Progress & { kind: "resource" }): void => {
    if (phase === "started" || operation === "same") return;
    const kept = stacks.get(stack) ?? { lines: [], more: 0 };
    stacks.set(stack, kept);
    keep(kept, `${phase === "failed" ? "failed to " : ""}${operation} ${resourceOf(urn)}`);
  };
  const onStack = ({ stack, state, detail }: Progress & { kind: "stack" }): void => {
    const kept = stacks.get(stack);
    if (kept === undefined || !resting.has(state)) return;
    stacks.delete(stack);
    const more = kept.more === 0 ? [] : [`and ${kept.more} more`];
    write(output.group(`${stack}: ${state}${detail === undefined ? "" : ` (${detail})`}`, [...kept.lines, ...more]));
  };
  return (progress) => {
    if (progress.kind === "resource") onResource(progress);
    else if (progress.kind === "stack") onStack(progress);
  };
}
