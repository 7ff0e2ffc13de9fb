import { compareRisk, riskOf, riskOrder, type ChangeSet, type DriftFinding, type PolicyFinding, type ResourceChange, type Risk } from "../changes/index.ts";
import { changing, countOf, countsText, noCounts, sumOf, type Counts } from "./counts.ts";
import type { PreviewReport, StackReport } from "./preview-report.ts";

/** One changed resource with the policy findings on it and its place in the risk order. */
export interface Entry {
  readonly change: ResourceChange;
  readonly policies: readonly PolicyFinding[];
  readonly risk: Risk;
}

export function changesOf(stack: StackReport): ChangeSet | undefined {
  return stack.outcome.kind === "failed" ? undefined : stack.outcome.changes;
}

/** Drift that matters before an apply: provider noise left out. */
export function driftOf(stack: StackReport): readonly DriftFinding[] {
  return stack.outcome.kind === "changes" ? stack.outcome.drift.filter((finding) => finding.kind !== "output-only") : [];
}

/** Changed resources, worst first; engine order among equals. A read touches nothing and is left out unless a policy speaks of it. */
export function entriesOf(changes: ChangeSet): Entry[] {
  const byUrn = new Map<string, PolicyFinding[]>();
  for (const finding of changes.policies) {
    if (finding.urn === undefined) continue;
    const known = byUrn.get(finding.urn);
    if (known === undefined) byUrn.set(finding.urn, [finding]);
    else known.push(finding);
  }
  const entries = changes.resources.flatMap((change): Entry[] => {
    const policies = byUrn.get(change.urn) ?? [];
    if (change.operation === "read" && policies.length === 0) return [];
    const refused = policies.some((finding) => finding.level === "mandatory");
    return [{ change, policies, risk: refused ? "policy" : riskOf(change) }];
  });
  return entries.sort((a, b) => compareRisk(a.risk, b.risk));
}

export function countsOf(stack: StackReport): Counts {
  return countOf(changesOf(stack)?.resources ?? []);
}

/** True when a reader must look at it: something changes, failed, drifted, is unknown or is refused. */
export function isChanged(stack: StackReport): boolean {
  if (stack.outcome.kind !== "changes") return true;
  const { changes, drift } = stack.outcome;
  return (
    changing(countOf(changes.resources)) > 0 ||
    drift.some((finding) => finding.kind !== "output-only") ||
    changes.policies.length > 0 ||
    stack.refusals.length > 0
  );
}

/** The worst class in a stack. A failed stack ranks with mandatory policy failures, an unknown one with updates unless it knows worse. */
export function worstRisk(stack: StackReport): Risk {
  const changes = changesOf(stack);
  const risks: Risk[] =
    changes === undefined
      ? []
      : entriesOf(changes)
          .slice(0, 1)
          .map((entry) => entry.risk);
  if (stack.outcome.kind === "failed" || changes?.policies.some((finding) => finding.level === "mandatory") === true) risks.push("policy");
  if (stack.outcome.kind === "unknown") risks.push("update");
  if (driftOf(stack).length > 0) risks.push("drift");
  return risks.sort(compareRisk)[0] ?? "none";
}

export type Light = "🔴" | "🟡" | "⚪";

/** Red: it would be refused, or something is lost on the way. Yellow: something changes. White: nothing does. */
export function lightOf(stack: StackReport): Light {
  if (stack.refusals.some((refusal) => refusal.blocks)) return "🔴";
  const worst = worstRisk(stack);
  if (riskOrder.indexOf(worst) <= riskOrder.indexOf("replace")) return "🔴";
  return isChanged(stack) ? "🟡" : "⚪";
}

export function environmentCounts(report: PreviewReport): Counts {
  return report.stacks.length === 0 ? noCounts : sumOf(report.stacks.map(countsOf));
}

/** Stacks that no check covers although the environment demands one. */
export function unverified(report: PreviewReport): readonly StackReport[] {
  return report.verifyRequired ? report.stacks.filter((stack) => isChanged(stack) && stack.verify.length === 0) : [];
}

export function environmentLight(report: PreviewReport): Light {
  if (report.state.kind === "failed" || report.refusals.some((refusal) => refusal.blocks) || unverified(report).length > 0) return "🔴";
  const lights = new Set(report.stacks.map(lightOf));
  if (lights.has("🔴")) return "🔴";
  return lights.has("🟡") || report.refusals.length > 0 ? "🟡" : "⚪";
}

/** `1 replace, 2 delete`, `no change`, `failed`, `superseded`; unknown, failed and drifted stacks are named by number. */
export function environmentSummary(report: PreviewReport): string {
  if (report.state.kind === "failed") return "failed";
  if (report.state.kind === "superseded") return "superseded";
  const failed = report.stacks.filter((stack) => stack.outcome.kind === "failed").length;
  const unknown = report.stacks.filter((stack) => stack.outcome.kind === "unknown").length;
  const drifted = report.stacks.filter((stack) => driftOf(stack).length > 0).length;
  const parts = [
    failed > 0 ? `${failed} failed` : "",
    countsText(environmentCounts(report)),
    unknown > 0 ? `${unknown} unknown yet` : "",
    drifted > 0 ? `${drifted} drifted` : "",
  ];
  const text = parts.filter((part) => part !== "").join(", ");
  return text === "" ? "no change" : text;
}
