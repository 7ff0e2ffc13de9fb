import { createHash } from "node:crypto";
import { compareRisk, policyName } from "../../changes/index.ts";
import type { StackReport } from "../preview-report.ts";
import { changesOf, entriesOf, type Entry } from "../stack-facts.ts";

/** Stacks whose changes read exactly the same: shown once. Most groups have one stack. */
export interface Group {
  readonly stacks: readonly StackReport[];
  /** Worst first; at least one. */
  readonly entries: readonly Entry[];
}

/** Everything a reader would see of the changes; urns hold the stack's name and are left out. */
function signature(stack: StackReport, entries: readonly Entry[]): string {
  const hash = createHash("sha256");
  if (stack.outcome.kind === "unknown") hash.update(`unknown ${stack.outcome.until.join(" ")}\n`);
  for (const { change, policies } of entries) {
    const { urn: _urn, ...seen } = change;
    hash.update(JSON.stringify([seen, policies.map((finding) => [policyName(finding), finding.message])]));
  }
  return hash.digest("base64");
}

/** Changed resources by stack, equal stacks folded together, worst group first. */
export function groupsOf(stacks: readonly StackReport[]): readonly Group[] {
  const groups = new Map<string, { stacks: StackReport[]; entries: readonly Entry[] }>();
  for (const stack of stacks) {
    const changes = changesOf(stack);
    const entries = changes === undefined ? [] : entriesOf(changes);
    if (entries.length === 0) continue;
    const key = signature(stack, entries);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { stacks: [stack], entries });
    else known.stacks.push(stack);
  }
  return [...groups.values()].sort((a, b) => compareRisk(a.entries[0]?.risk ?? "none", b.entries[0]?.risk ?? "none"));
}
