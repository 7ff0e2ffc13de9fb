import { Problem, type ProblemCode } from "../../base/problem/index.ts";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import { combinedFingerprint, fingerprint, judge, type Fingerprint, type GateQuestion, type Hold, type JudgedStack, type LiveVersion } from "../../domain/gates/index.ts";
import { closurePartDigest } from "../../domain/planner/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { Revision } from "../estate/index.ts";
import type { CheckResult } from "./checks.ts";
import { failureOf } from "./failure.ts";
import type { Inspection, StackInspection } from "./inspect.ts";

export interface JudgedRefusal {
  readonly kind: string;
  readonly code: ProblemCode;
  readonly reason: string;
  readonly todo: string;
  /** False when it only waits: for a person, an approval, a window. */
  readonly blocks: boolean;
  readonly stack?: string;
}

/** The judgement of the gates over an inspection. */
export interface Verdict {
  /** What broke first, then what the gates refuse, worst first. */
  readonly refusals: readonly JudgedRefusal[];
  /** What a person should know although it stops nothing. */
  readonly notes: readonly string[];
  /** What an apply would end with; undefined when it may go on. */
  readonly problem: Problem | undefined;
  /** Of the whole inspection; undefined when a stack could not be previewed. */
  readonly fingerprint: string | undefined;
  /** Digest per stack. */
  readonly fingerprints: Readonly<Record<string, string>>;
}

export interface Judged {
  readonly revision: Revision;
  /** The rules of what is live: a commit does not judge itself. */
  readonly rules: Revision["environment"];
  readonly live: EnvironmentRecord | undefined;
  readonly commit: string;
  readonly at: Date;
  readonly versions: Readonly<Record<string, string>>;
  readonly checks: readonly CheckResult[];
}

/** Stacks whose preview itself did not come to an end. A mandatory policy ends it too, but that is the policy gate's to tell. */
function broken(judged: Judged, one: StackInspection): JudgedRefusal[] {
  const { name } = one.affected.stack;
  const isPolicy = one.problem === undefined && one.outcome?.changes.policies.some((finding) => finding.level === "mandatory") === true;
  const failure = failureOf(one.problem, one.outcome, { on: `${judged.revision.environment.name}.${name}`, todo: "Mend the program and push." });
  if (failure === undefined || isPolicy) return [];
  const { code, what, todo } = failure.problem;
  const where = [failure.resource, failure.source].filter((part) => part !== undefined).join(", ");
  return [{ kind: "preview", code, reason: where === "" ? what : `${what} (${where})`, todo, blocks: true, stack: name }];
}

function holdsOf(live: EnvironmentRecord | undefined): Hold[] {
  const all = [...(live?.holds ?? []), ...(live?.freezes ?? [])];
  return all.flatMap(({ stacks, by, reason }) => (stacks.length === 0 ? [{ by, reason }] : stacks.map((stack) => ({ stack, by, reason }))));
}

function liveVersions(live: EnvironmentRecord | undefined): Record<string, LiveVersion> {
  return Object.fromEntries(Object.entries(live?.stacks ?? {}).flatMap(([name, record]) => {
    const declaration = record["declaration"] as StackDeclaration | undefined;
    if (declaration === undefined || record.lastGood === null) return [];
    return [[name, { requires: declaration.requires, ...(declaration.version === undefined ? {} : { version: declaration.version }) }] as const];
  }));
}

const judgedStack = (one: StackInspection): JudgedStack => ({ affected: one.affected, changes: one.outcome?.changes, state: one.state, until: one.until });

function questionOf(judged: Judged, stacks: readonly StackInspection[]): GateQuestion {
  const { revision, rules, live } = judged;
  const recorded = live?.identity;
  return {
    environment: { ...rules, name: revision.environment.name, stacks: revision.environment.stacks }, commit: judged.commit, action: "apply", at: judged.at,
    stacks: stacks.map(judgedStack), live: liveVersions(live), holds: holdsOf(live), checks: judged.checks, approvals: [],
    ...(recorded === undefined || recorded === null ? {} : { identity: { recorded: { cloud: recorded.cloud }, now: { cloud: revision.environment.cloud } } }),
  };
}

function printsOf(judged: Judged, stacks: readonly StackInspection[]): Fingerprint[] {
  return stacks.flatMap((one) => {
    const closure = judged.revision.closures.find((each) => each.stack === one.affected.stack.name);
    if (one.outcome === undefined || closure === undefined) return [];
    const context = {
      closureDigest: one.affected.closureDigest, configDigest: closurePartDigest(closure, "config"), stateDigest: one.state.digest,
      policyDigest: closurePartDigest(closure, "policies"), versions: judged.versions,
    };
    return [fingerprint(one.outcome.changes, context, one.site.passphrase)];
  });
}

function problemOf(environment: string, refusals: readonly JudgedRefusal[]): Problem | undefined {
  const [first, ...more] = refusals;
  if (first === undefined) return undefined;
  return new Problem(first.code, {
    what: `${first.reason}${more.length > 0 ? ` (and ${more.length} more)` : ""}`,
    on: first.stack === undefined ? `environment ${environment}` : `${environment}.${first.stack}`, todo: `Nothing was touched. ${first.todo}`,
  });
}

function refusalsOf(judged: Judged, stacks: readonly StackInspection[]): { readonly refusals: JudgedRefusal[]; readonly notes: readonly string[] } {
  const verdict = judge(questionOf(judged, stacks));
  return { refusals: [...stacks.flatMap((one) => broken(judged, one)), ...verdict.refusals], notes: verdict.notes };
}

/** Judges everything that was inspected. Pure. */
export function judgeInspection(judged: Judged, inspection: Inspection): Verdict {
  const stacks = [...inspection.stacks.values()];
  const { refusals, notes } = refusalsOf(judged, stacks);
  const prints = printsOf(judged, stacks);
  const key = stacks[0]?.site.passphrase;
  const isWhole = key !== undefined && prints.length > 0 && stacks.every((one) => one.outcome?.result === "succeeded" || one.affected.action === "forget");
  return {
    refusals, notes, problem: problemOf(judged.revision.environment.name, refusals), fingerprint: isWhole ? combinedFingerprint(prints, key) : undefined,
    fingerprints: Object.fromEntries(prints.map(({ stack, digest }) => [stack, digest])),
  };
}

/** Judges one stack that was looked at again before its wave, by the same gates; the problem that stops it. */
export function judgeStack(judged: Judged, inspected: StackInspection): Problem | undefined {
  return problemOf(judged.revision.environment.name, refusalsOf(judged, [inspected]).refusals);
}
