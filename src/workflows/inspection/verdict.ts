import { Problem, type ProblemCode } from "../../base/problem/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { Estate, Revision } from "../estate/index.ts";
import { failureOf } from "./failure.ts";
import type { Inspection, StackInspection } from "./inspect.ts";

export interface JudgedRefusal {
  readonly kind: string;
  readonly code: ProblemCode;
  readonly reason: string;
  readonly todo: string;
  /** The apply is refused; else it is only said. */
  readonly blocks: boolean;
  readonly stack?: string;
}

/** The judgement of the gates over an inspection. */
export interface Verdict {
  readonly refusals: readonly JudgedRefusal[];
  /** What an apply would end with; undefined when it may go on. */
  readonly problem: Problem | undefined;
  /** Of the whole inspection; undefined when a stack could not be previewed. */
  readonly fingerprint: string | undefined;
  /** Per stack. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

interface Judged {
  readonly estate: Estate;
  readonly revision: Revision;
  readonly live: EnvironmentRecord | undefined;
}

function brokenRefusal(judged: Judged, one: StackInspection): JudgedRefusal[] {
  const { name } = one.affected.stack;
  const environment = judged.revision.environment.name;
  const failure = failureOf(one.problem, one.outcome, { on: `${environment}.${name}`, todo: "Mend the program and push." });
  if (failure === undefined || (one.outcome?.changes.policies.some((finding) => finding.level === "mandatory") === true && one.problem === undefined)) return [];
  const { code, what, todo } = failure.problem;
  const where = [failure.resource, failure.source].filter((part) => part !== undefined).join(", ");
  return [{ kind: "preview", code, reason: where === "" ? what : `${what} (${where})`, todo, blocks: true, stack: name }];
}

function policyRefusals(one: StackInspection): JudgedRefusal[] {
  return (one.outcome?.changes.policies ?? []).filter((finding) => finding.level === "mandatory").map((finding) => ({
    kind: "policy", code: "POLICY_VIOLATED", reason: `${finding.policy}: ${finding.message}`, todo: "Change the program so that it keeps the policy.", blocks: true, stack: one.affected.stack.name,
  }));
}

function pendingRefusals(judged: Judged, one: StackInspection): JudgedRefusal[] {
  const { pending } = one.state;
  const [first] = pending;
  if (first === undefined) return [];
  const { pulumiStack, name } = one.affected.stack;
  return [{
    kind: "pending operations", code: "PENDING_OPERATIONS", blocks: true, stack: name,
    reason: `${pending.length} operation${pending.length === 1 ? "" : "s"} never ended, the first: ${first.operation} ${first.urn}`,
    todo: `See whether it exists. If it does not: pulumi refresh -s ${pulumiStack} --clear-pending-creates. If it does: pulumi stack export -s ${pulumiStack}, move it from pending_operations to resources with its id, pulumi stack import -s ${pulumiStack}. Then: trueup apply ${judged.revision.environment.name}`,
  }];
}

const stackRefusals = (judged: Judged, one: StackInspection): JudgedRefusal[] => [...pendingRefusals(judged, one), ...policyRefusals(one), ...brokenRefusal(judged, one)];

function problemOf(judged: Judged, refusals: readonly JudgedRefusal[]): Problem | undefined {
  const first = refusals.find((refusal) => refusal.blocks);
  if (first === undefined) return undefined;
  const { name } = judged.revision.environment;
  const more = refusals.filter((refusal) => refusal.blocks).length - 1;
  return new Problem(first.code, { what: `${first.reason}${more > 0 ? ` (and ${more} more)` : ""}`, on: first.stack === undefined ? `environment ${name}` : `${name}.${first.stack}`, todo: `Nothing was touched. ${first.todo}` });
}

/** Judges everything that was inspected. Pure but for the clock it is given. */
export function judgeInspection(judged: Judged & { readonly inspection: Inspection; readonly action: "apply" | "drift" }): Verdict {
  const refusals = [...judged.inspection.stacks.values()].flatMap((one) => stackRefusals(judged, one));
  return { refusals, problem: problemOf(judged, refusals), fingerprint: undefined, fingerprints: {} };
}

/** Judges one stack that was looked at again before its wave; the problem that stops it. */
export function judgeStack(judged: Judged & { readonly inspected: StackInspection }): Problem | undefined {
  return problemOf(judged, stackRefusals(judged, judged.inspected));
}
