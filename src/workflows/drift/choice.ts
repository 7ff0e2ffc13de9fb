import { Problem } from "../../base/problem/index.ts";
import { keptOf, pageOf, turnOf, type DriftFinding, type Memory, type Turn } from "../../domain/changes/index.ts";
import type { StackDrift } from "./drift.ts";

/** What of one stack's drift is repaired. */
export interface Choice {
  readonly targets: readonly DriftFinding[];
  /** What is not: not its turn, or on a resource of which a rule says that part of it is somebody else's. */
  readonly left: readonly { readonly finding: DriftFinding; readonly why: Exclude<Turn, { kind: "now" }> | { readonly kind: "ignored" } }[];
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
  return { targets, left };
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
    const page = stacks.includes(one.stack) ? pageOf(one, environment, at) : undefined;
    return page === undefined ? [] : [new Problem("CHANGES_FOUND", { ...page, on: `${environment}.${one.stack}` })];
  });
}
