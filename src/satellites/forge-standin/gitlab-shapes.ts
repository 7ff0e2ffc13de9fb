import type { CommitStatus, Deployed, Issue, Job, Model, Note, Permission, Pull } from "./model.ts";
import { hasConflicts, headOf, noGoodPipeline, obstacle } from "./pulls.ts";

/** GitLab's answers, with the fields that a client could lean on. */

const time = (at: Date): string => at.toISOString();

export const projectId = 1;
export const levels: Readonly<Record<Permission, number>> = { none: 0, read: 20, write: 30, maintain: 40, admin: 50 };

/** Groups have numbers of their own: a protected branch names them by these alone. */
export const groupId = (model: Model, path: string): number => 900 + [...model.teams.keys()].indexOf(path);

export interface Shapes {
  readonly model: Model;
  readonly web: string;
}

export function user({ model, web }: Shapes, login: string): Record<string, unknown> {
  const member = model.people.get(login);
  return {
    id: member?.id ?? 0,
    username: login,
    public_email: "",
    name: member?.name ?? login,
    state: "active",
    locked: false,
    avatar_url: null,
    web_url: `${web}/${login}`,
  };
}

function detailedStatus(model: Model, pull: Pull, conflicts: boolean): string {
  if (pull.state !== "open") return "not_open";
  if (pull.draft) return "draft_status";
  if (conflicts) return "conflict";
  const why = obstacle(model, pull);
  if (why === noGoodPipeline) return "ci_must_pass";
  return why === undefined ? "mergeable" : "not_approved";
}

/** What a merge leaves behind; all null before one. */
function mergedFacts(shapes: Shapes, { merged }: Pull): Record<string, unknown> {
  const by = merged === undefined ? null : user(shapes, merged.by);
  return {
    merged_by: by,
    merge_user: by,
    merged_at: merged === undefined ? null : time(merged.at),
    merge_commit_sha: merged?.style === "merge" ? merged.tip : null,
    squash_commit_sha: merged?.style === "squash" ? merged.tip : null,
  };
}

export function mergeRequest(shapes: Shapes, pull: Pull): Record<string, unknown> {
  const { model, web } = shapes;
  const base = pull.merged?.onto ?? model.git.resolve(`refs/heads/${pull.base}`) ?? "";
  const conflicts = hasConflicts(model, pull);
  return {
    id: pull.id,
    iid: pull.number,
    project_id: projectId,
    title: pull.draft ? `Draft: ${pull.title}` : pull.title,
    description: pull.body,
    state: pull.state === "open" ? "opened" : pull.state,
    created_at: time(pull.createdAt),
    updated_at: time(pull.updatedAt),
    ...mergedFacts(shapes, pull),
    closed_by: null,
    closed_at: null,
    target_branch: pull.base,
    source_branch: pull.branch,
    user_notes_count: model.notes.filter((note) => note.pull === pull.number && !note.system).length,
    author: user(shapes, pull.author),
    assignees: [],
    reviewers: [],
    source_project_id: pull.fork === undefined ? projectId : 2,
    target_project_id: projectId,
    labels: [],
    draft: pull.draft,
    work_in_progress: pull.draft,
    merge_when_pipeline_succeeds: pull.waiting !== undefined,
    merge_status: conflicts ? "cannot_be_merged" : "can_be_merged",
    detailed_merge_status: detailedStatus(model, pull, conflicts),
    sha: headOf(pull),
    squash: false,
    has_conflicts: conflicts,
    should_remove_source_branch: null,
    reference: `!${pull.number}`,
    references: { short: `!${pull.number}`, relative: `!${pull.number}`, full: `${model.repository}!${pull.number}` },
    web_url: `${web}/${model.repository}/-/merge_requests/${pull.number}`,
    diff_refs: { base_sha: base, head_sha: headOf(pull), start_sha: base },
  };
}

export const note = (shapes: Shapes, { id, body, author, createdAt, updatedAt, system, pull }: Note): Record<string, unknown> => ({
  id,
  type: null,
  body,
  author: user(shapes, author),
  created_at: time(createdAt),
  updated_at: time(updatedAt),
  system,
  noteable_id: pull,
  noteable_type: "MergeRequest",
  project_id: projectId,
  noteable_iid: pull,
  resolvable: false,
  confidential: false,
  internal: false,
});

export const issue = (shapes: Shapes, one: Issue): Record<string, unknown> => ({
  id: one.id,
  iid: one.number,
  project_id: projectId,
  title: one.title,
  description: one.body,
  state: one.state === "open" ? "opened" : "closed",
  author: user(shapes, one.author),
  assignees: [],
  labels: [],
  type: "ISSUE",
  confidential: false,
  created_at: time(one.createdAt),
  updated_at: time(one.updatedAt),
  closed_at: one.state === "closed" ? time(one.updatedAt) : null,
  web_url: `${shapes.web}/${shapes.model.repository}/-/issues/${one.number}`,
});

export const status = (shapes: Shapes, entry: CommitStatus): Record<string, unknown> => ({
  id: entry.id,
  sha: entry.commit,
  ref: entry.ref ?? null,
  status: entry.state,
  name: entry.name,
  target_url: entry.url ?? null,
  description: entry.title,
  created_at: time(entry.createdAt),
  started_at: null,
  finished_at: null,
  allow_failure: false,
  coverage: null,
  author: user(shapes, entry.by),
});

/** Environments are told apart by the order in which they were first deployed to. */
const environmentNames = (model: Model): readonly string[] => [...new Set(model.deployments.map(({ environment }) => environment))];

export const environmentOf = (model: Model, id: number): string | undefined => environmentNames(model)[id - 1];

export const environment = (model: Model, name: string): Record<string, unknown> => ({
  id: environmentNames(model).indexOf(name) + 1,
  name,
  slug: name,
  external_url: model.addresses.get(name) ?? null,
});

export const deployment = (shapes: Shapes, entry: Deployed): Record<string, unknown> => ({
  id: entry.id,
  iid: entry.id - 1000,
  ref: entry.ref,
  sha: entry.commit,
  status: entry.states.at(-1)?.state ?? "created",
  created_at: time(entry.createdAt),
  updated_at: time(entry.updatedAt),
  user: user(shapes, entry.by),
  environment: environment(shapes.model, entry.environment),
  deployable: null,
});

const jobStates = { queued: "pending", running: "running", success: "success", failure: "failed", cancelled: "canceled" } as const;

export const job = (entry: Job): Record<string, unknown> => ({
  id: entry.id,
  name: entry.name,
  stage: "deploy",
  status: jobStates[entry.state],
  ref: "main",
  created_at: time(entry.startedAt),
  started_at: time(entry.startedAt),
  finished_at: null,
  pipeline: { id: entry.run, project_id: projectId, ref: "main", status: "running" },
});

export function pipeline(run: number, jobs: readonly Job[]): Record<string, unknown> {
  const running = jobs.some((entry) => entry.state === "running");
  const queued = jobs.some((entry) => entry.state === "queued");
  const bad = jobs.some((entry) => entry.state === "failure");
  const state = running ? "running" : queued ? "pending" : bad ? "failed" : "success";
  return { id: run, iid: 1, project_id: projectId, status: state, ref: "main", source: "push" };
}
