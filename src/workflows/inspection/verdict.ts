import { Problem, type ProblemCode } from "../../base/problem/index.ts";
import { durationMs, type StackDeclaration } from "../../domain/environments/index.ts";
import {
  bindApprovals,
  combinedFingerprint,
  expectedDuration,
  fingerprint,
  holdsAt,
  judge,
  type Beside,
  type BoundConsent,
  type Comparison,
  type Consent,
  type Fingerprint,
  type GateQuestion,
  type Hold,
  type JudgedStack,
  type LiveVersion,
  type Override,
  unlikeApproved,
  unsureApprovals,
  vanished,
  waveRules,
} from "../../domain/gates/index.ts";
import { closurePartDigest } from "../../domain/planner/index.ts";
import { isHalfRebuilt, type EnvironmentRecord } from "../ledger/index.ts";
import { removedProblem, type Revision } from "../estate/index.ts";
import type { CheckResult } from "./checks.ts";
import { movedClusters } from "./clusters.ts";
import { failureOf } from "./failure.ts";
import type { Inspection, StackInspection } from "./inspect.ts";
import { lostState } from "./lost-state.ts";

export interface JudgedRefusal {
  readonly kind: string;
  readonly code: ProblemCode;
  readonly reason: string;
  /** Where it is, when that is known more exactly than by environment and stack. */
  readonly on?: string;
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
  /** What goes on although it is less than was approved, or not the same and no worse; or by approvals of somebody who may have pushed it. */
  readonly unlike: readonly string[];
  /** Guards that a person's words passed, for the record. */
  readonly overridden: readonly { readonly guard: string; readonly by: string; readonly reason: string }[];
  /** What an apply would end with; undefined when it may go on. */
  readonly problem: Problem | undefined;
  /** Of the whole inspection; undefined when a stack could not be previewed. */
  readonly fingerprint: string | undefined;
  /** Digest per stack. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Whose approvals counted. */
  readonly approvedBy: readonly string[];
  /** What an approval of this verdict approves. */
  readonly prints: readonly Fingerprint[];
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
  /** On what the run would act, as far as it can be told: cloud, account. */
  readonly identity: Readonly<Record<string, string>>;
  /** Clusters that stacks of the environment make and that its other stacks read. */
  readonly ownClusters: ReadonlySet<string>;
  /** What a person permits once, in writing. */
  readonly overrides: readonly Override[];
  /** What people approved; undefined where nobody was asked: then nothing is approved. */
  readonly consent: Consent | undefined;
}

/** Stacks whose preview itself did not come to an end. A mandatory policy ends it too, but that is the policy gate's to tell. */
function broken(judged: Judged, one: StackInspection): JudgedRefusal[] {
  const { name } = one.affected.stack;
  const failure = failureOf(one.problem, one.outcome, { on: `${judged.revision.environment.name}.${name}`, todo: "Mend it and push." });
  if (failure === undefined) return [];
  const { code, what, on, todo } = failure.problem;
  const where = [failure.resource, failure.source].filter((part) => part !== undefined).join(", ");
  return [{ kind: "preview", code, reason: where === "" ? what : `${what} (${where})`, on, todo, blocks: true, stack: name }];
}

/** Live objects or a whole state that should be there and are not: making everything again would be the wrong answer to a wrong address. */
function missing(judged: Judged, one: StackInspection): JudgedRefusal[] {
  // A backend that could not be asked has not said that it has nothing: that failure is told as what it is.
  if (one.problem !== undefined) return [];
  const { name } = one.affected.stack;
  const record = judged.live?.stacks[name];
  const refused = (reason: string, todo: string): JudgedRefusal[] => [{ kind: "vanished", code: "GUARD_REFUSED", reason, todo, blocks: true, stack: name }];
  const lost = record === undefined ? undefined : lostState(one, record, judged.revision.environment.name);
  if (lost !== undefined) return refused(lost.reason, lost.todo);
  if (isHalfRebuilt(record)) {
    return refused(
      "a rebuild of it began and did not end: its state does not hold yet what there may still be of it in the cloud",
      `Nothing else may make it now. Go on with: trueup rebuild ${judged.revision.environment.name}`,
    );
  }
  const gone = one.outcome?.drift.filter((finding) => finding.kind === "gone").length ?? 0;
  const found = vanished(gone, one.state.resources.length, judged.revision.environment.name);
  return found === undefined ? [] : refused(found.reason, found.todo);
}

function removedRefusals({ revision, live }: Judged): JudgedRefusal[] {
  if (revision.removed !== true || live === undefined) return [];
  const { code, what, on, todo } = removedProblem(live);
  return [{ kind: "orphan", code, reason: what, on, todo: todo.replace("Nothing was touched. ", ""), blocks: true }];
}

/**
 * Kubernetes providers that would act on another cluster than their state was made with, unless the environment itself makes that cluster. The state
 * is the record: it holds the kubeconfig of each provider, so nothing has to be kept beside it.
 */
function clusterRefusals(judged: Judged, stacks: readonly StackInspection[]): JudgedRefusal[] {
  return stacks.flatMap(({ affected: { stack }, outcome }) =>
    (outcome === undefined ? [] : movedClusters(outcome.changes))
      .filter(({ now }) => !judged.ownClusters.has(now))
      .map(({ urn, was, now }) => ({
        kind: "identity",
        code: "IDENTITY_CHANGED" as const,
        reason: `the provider ${urn.split("::").at(-1)} leads to the cluster ${now}, but what it manages was made on ${was}`,
        todo: `Check the kubeconfig. A cluster that moves on purpose is a new provider: give it another name. If it is the same cluster under another address: pulumi up -s ${stack.pulumiStack} --target '${urn}'`,
        blocks: true,
        stack: stack.name,
      })),
  );
}

/**
 * A declared key that was live as another Pulumi stack. Going on would write the new one's record over the only trace of the old one, so it is
 * refused until the old one has a key of its own, by which `retire` can let it go.
 */
function movedRefusals(judged: Judged, { plan: { moved } }: Inspection): JudgedRefusal[] {
  return moved.map(({ stack, was, now }) => ({
    kind: "orphan",
    code: "STACK_MOVED",
    reason: `"${stack}" is ${now} now, but ${was} with ${judged.live?.stacks[stack]?.resources ?? 0} resources is live under this key`,
    todo: `Declare ${now} under another key; then retire: { "${stack}": "destroy" } or "forget" says what becomes of ${was}. Or put ${was} back.`,
    blocks: true,
    stack,
  }));
}

/** Pins, holds and freezes that stand, in the words of the gates. */
export function holdsOf(live: EnvironmentRecord | undefined, at: Date): Hold[] {
  if (live === undefined) return [];
  const pinned = Object.fromEntries(Object.entries(live.stacks).flatMap(([name, { lastGood }]) => (lastGood === null ? [] : [[name, lastGood.closureDigest]])));
  return holdsAt(live, at).flatMap(({ kind, stacks, by, reason, until }) => {
    const hold: Hold = { kind, by, reason, ...(until === null ? {} : { until }), ...(kind === "pin" ? { pinned } : {}) };
    return stacks.length === 0 ? [hold] : stacks.map((stack) => ({ ...hold, stack }));
  });
}

const versionFacts = ({ requires, version }: StackDeclaration): LiveVersion => ({ requires, ...(version === undefined ? {} : { version }) });

function liveVersions(live: EnvironmentRecord | undefined, planned: readonly StackDeclaration[]): Record<string, LiveVersion> {
  const versions: Record<string, LiveVersion> = {};
  for (const [name, record] of Object.entries(live?.stacks ?? {})) {
    const declaration = record["declaration"] as StackDeclaration | undefined;
    if (declaration !== undefined && record.lastGood !== null) versions[name] = versionFacts(declaration);
  }
  for (const stack of planned) versions[stack.name] = versionFacts(stack);
  return versions;
}

function judgedStack(one: StackInspection, approved: Comparison | undefined): JudgedStack {
  const { affected, outcome, state, until } = one;
  const gone = outcome?.drift.filter((finding) => finding.kind === "gone") ?? [];
  return { affected, changes: outcome?.changes, state, gone, until, ...(approved === undefined ? {} : { approved }) };
}

function identityParts(recorded: NonNullable<EnvironmentRecord["identity"]>): Record<string, string> {
  return { cloud: recorded.cloud, ...(recorded.account === null ? {} : { account: recorded.account }) };
}

/** Whether people's yes is wanted for these stacks: by the rules that are live, or by a stack's own. */
export function isConsentWanted({ approvals }: Judged["rules"], stacks: Iterable<StackInspection>): boolean {
  return approvals.min > 0 || [...stacks].some((one) => (one.affected.stack.approvals?.min ?? 0) > 0);
}

/** Nobody's approval counts where none is needed: then there is also nothing that could have gone stale. */
function consentOf(judged: Judged, stacks: readonly StackInspection[]): BoundConsent {
  const { consent, rules } = judged;
  if (consent === undefined || !isConsentWanted(rules, stacks)) return { approvals: [], approved: new Map(), notes: [] };
  const byName = new Map(stacks.map((one) => [one.affected.stack.name, one.state.resources]));
  const environment = judged.revision.environment.name;
  const now = printsOf(judged, stacks).map((print) => ({ ...print, around: { environment, now: judged.at, resources: byName.get(print.stack) ?? [] } }));
  return bindApprovals(consent, now, rules.approvals);
}

interface Asked {
  readonly stacks: readonly StackInspection[];
  readonly planned: readonly StackDeclaration[];
  readonly consent: BoundConsent;
  readonly expected?: GateQuestion["expected"];
  readonly beside?: Beside;
}

const usualMs = 5 * 60_000;

/** How long each unit is taken to need: every one goes its own way, wave by wave. */
function expectedOf({ live, rules }: Judged, { plan: { units } }: Inspection): NonNullable<GateQuestion["expected"]> {
  const took = Object.fromEntries(Object.entries(live?.stacks ?? {}).map(([name, { tookMs = [] }]) => [name, tookMs]));
  const otherwiseMs = durationMs(rules.apply.expect ?? "") ?? usualMs;
  return units.flatMap((unit) => {
    const waves = unit.waves.map((wave) => wave.map(({ stack }) => stack.name));
    return waves
      .flat()
      .slice(0, 1)
      .map((stack) => ({ stack, ...expectedDuration({ waves, took, otherwiseMs }) }));
  });
}

function questionOf(judged: Judged, { stacks, planned, consent, expected, beside }: Asked): GateQuestion {
  const { revision, rules, live } = judged;
  const recorded = live?.identity;
  return {
    environment: { ...rules, name: revision.environment.name, stacks: revision.environment.stacks },
    commit: judged.commit,
    action: "apply",
    at: judged.at,
    stacks: stacks.map((one) => judgedStack(one, consent.approved.get(one.affected.stack.name))),
    live: liveVersions(live, planned),
    holds: holdsOf(live, judged.at),
    checks: judged.checks,
    approvals: consent.approvals,
    ...(consent.approvalsOf === undefined ? {} : { approvalsOf: consent.approvalsOf }),
    uncounted: consent.notes,
    ...(consent.lackingOwners === undefined ? {} : { lackingOwners: consent.lackingOwners }),
    overrides: judged.overrides,
    ...(expected === undefined ? {} : { expected }),
    ...(beside === undefined ? {} : { beside }),
    // Credentials are only asked for on behalf of a stack.
    ...(recorded === undefined || recorded === null || stacks.length === 0 ? {} : { identity: { recorded: identityParts(recorded), now: judged.identity } }),
  };
}

function printsOf(judged: Judged, stacks: readonly StackInspection[]): Fingerprint[] {
  return stacks.flatMap((one) => {
    const closure = judged.revision.closures.find((each) => each.stack === one.affected.stack.name);
    if (one.outcome === undefined || closure === undefined) return [];
    const context = {
      closureDigest: one.affected.closureDigest,
      configDigest: closurePartDigest(closure, "config"),
      stateDigest: one.state.digest,
      policyDigest: closurePartDigest(closure, "policies"),
      versions: judged.versions,
    };
    return [fingerprint(one.outcome.changes, context, one.site.passphrase)];
  });
}

function problemOf(environment: string, refusals: readonly JudgedRefusal[], touched = "Nothing was touched."): Problem | undefined {
  const [first, ...more] = refusals;
  if (first === undefined) return undefined;
  return new Problem(first.code, {
    what: `${first.reason}${more.length > 0 ? ` (and ${more.length} more)` : ""}`,
    on: first.on ?? (first.stack === undefined ? `environment ${environment}` : `${environment}.${first.stack}`),
    todo: `${touched} ${first.todo}`,
  });
}

interface Ruled {
  readonly refusals: JudgedRefusal[];
  readonly notes: readonly string[];
  readonly unlike: readonly string[];
  readonly overridden: Verdict["overridden"];
  readonly approvedBy: readonly string[];
}

function refusalsOf(judged: Judged, asked: Omit<Asked, "consent">): Ruled {
  const { stacks } = asked;
  const consent = consentOf(judged, stacks);
  const { refusals, notes, overridden } = judge(questionOf(judged, { ...asked, consent }));
  // A mandatory policy ends a preview too: that is told once, by the policy gate.
  const byPolicy = new Set(refusals.filter((refusal) => refusal.kind === "policy").map((refusal) => refusal.stack));
  const failed = stacks.filter((one) => one.problem !== undefined || !byPolicy.has(one.affected.stack.name)).flatMap((one) => broken(judged, one));
  return {
    refusals: [...stacks.flatMap((one) => missing(judged, one)), ...failed, ...refusals],
    notes,
    unlike: [
      ...stacks.flatMap(({ affected: { stack } }) => unlikeApproved(stack.name, consent.approved.get(stack.name)) ?? []),
      ...unsureApprovals(consent.approvals),
    ],
    overridden: overridden.map(({ override }) => ({ guard: override.guard, by: override.by, reason: override.reason })),
    approvedBy: [...new Set(consent.approvals.map(({ by }) => by))].sort(),
  };
}

/** Judges everything that was inspected. Pure. */
export function judgeInspection(judged: Judged, inspection: Inspection): Verdict {
  const stacks = [...inspection.stacks.values()];
  const moved = movedRefusals(judged, inspection);
  const movedNames = new Set(moved.map(({ stack }) => stack));
  // Of a key that moved, only that is worth telling: everything else is held against another stack's past.
  const { refusals: ruled, notes, unlike, overridden, approvedBy } = refusalsOf(judged, { stacks, planned: [], expected: expectedOf(judged, inspection) });
  const refusals = [
    ...removedRefusals(judged),
    ...moved,
    ...clusterRefusals(judged, stacks),
    ...ruled.filter(({ stack }) => stack === undefined || !movedNames.has(stack)),
  ];
  const prints = printsOf(judged, stacks);
  const key = stacks[0]?.site.passphrase;
  const isWhole = key !== undefined && prints.length > 0 && stacks.every((one) => one.outcome?.result === "succeeded" || one.affected.action === "forget");
  return {
    refusals,
    notes,
    unlike,
    overridden,
    problem: problemOf(judged.revision.environment.name, refusals),
    fingerprint: isWhole ? combinedFingerprint(prints, key) : undefined,
    fingerprints: Object.fromEntries(prints.map(({ stack, digest }) => [stack, digest])),
    approvedBy,
    prints,
  };
}

/** What stands around a stack that is judged again in the middle of a run. */
export interface Midway {
  /** Stacks of the run, with the versions that they have when it is over. */
  readonly planned: readonly StackDeclaration[];
  /** Names of those that the run has changed by now. */
  readonly moved: readonly string[];
  /** What all others of the run destroyed, or are to. */
  readonly beside: Beside;
}

/** `shop was not touched; what moved before it in this run: base.` */
export function untouched(stack: string, moved: readonly string[]): string {
  const before = moved.length === 0 ? "nothing moved before it" : `what moved before it in this run: ${moved.join(", ")}`;
  return `${stack} was not touched; ${before}.`;
}

/** Judges one stack that was looked at again before its wave, by the same gates: what stops it, and what was passed. Others of the run may have moved: it says which. */
export function judgeStack(judged: Judged, inspected: StackInspection, { planned, moved, beside }: Midway): Pick<Verdict, "problem" | "overridden"> {
  const { refusals, overridden } = refusalsOf(judged, { stacks: [inspected], planned, beside });
  const all = [...clusterRefusals(judged, [inspected]), ...refusals];
  return { problem: problemOf(judged.revision.environment.name, all, untouched(inspected.affected.stack.name, moved)), overridden };
}

/** A wave that is about to begin in the middle of a run. */
export interface NextWave {
  /** Of its whole unit. */
  readonly stacks: readonly StackInspection[];
  /** From 1. */
  readonly wave: number;
  /** Names of those of the unit that the run has changed by now. */
  readonly moved: readonly string[];
}

/** Windows and freezes as they are at this time; what else was judged stands. */
export function judgeWave(judged: Judged, { stacks, wave, moved }: NextWave): Pick<Verdict, "problem" | "overridden"> {
  const consent = { approvals: [], approved: new Map<string, Comparison>(), notes: [] };
  const { refusals, overridden } = judge(questionOf(judged, { stacks, planned: [], consent }), waveRules);
  const before = moved.length === 0 ? "nothing of it has moved" : `what moved before it: ${moved.join(", ")}`;
  const problem = problemOf(judged.revision.environment.name, refusals, `Stopped before wave ${wave}; ${before}.`);
  return { problem, overridden: overridden.map(({ override }) => ({ guard: override.guard, by: override.by, reason: override.reason })) };
}
