import { Problem } from "../../base/problem/index.ts";
import { keptOf, turnOf, type DriftFinding, type Memory, type Turn } from "../../domain/changes/index.ts";
import type { StackDrift } from "./drift.ts";

/** What of one stack's drift is repaired. */
export interface Choice {
  readonly targets: readonly DriftFinding[];
  /** What is not: not its turn, or on a resource of which a rule says that part of it is somebody else's. */
  readonly left: readonly { readonly finding: DriftFinding; readonly why: Exclude<Turn, { kind: "now" }> | { readonly kind: "ignored" } }[];
  /** The whole stack may be run; else only the targets. */
  readonly isWhole: boolean;
}

export interface ChoiceQuestion {
  readonly drift: Pick<StackDrift, "findings" | "ignored">;
  readonly memory: Memory;
  readonly at: Date;
  /** False for a person who asks by name: then what was tried lately is tried again. Fights and what was given up are left in any case. */
  readonly obeysWaits: boolean;
}

/** Pure. */
export function choose({ drift, memory, at, obeysWaits }: ChoiceQuestion): Choice {
  const shared = new Set(drift.ignored.map(({ finding }) => finding.urn));
  const targets: DriftFinding[] = [];
  const left: Choice["left"][number][] = [];
  for (const finding of drift.findings) {
    const turn = turnOf(keptOf(memory, finding), at);
    const isOpen = turn.kind === "now" || (turn.kind === "wait" && !obeysWaits);
    if (!isOpen) left.push({ finding, why: turn });
    else if (shared.has(finding.urn)) left.push({ finding, why: { kind: "ignored" } });
    else targets.push(finding);
  }
  return { targets, left, isWhole: left.length === 0 && drift.ignored.length === 0 };
}

/** Stateful or protected things that are gone are never made again without a person: the data would not come back with them. */
export function refuseLost(drift: Pick<StackDrift, "findings">, on: string): Problem | undefined {
  const lost = drift.findings.find((finding) => finding.kind === "gone" && (finding.protected || finding.stateful));
  if (lost === undefined) return undefined;
  return new Problem("GUARD_REFUSED", {
    what: `${lost.type} ${lost.name} is gone and is ${lost.protected ? "protected" : "stateful"}: making it again would not bring its data back`,
    on,
    todo: "Restore it by hand and import it, or remove it from the program.",
  });
}

/** Findings that no repair will touch any more: a person is called. */
export function pagesOf(memory: Memory, about: { readonly environment: string; readonly stacks: readonly string[]; readonly at: Date }): readonly Problem[] {
  const { environment, stacks, at } = about;
  return memory.findings.flatMap((one) => {
    const { kind } = turnOf(one, at);
    if (!stacks.includes(one.stack) || (kind !== "fight" && kind !== "stopped")) return [];
    const name = `${one.type} ${one.name}`;
    const what =
      kind === "fight"
        ? `${name} was changed back three times within a day: someone else owns this`
        : `${name} still drifts after ${one.tries} tries to put it back: given up`;
    const todo =
      kind === "fight"
        ? "It is left alone from now on. Find who writes it; then change the program, or ignore the path with drift.ignore in environment.ts."
        : `It is not tried again. Look with: trueup drift ${environment} --stack ${one.stack}; when its cause is mended: trueup apply ${environment} --all`;
    return [new Problem("CHANGES_FOUND", { what, on: `${environment}.${one.stack}`, todo })];
  });
}
