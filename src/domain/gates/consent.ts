import type { Environment } from "../environments/index.ts";
import { isOwnedBy, namelessOwners, type OwnerDemand } from "../owners/index.ts";
import { countingApprovals, mayApprove } from "./approvals.ts";
import { compareFingerprint, type Around, type Comparison } from "./compare.ts";
import type { Fingerprint } from "./fingerprint.ts";
import type { Previewed } from "./previewed.ts";
import type { Approval } from "./question.ts";

/** One approval as the forge tells it. */
export interface GivenApproval extends Approval {
  /** The commit that it was given at; undefined where the forge does not say: then it binds nothing. */
  readonly commit: string | undefined;
  /** May this person write to the repository now? */
  readonly mayWrite: boolean;
}

/** What would happen to one stack now, and what is known around it. */
export interface PrintNow extends Fingerprint {
  readonly around?: Omit<Around, "since">;
}

/** An approval given on the record, of exactly these fingerprints. */
export interface RecordedApproval extends Approval {
  readonly prints: readonly Fingerprint[];
  /** When they were looked at; ISO. */
  readonly since?: string;
}

/** One change of the branch that is not live yet. */
export interface ApprovedChange {
  /** The commit on the branch. */
  readonly commit: string;
  /** undefined: it came without a pull request. */
  readonly pullRequest: number | undefined;
  /** Who may not approve it: its author and all who are known to have pushed to it. */
  readonly by: readonly string[];
  /** Why somebody who pushed to it may be missing in `by`: then the approvals of those alone count whom the rules name. */
  readonly pushersUnknown?: string;
  readonly given: readonly GivenApproval[];
  /** What its previews showed, the newest first. */
  readonly previews: readonly Previewed[];
  /** Who owns what it changes, where the rules ask for them. */
  readonly demands?: readonly OwnerDemand[];
}

/** Everything that people have approved of what is to be applied. `changes`: the newest first. */
export interface Consent {
  readonly changes: readonly ApprovedChange[];
  readonly recorded: readonly RecordedApproval[];
  /** Why it is not known who owns what: then nobody is right to approve. */
  readonly ownersUnknown?: string;
}

/** What of it counts for what would happen now. */
export interface BoundConsent {
  readonly approvals: readonly Approval[];
  /** Those of the change that brings a stack, where it is known: what a stack asks for by itself is not to be made up, nor kept back, by the changes beside it. */
  readonly approvalsOf?: ReadonlyMap<string, readonly Approval[]>;
  /** Per stack, how what would happen now compares with what was approved. */
  readonly approved: ReadonlyMap<string, Comparison>;
  /** Why an approval does not count, in words that may be published. */
  readonly notes: readonly string[];
  /** Of which owners an approval is missing, where the rules ask for them. */
  readonly lackingOwners?: readonly string[];
}

const short = (commit: string): string => commit.slice(0, 7);
const plain = (name: string): string => name.replace(/^@/, "").toLowerCase();
const order = ["equal", "subset", "no-worse", "different"] as const;

function worst(comparisons: Iterable<Comparison>): Comparison["kind"] {
  return order[Math.max(0, ...[...comparisons].map((one) => order.indexOf(one.kind)))] ?? "different";
}

const aroundOf = ({ around }: PrintNow, since: string | undefined): Around | undefined => (around === undefined ? undefined : { ...around, since });

function compareOne(preview: Previewed, now: PrintNow): Comparison {
  const digest = preview.stacks[now.stack];
  if (digest === undefined) return { kind: "different", moved: ["it was not in the approved preview"] };
  if (digest === now.digest) return { kind: "equal", moved: [] };
  const print = preview.prints?.find((one) => one.stack === now.stack);
  return print === undefined
    ? { kind: "different", moved: ["its changes are others than those approved"] }
    : compareFingerprint(print, now, aroundOf(now, preview.at));
}

interface Standing {
  readonly approval: Approval;
  readonly compared: ReadonlyMap<string, Comparison>;
}

const named = (change: ApprovedChange): string => (change.pullRequest === undefined ? short(change.commit) : `#${change.pullRequest}`);

function unsureOf(change: ApprovedChange): Pick<Approval, "unsure"> {
  return change.pushersUnknown === undefined ? {} : { unsure: `it cannot be known who pushed ${named(change)}: ${change.pushersUnknown}` };
}

/** What to do about changes of which somebody may have approved their own. */
const sureWay =
  "until it is, only who is named in approvals.from may approve: name people or teams there, or bring it again by a new branch of this repository";

function unsureNotes({ changes }: Consent): readonly string[] {
  const unsure = changes.flatMap((change) => unsureOf(change).unsure ?? []);
  return unsure.length === 0 ? [] : [...unsure, sureWay];
}

/** The approvals of one change that people may give, each held against what would happen now. */
function weigh(change: ApprovedChange, now: readonly PrintNow[], notes: string[]): Standing[] {
  const own = new Set(change.by.map(plain));
  return change.given.flatMap((given) => {
    const no = (why: string): [] => {
      notes.push(`the approval of @${plain(given.by)} does not count: ${why}`);
      return [];
    };
    if (own.has(plain(given.by))) return no(`they wrote or pushed ${named(change)} themselves`);
    if (!given.mayWrite) return no("they may not write to this repository");
    const preview = given.commit === undefined ? undefined : change.previews.find((one) => one.commit === given.commit);
    if (preview === undefined) return no(`no preview of ${given.commit === undefined ? "what they saw" : short(given.commit)} is known`);
    if (preview.fingerprint === undefined) return no(`the preview of ${short(preview.commit)} failed, or is too large for its comment`);
    const compared = new Map(now.map((print) => [print.stack, compareOne(preview, print)]));
    return [{ approval: { ...given, ...unsureOf(change) }, compared }];
  });
}

/** Stacks are judged by the newest change whose preview has them; those of no preview by the newest change. */
function stacksByChange(consent: Consent, now: readonly PrintNow[]): Map<ApprovedChange, PrintNow[]> {
  const groups = new Map<ApprovedChange, PrintNow[]>();
  const [newest] = consent.changes;
  for (const print of now) {
    const change = consent.changes.find((one) => one.previews.some((preview) => Object.hasOwn(preview.stacks, print.stack))) ?? newest;
    if (change !== undefined) groups.set(change, [...(groups.get(change) ?? []), print]);
  }
  return groups;
}

function recordedStanding(consent: Consent, now: readonly PrintNow[]): Standing[] {
  const own = new Set(consent.changes.flatMap((change) => change.by.map(plain)));
  const [unsure = {}] = consent.changes.filter(({ pushersUnknown }) => pushersUnknown !== undefined).map(unsureOf);
  return consent.recorded
    .filter((one) => !own.has(plain(one.by)))
    .map((approval) => ({
      approval: { ...approval, ...unsure },
      compared: new Map(
        now.map((print) => {
          const approved = approval.prints.find((one) => one.stack === print.stack);
          const compared: Comparison =
            approved === undefined
              ? { kind: "different", moved: ["it was not approved"] }
              : compareFingerprint(approved, print, aroundOf(print, approval.since));
          return [print.stack, compared];
        }),
      ),
    }));
}

const stands = ({ compared }: Standing): boolean => worst(compared.values()) !== "different";

/** Of each stack those whose approval of its change still is of what would happen to it. */
function perStack(groups: readonly { readonly prints: readonly PrintNow[]; readonly all: readonly Standing[] }[]): BoundConsent["approvalsOf"] {
  const fitting = (all: readonly Standing[], stack: string): readonly Approval[] =>
    all.filter(({ compared }) => compared.get(stack)?.kind !== "different").map(({ approval }) => approval);
  return new Map(groups.flatMap(({ prints, all }) => prints.map(({ stack }) => [stack, fitting(all, stack)] as const)));
}

/** Of each stack the worst that these people's approvals come to: one that is stale is not made good by another that is not. */
function harshest(standings: readonly Standing[]): Map<string, Comparison> {
  const found = new Map<string, Comparison>();
  for (const { compared } of standings) {
    for (const [stack, one] of compared) {
      const known = found.get(stack);
      if (known === undefined || order.indexOf(one.kind) > order.indexOf(known.kind)) found.set(stack, one);
    }
  }
  return found;
}

/** As many different people as are needed, those first whose approval fits best. */
function needed(standings: readonly Standing[], min: number): readonly Standing[] {
  const byFit = [...standings].sort((a, b) => order.indexOf(worst(a.compared.values())) - order.indexOf(worst(b.compared.values())));
  const first = new Map<string, Standing>();
  for (const one of byFit) if (!first.has(plain(one.approval.by))) first.set(plain(one.approval.by), one);
  return [...first.values()].slice(0, min);
}

function owns({ owners }: OwnerDemand, { by, groups, permission }: Approval): boolean {
  return owners.some((name) => isOwnedBy(name, { login: by, teams: groups ?? [], permission: permission ?? "none" }));
}

const mostShown = 3;

function lackingWords(demand: OwnerDemand, given: number): string {
  const { owners, paths, section, line, required } = demand;
  const more = paths.length > mostShown ? ` and ${paths.length - mostShown} more` : "";
  const place = `CODEOWNERS line ${line}${section === "" ? "" : `, section ${section}`}`;
  const nameless = namelessOwners(owners);
  const unknown = nameless.length === owners.length ? "; whose address that is the forge does not say" : "";
  return `${paths.slice(0, mostShown).join(", ")}${more}: ${given} of ${required} approvals from ${owners.join(", ")} (${place})${unknown}`;
}

/**
 * Owners of whom nobody approved the change that touches what they own. Changes that bring no stack are not left out: what they bring, the next
 * ones rest on.
 */
function lackingOwners(consent: Consent, now: readonly PrintNow[]): readonly string[] {
  if (consent.ownersUnknown !== undefined) return [consent.ownersUnknown];
  const recorded = recordedStanding(consent, now);
  const brought = stacksByChange(consent, now);
  return consent.changes.flatMap((change) => {
    const standing = [...weigh(change, brought.get(change) ?? [], []), ...recorded].filter(stands).map(({ approval }) => approval);
    return (change.demands ?? []).flatMap((demand) => {
      const given = new Set(standing.filter((approval) => owns(demand, approval)).map(({ by }) => plain(by))).size;
      return given >= demand.required ? [] : [lackingWords(demand, given)];
    });
  });
}

/** Are these enough people, of those who may? */
export function enoughApprovals(approvals: readonly Approval[], rules: Environment["approvals"]): boolean {
  return countingApprovals(approvals, rules.from).length >= rules.min;
}

/**
 * Which approvals count for what would happen now. Every change that brings a stack of the run needs its own approvals; the weakest decides.
 * Approvals that would be enough but for what moved since are handed on with the comparison, so that the verdict is "stale" and not "missing".
 */
export function bindApprovals(consent: Consent, now: readonly PrintNow[], rules: Environment["approvals"]): BoundConsent {
  const people = bindPeople(consent, now, rules);
  return rules.codeOwners === true ? { ...people, lackingOwners: [...new Set(lackingOwners(consent, now))] } : people;
}

/** Approvals that would be enough but for what moved since are kept, so that what moved is named. */
function fittingOrStale(given: readonly Standing[], isEnough: (standings: readonly Standing[]) => boolean): readonly Standing[] {
  const fitting = given.filter(stands);
  return !isEnough(fitting) && isEnough(given) ? given : fitting;
}

function bindPeople(consent: Consent, now: readonly PrintNow[], rules: Environment["approvals"]): BoundConsent {
  // Where the environment itself asks nobody, a stack's own rule may name them.
  const mayCount = ({ approval }: Standing): boolean => (rules.min === 0 && rules.from.length === 0) || mayApprove(approval, rules.from);
  const isEnough = (standings: readonly Standing[]): boolean => needed(standings, rules.min).length >= rules.min;
  const bound = (standings: readonly Standing[], notes: readonly string[]): BoundConsent => {
    // All are handed on: a stack may ask for more people than its environment does.
    const approvals = needed(standings, Infinity).map((one) => one.approval);
    return { approvals, approved: harshest(needed(standings, Math.max(rules.min, 1))), notes };
  };
  const given = recordedStanding(consent, now).filter(mayCount);
  const recorded = given.filter(stands);
  if (rules.min > 0 && isEnough(recorded)) return bound(recorded, []);
  const direct = consent.changes.filter((change) => change.pullRequest === undefined).map((change) => short(change.commit));
  const notes = [...(direct.length > 0 ? [`${direct.join(", ")} came without a pull request`] : []), ...unsureNotes(consent)];
  // What changes no stack is approved as a change all the same: it may change the rules.
  const brought = now.length === 0 ? new Map(consent.changes.map((change) => [change, [] as const])) : stacksByChange(consent, now);
  const groups = [...brought].map(([change, prints]) => {
    const all = [...weigh(change, prints, notes), ...recorded].filter(mayCount);
    return { prints, all, standing: all.filter(stands) };
  });
  if (groups.length === 0) return bound(recorded, notes);
  if (direct.length > 0) return rules.min > 0 ? bound(fittingOrStale(given, isEnough), notes) : { ...bound(recorded, notes), approvalsOf: perStack(groups) };
  const lacking = groups.filter((group) => !isEnough(group.standing));
  const unapproved = lacking.find((group) => !isEnough(group.all));
  if (unapproved !== undefined) {
    const outdated = unapproved.all
      .filter((one) => !stands(one))
      .map((one) => `the approval of @${plain(one.approval.by)} is void: what would happen now is worse`);
    return bound(unapproved.standing, [...notes, ...outdated]);
  }
  const [stale] = lacking;
  if (stale !== undefined) return bound(stale.all, notes);
  const each = groups.map((group) => bound(group.standing, notes)).sort((a, b) => a.approvals.length - b.approvals.length);
  return {
    approvals: each[0]?.approvals ?? [],
    approvalsOf: perStack(groups),
    approved: new Map(each.flatMap(({ approved }) => [...approved])),
    notes,
  };
}
