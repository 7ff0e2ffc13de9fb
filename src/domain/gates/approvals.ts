import type { Environment } from "../environments/index.ts";
import type { Comparison } from "./compare.ts";
import { destroyedBy } from "./destroyed.ts";
import type { Approval, GateQuestion, JudgedStack } from "./question.ts";
import { mentions, refuses, type Rule, type Ruling } from "./rule.ts";
import { refusal } from "./verdict.ts";

type Rules = Environment["approvals"];

const plain = (name: string): string => name.replace(/^@/, "").toLowerCase();

/** Named, or in a named group; anybody where nobody is named, unless they may have pushed it themselves. */
export function mayApprove(approver: Approval, from: readonly string[]): boolean {
  if (from.length === 0) return approver.unsure === undefined;
  const allowed = new Set(from.map(plain));
  return [approver.by, ...(approver.groups ?? [])].some((name) => allowed.has(plain(name)));
}

/** Different people among those who may approve. */
export function countingApprovals(approvals: readonly Approval[], from: readonly string[]): readonly string[] {
  return [...new Set(approvals.filter((approval) => mayApprove(approval, from)).map((approval) => plain(approval.by)))].sort();
}

function missing(question: GateQuestion, rules: Rules): string | undefined {
  const given = countingApprovals(question.approvals ?? [], rules.from);
  if (given.length >= rules.min) return undefined;
  const who = rules.from.length === 0 ? "anybody" : rules.from.join(", ");
  const why = (question.uncounted ?? []).map((reason) => `; ${reason}`).join("");
  const owners = rules.codeOwners === true ? ", and from the owners of what it changes (CODEOWNERS)" : "";
  return `${given.length} of ${rules.min} approvals from ${who}${owners}${given.length === 0 ? "" : ` (${given.join(", ")})`}${why}`;
}

/** Where enough people approved, and who owns what was never looked at, nobody knows whether they were the right ones. */
function ownersMissing({ environment, lackingOwners }: GateQuestion, isEnough: boolean): readonly string[] {
  if (environment.approvals.codeOwners !== true) return [];
  return lackingOwners ?? (isEnough ? ["who owns what it changes is not known"] : []);
}

/** `approvals.min` of the environment, and of stacks that ask for more. */
export const approvalRule: Rule = (question) => {
  if (question.action === "rollback" || question.stacks.length === 0) return refuses([]);
  // A repair brings back what was approved when it was applied; nobody approved that live objects are replaced for it.
  if (question.action === "drift" && question.stacks.every((judged) => destroyedBy(judged).length === 0)) return refuses([]);
  const todo = "Approve this change set; an approval of an earlier one does not count.";
  const whole = missing(question, question.environment.approvals);
  const stricter = question.stacks.flatMap(({ affected: { stack } }) => {
    const approvals = question.approvalsOf?.get(stack.name) ?? question.approvals ?? [];
    const reason = stack.approvals === undefined ? undefined : missing({ ...question, approvals }, stack.approvals);
    return reason === undefined || reason === whole ? [] : [refusal("approval", { stack: stack.name, reason, todo })];
  });
  const owners = ownersMissing(question, whole === undefined).map((reason) => refusal("approval", { reason, todo }));
  return refuses([...(whole === undefined ? [] : [refusal("approval", { reason: whole, todo })]), ...owners, ...stricter]);
};

/** Whose approval counts although they may have pushed what they approve, in words: nobody else would notice. */
export function unsureApprovals(approvals: readonly Approval[]): readonly string[] {
  return [...new Set(approvals.flatMap(({ by, unsure }) => (unsure === undefined ? [] : [`@${plain(by)} approved, as named in approvals.from: ${unsure}`])))];
}

/** What goes on although it is not the same as approved, in words; undefined where it is, or where nothing was approved. */
export function unlikeApproved(stack: string, approved: Comparison | undefined): string | undefined {
  if (approved === undefined || approved.kind === "equal" || approved.kind === "different") return undefined;
  return `${stack}: ${approved.kind === "subset" ? "less than was approved" : "not the same as approved, but no worse"}: ${mentions(approved.moved)}`;
}

function staleRuling(question: GateQuestion, { affected, approved }: JudgedStack): Ruling {
  const stack = affected.stack.name;
  if (approved === undefined || approved.kind === "equal") return refuses([]);
  const moved = mentions(approved.moved);
  const todo = `See it with: trueup preview ${question.environment.name}, and approve again.`;
  const { whenChanged } = question.environment.apply;
  if (approved.kind === "different" || whenChanged === "stop")
    return refuses([refusal("stale", { stack, reason: `what would happen now is not what was approved: ${moved}`, todo })]);
  if (whenChanged === "ask") return refuses([refusal("approval", { stack, reason: `less or no worse than approved, but not the same: ${moved}`, todo })]);
  const goesOn = unlikeApproved(stack, approved);
  return { refusals: [], notes: goesOn === undefined ? [] : [goesOn] };
}

/** The approved fingerprint against what a fresh preview shows. */
export const staleRule: Rule = (question) => {
  const rulings = question.stacks.map((judged) => staleRuling(question, judged));
  return { refusals: rulings.flatMap((ruling) => ruling.refusals), notes: rulings.flatMap((ruling) => ruling.notes) };
};
