import type { HostGit, MergeStyle } from "./git.ts";
import type { Push } from "./pushes.ts";
import type { Ruleset } from "./rulesets.ts";
import type { Limits } from "./limits.ts";

/** What a host knows, in no host's words: the dialects only translate it. Every method is one step that nobody else can see half of. */

export type Permission = "none" | "read" | "write" | "maintain" | "admin";

export interface Member {
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly bot: boolean;
  permission: Permission;
}

export interface Token {
  readonly name: string;
  readonly login: string;
  /** Of an app or a CI job: it is nobody's, so it cannot ask who it is, and it may write check runs. */
  readonly installation: boolean;
  expiresAt?: Date;
}

export interface Version {
  readonly id: number;
  readonly commit: string;
  readonly at: Date;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly branch: string;
  /** Owner of the repository that the head is in, when that is another one. */
  readonly fork: string | undefined;
  title: string;
  body: string;
  base: string;
  draft: boolean;
  state: "open" | "closed" | "merged";
  readonly createdAt: Date;
  updatedAt: Date;
  /** Every head that was pushed, oldest first. */
  readonly versions: Version[];
  /** What the host's own ref of it says. */
  shown?: string;
  merged?: {
    readonly by: string;
    readonly at: Date;
    readonly tip: string;
    readonly landed: readonly string[];
    readonly style: MergeStyle;
    readonly onto: string;
  };
  /** Merges by itself once its conditions hold; who asked for it, and how. */
  waiting?: { readonly by: string; readonly style: MergeStyle };
}

export interface Note {
  readonly id: number;
  readonly pull: number;
  readonly author: string;
  /** Written by the host itself: "approved this merge request". */
  readonly system: boolean;
  body: string;
  readonly createdAt: Date;
  updatedAt: Date;
  edited?: { readonly by: string; readonly at: Date };
}

export interface Issue {
  readonly id: number;
  /** Never that of a pull request: where a host counts both together, clients must not take one for the other. */
  readonly number: number;
  readonly author: string;
  title: string;
  body: string;
  state: "open" | "closed";
  readonly createdAt: Date;
  updatedAt: Date;
}

export interface Reacted {
  readonly id: number;
  readonly note: number;
  readonly by: string;
  readonly content: string;
}

export interface Review {
  readonly id: number;
  readonly pull: number;
  readonly by: string;
  state: "approved" | "changes" | "commented" | "dismissed";
  readonly commit: string;
  readonly at: Date;
}

export interface CommitStatus {
  readonly id: number;
  readonly commit: string;
  readonly name: string;
  state: string;
  title: string;
  url: string | undefined;
  readonly by: string;
  readonly createdAt: Date;
  updatedAt: Date;
  /** Another of the same name took its place. */
  superseded: boolean;
  ref?: string;
}

export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: string;
  readonly message: string;
  readonly title?: string;
}

export interface CheckRun {
  readonly id: number;
  readonly commit: string;
  readonly name: string;
  readonly by: string;
  readonly startedAt: Date;
  status: string;
  conclusion: string | undefined;
  title: string;
  summary: string;
  text: string;
  url: string | undefined;
  externalId: string;
  readonly annotations: CheckAnnotation[];
}

export interface Deployed {
  readonly id: number;
  readonly commit: string;
  readonly environment: string;
  readonly ref: string;
  readonly by: string;
  readonly createdAt: Date;
  updatedAt: Date;
  description: string;
  readonly states: {
    readonly id: number;
    readonly state: string;
    readonly description: string;
    readonly url: string | undefined;
    /** GitHub keeps it here, GitLab with the environment. */
    readonly environmentUrl?: string | undefined;
    readonly at: Date;
  }[];
}

export interface Job {
  readonly id: number;
  readonly run: number;
  readonly attempt: number;
  readonly name: string;
  state: "queued" | "running" | "success" | "failure" | "cancelled";
  readonly startedAt: Date;
}

/** The port's words; a host shows what it can of it. */
export interface BranchRules {
  readonly requiredApprovals: number;
  readonly requiresCodeOwners: boolean;
  readonly allowsForcePush: boolean;
  readonly allowsDeletion: boolean;
  readonly requiredStatuses: readonly string[];
  /** Logins, or undefined for everyone who may write. */
  readonly mayPush?: readonly string[];
  /** Who may push past the rules, by role, where the host has roles. */
  readonly as?: "rules" | "protection";
  /** Of GitLab's approval rule for it. */
  readonly ruleName?: string;
}

/** One write: who, what, on what. */
export interface Event {
  readonly at: Date;
  readonly by: string;
  readonly did: string;
  readonly on: string;
}

/** A host's "no", with its reason. */
export class Refusal extends Error {
  readonly kind: "forbidden" | "missing" | "conflict" | "invalid" | "unmergeable";
  constructor(kind: Refusal["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface Model {
  readonly repository: string;
  readonly git: HostGit;
  readonly defaultBranch: string;
  readonly people: Map<string, Member>;
  /** Path without "@" ("acme/platform") → login → standing. */
  readonly teams: Map<string, Map<string, "active" | "pending">>;
  readonly pulls: Pull[];
  readonly notes: Note[];
  readonly issues: Issue[];
  readonly reactions: Reacted[];
  readonly reviews: Review[];
  readonly statuses: CommitStatus[];
  readonly checks: CheckRun[];
  readonly deployments: Deployed[];
  /** What GitLab keeps of an environment itself, by its name. */
  readonly addresses: Map<string, string>;
  readonly jobs: Job[];
  readonly rules: Map<string, BranchRules>;
  readonly rulesets: Ruleset[];
  readonly events: Event[];
  readonly pushes: Push[];
  /** What the repository's owners allow its tokens and pull requests. */
  readonly policy: {
    checksForPlainTokens: boolean;
    pushDismissesApprovals: boolean;
    maxCommentLength: number;
    /** A rebase is done on the head's own branch, which then only moves forward onto the base. */
    rebaseMovesHead: boolean;
    /** Older GitLabs do not. */
    tellsApprovalTimes: boolean;
    /** GitLab's "Pipelines must succeed", of the whole project: a merge waits for a head that has statuses, all of them good. */
    pipelinesMustSucceed: boolean;
    /** None where nothing is counted. */
    limits: Limits;
  };
  now(): Date;
  nextId(): number;
  record(by: string, did: string, on: string): void;
}

export interface ModelOptions {
  readonly repository: string;
  readonly git: HostGit;
  readonly defaultBranch?: string;
  readonly maxCommentLength: number;
  readonly rebaseMovesHead: boolean;
}

export function openModel({ repository, git, defaultBranch = "main", maxCommentLength, rebaseMovesHead }: ModelOptions): Model {
  let lastId = 1000;
  let lastTime = 0;
  const model: Model = {
    repository,
    git,
    defaultBranch,
    people: new Map(),
    teams: new Map(),
    pulls: [],
    notes: [],
    issues: [],
    reactions: [],
    reviews: [],
    statuses: [],
    checks: [],
    deployments: [],
    addresses: new Map(),
    jobs: [],
    rules: new Map(),
    rulesets: [],
    events: [],
    pushes: [],
    policy: {
      checksForPlainTokens: false,
      pushDismissesApprovals: false,
      maxCommentLength,
      rebaseMovesHead,
      tellsApprovalTimes: true,
      pipelinesMustSucceed: false,
      limits: {},
    },
    now: () => {
      lastTime = Math.max(Date.now(), lastTime + 1);
      return new Date(lastTime);
    },
    nextId: () => (lastId += 1),
    record: (by, did, on) => void model.events.push({ at: model.now(), by, did, on }),
  };
  return model;
}

export function pullOf(model: Model, number: number): Pull {
  const pull = model.pulls.find((candidate) => candidate.number === number);
  if (pull === undefined) throw new Refusal("missing", "Not Found");
  return pull;
}

export function memberOf(model: Model, login: string): Member {
  const member = model.people.get(login);
  if (member === undefined) throw new Refusal("missing", `no such person: ${login}`);
  return member;
}

const strength: readonly Permission[] = ["none", "read", "write", "maintain", "admin"];

export const permits = (model: Model, login: string, least: Permission): boolean =>
  strength.indexOf(model.people.get(login)?.permission ?? "none") >= strength.indexOf(least);

export function demand(model: Model, login: string, least: Permission): void {
  if (!permits(model, login, least)) throw new Refusal("forbidden", `${login} needs ${least}`);
}

export function writeNote(
  model: Model,
  pull: number,
  note: { readonly author: string; readonly body: string; readonly system?: boolean; readonly at?: Date },
): Note {
  const on = pullOf(model, pull);
  if (note.body.trim() === "") throw new Refusal("invalid", "body can't be blank");
  if (note.body.length > model.policy.maxCommentLength)
    throw new Refusal("invalid", `body is too long (maximum is ${model.policy.maxCommentLength} characters)`);
  const at = note.at ?? model.now();
  const written: Note = { id: model.nextId(), pull, author: note.author, system: note.system ?? false, body: note.body, createdAt: at, updatedAt: at };
  model.notes.push(written);
  on.updatedAt = model.now();
  model.record(note.author, "comment.create", `${pull}/${written.id}`);
  return written;
}

export function noteOf(model: Model, id: number): Note {
  const note = model.notes.find((candidate) => candidate.id === id);
  if (note === undefined) throw new Refusal("missing", "Not Found");
  return note;
}

export function editNote(model: Model, id: number, change: { readonly by: string; readonly body: string; readonly least: Permission }): Note {
  const note = noteOf(model, id);
  if (note.author !== change.by) demand(model, change.by, change.least);
  if (change.body.length > model.policy.maxCommentLength)
    throw new Refusal("invalid", `body is too long (maximum is ${model.policy.maxCommentLength} characters)`);
  note.body = change.body;
  note.updatedAt = model.now();
  note.edited = { by: change.by, at: note.updatedAt };
  model.record(change.by, "comment.edit", `${note.pull}/${id}`);
  return note;
}

export function deleteNote(model: Model, id: number, { by, least }: { readonly by: string; readonly least: Permission }): void {
  const note = noteOf(model, id);
  if (note.author !== by) demand(model, by, least);
  model.notes.splice(model.notes.indexOf(note), 1);
  model.record(by, "comment.delete", `${note.pull}/${id}`);
}
