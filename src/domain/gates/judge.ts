import { byCodeUnit } from "../../base/json/index.ts";
import { approvalRule, mayApprove, staleRule } from "./approvals.ts";
import { emptyingRule, goneRule, maxDestroyRule, statefulRule } from "./destroy.ts";
import { policyRule } from "./policies.ts";
import type { GateQuestion } from "./question.ts";
import { requirementRule } from "./requirements.ts";
import { refuses, type Rule } from "./rule.ts";
import { checkRule, holdRule, identityRule, pendingRule, unknownRule, verifyRule } from "./standing.ts";
import { refusal, refusalKinds, type Override, type Refusal, type RefusalKind, type Verdict } from "./verdict.ts";
import { windowsOpen } from "./windows.ts";

/**
 * What begins in a window that closes on the way stops half-done: better not to begin. Only of a run that has not begun the length is asked, and of each of
 * its units by itself: one that is short does not wait for one that is long.
 */
function tooLong({ environment, action, at, expected = [] }: GateQuestion, closesAt: Date | undefined): readonly Refusal[] {
  if (closesAt === undefined) return [];
  const long = expected.filter(({ ms }) => at.getTime() + ms > closesAt.getTime());
  if (long.length === 0) return [];
  const { opensAt } = windowsOpen(environment.windows, action, closesAt);
  const again = opensAt === undefined ? "" : `It opens again at ${opensAt.toISOString()}. `;
  return long.map(({ stack, says }) =>
    refusal("window", {
      stack,
      reason: `the window closes at ${closesAt.toISOString()}, and this takes ${says}`,
      todo: `${again}Begin early enough, or let it begin all the same: --override window --reason "…"`,
    }),
  );
}

const windowRule: Rule = (question) => {
  const { environment, action, at, stacks } = question;
  if (stacks.length === 0) return refuses([]);
  const answer = windowsOpen(environment.windows, action, at);
  const long = answer.open ? tooLong(question, answer.closesAt) : [];
  if (long.length > 0) return refuses(long);
  if (answer.open) return refuses([]);
  const opens =
    answer.opensAt === undefined
      ? "It does not open within four years: change windows."
      : `It opens at ${answer.opensAt.toISOString()}; the same command goes through then.`;
  return refuses([refusal("window", { reason: answer.reason, todo: opens })]);
};

/** Every rule by the name it can be left out by; leaving one out is for control tests only. */
export const gateRules = {
  identity: identityRule,
  pending: pendingRule,
  policy: policyRule,
  emptying: emptyingRule,
  requirement: requirementRule,
  maxDestroy: maxDestroyRule,
  stateful: statefulRule,
  gone: goneRule,
  stale: staleRule,
  verify: verifyRule,
  check: checkRule,
  hold: holdRule,
  approval: approvalRule,
  window: windowRule,
  unknown: unknownRule,
} as const satisfies Record<string, Rule>;

/**
 * Asked of a rebuild. It brings back what was approved when it was applied, and a person was asked: no approval, window, check or version stands in its
 * way. What it must not do is act elsewhere, beside an operation that never ended, against a policy or a hold, or destroy what is left.
 */
export const rebuildRules: readonly Rule[] = [identityRule, pendingRule, policyRule, emptyingRule, maxDestroyRule, statefulRule, holdRule];

/** Asked again before each wave but the first: whether the window is still open, and whether somebody has frozen it meanwhile. */
export const waveRules: readonly Rule[] = [
  windowRule,
  (question) => holdRule({ ...question, holds: question.holds?.filter(({ kind }) => kind === "freeze") ?? [] }),
];

/** What a person may permit once. Acting on another account, on unfinished operations, against a policy or a freeze, or emptying a stack are not among them. */
export const overridable: readonly RefusalKind[] = ["requirement", "destroys too much", "stateful", "gone", "stale", "verify", "check", "hold", "window"];

/** Of these, what a rebuild asks. */
export const rebuildOverridable: readonly RefusalKind[] = ["destroys too much", "stateful", "hold"];

/** Whose words count for an override: those of who may approve by the rules that are live, for the commit that they saw. */
type Permitted = Pick<GateQuestion, "commit" | "overrides"> & { readonly environment: Pick<GateQuestion["environment"], "approvals"> };

/** The words that let this refusal pass. */
export function overrideFor(question: Permitted, refused: Pick<Refusal, "kind" | "stack">): Override | undefined {
  if (!overridable.includes(refused.kind)) return undefined;
  return question.overrides?.find(
    (one) =>
      one.guard === refused.kind &&
      one.commit === question.commit &&
      one.reason.trim() !== "" &&
      (one.stack === undefined || one.stack === refused.stack) &&
      mayApprove(one, question.environment.approvals.from),
  );
}

function worstFirst(a: Refusal, b: Refusal): number {
  return refusalKinds.indexOf(a.kind) - refusalKinds.indexOf(b.kind) || byCodeUnit(a.stack ?? "", b.stack ?? "");
}

/** May this run go on? Pure: the same question gives the same verdict. Raises ENVIRONMENT_INVALID only for windows that cannot be read. */
export function judge(question: GateQuestion, rules: readonly Rule[] = Object.values(gateRules)): Verdict {
  const rulings = rules.map((rule) => rule(question));
  const all = rulings
    .flatMap((ruling) => ruling.refusals)
    .sort(worstFirst)
    .map((refused) => ({ refusal: refused, override: overrideFor(question, refused) }));
  const overridden = all.flatMap(({ refusal: refused, override }) => (override === undefined ? [] : [{ refusal: refused, override }]));
  const refusals = all.filter(({ override }) => override === undefined).map((one) => one.refusal);
  const passed = overridden.map(
    ({ refusal: refused, override }) =>
      `${override.by} passed "${refused.kind}"${refused.stack === undefined ? "" : ` of ${refused.stack}`}: ${override.reason}`,
  );
  return {
    allowed: refusals.length === 0,
    refusals,
    notes: [...rulings.flatMap((ruling) => ruling.notes), ...passed],
    overridden,
    exit: refusals[0]?.exit ?? 0,
  };
}
