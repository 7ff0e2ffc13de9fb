import type { CheckRun, Deployed, Issue, Job, Model, Note, Pull, Review, CommitStatus } from "./model.ts";
import { hasConflicts, headOf, obstacle, pullCommits } from "./pulls.ts";
import type { GitCommit } from "./git.ts";
import type { Push } from "./pushes.ts";

/** GitHub's answers: whole seconds, and every field that a client could lean on. */

const time = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
const nodeId = (kind: string, id: number): string => Buffer.from(`${kind}:${id}`).toString("base64");

export const pullOfNode = (node: string): number => Number(/^PullRequest:(\d+)$/.exec(Buffer.from(node, "base64").toString())?.[1]);

export interface Shapes {
  readonly model: Model;
  /** Root of the API, without a slash at the end. */
  readonly api: string;
  /** Slug of the app whose tokens are installations. */
  readonly appSlug: string | undefined;
}

export function user({ model, api }: Shapes, login: string): Record<string, unknown> {
  const member = model.people.get(login);
  return {
    login,
    id: member?.id ?? 0,
    node_id: nodeId("User", member?.id ?? 0),
    url: `${api}/users/${encodeURIComponent(login)}`,
    html_url: `${api}/${login}`,
    type: member?.bot === true ? "Bot" : "User",
    user_view_type: "public",
    site_admin: false,
  };
}

export function repository(shapes: Shapes, owner?: string): Record<string, unknown> {
  const [ours = "", name = ""] = shapes.model.repository.split("/");
  const full = `${owner ?? ours}/${name}`;
  return {
    id: owner === undefined || owner === ours ? 1 : 2,
    node_id: nodeId("Repository", 1),
    name,
    full_name: full,
    private: true,
    owner: { login: owner ?? ours, id: 900, type: "Organization" },
    html_url: `${shapes.api}/${full}`,
    url: `${shapes.api}/repos/${full}`,
    fork: owner !== undefined && owner !== ours,
    default_branch: shapes.model.defaultBranch,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    allow_auto_merge: true,
  };
}

/** As lists show it: without what only the single pull request tells. */
export function pullItem(shapes: Shapes, pull: Pull): Record<string, unknown> {
  const { model, api } = shapes;
  const owner = model.repository.split("/")[0] ?? "";
  const side = (label: string, branch: string, [who, commit]: readonly [string, string]) => ({
    label,
    ref: branch,
    sha: commit,
    user: { login: who, type: "Organization" },
    repo: repository(shapes, who),
  });
  const base = pull.merged?.onto ?? model.git.resolve(`refs/heads/${pull.base}`) ?? "";
  const from = pull.fork ?? owner;
  return {
    url: `${api}/repos/${model.repository}/pulls/${pull.number}`,
    id: pull.id,
    node_id: nodeId("PullRequest", pull.number),
    html_url: `${api}/${model.repository}/pull/${pull.number}`,
    number: pull.number,
    state: pull.state === "open" ? "open" : "closed",
    locked: false,
    title: pull.title,
    user: user(shapes, pull.author),
    body: pull.body,
    created_at: time(pull.createdAt),
    updated_at: time(pull.updatedAt),
    closed_at: pull.state === "open" ? null : time(pull.updatedAt),
    merged_at: pull.merged === undefined ? null : time(pull.merged.at),
    merge_commit_sha: pull.merged?.tip ?? testMerge(pull, base),
    draft: pull.draft,
    labels: [],
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: side(`${from}:${pull.branch}`, pull.branch, [from, headOf(pull)]),
    base: side(`${owner}:${pull.base}`, pull.base, [owner, base]),
    author_association: "CONTRIBUTOR",
    auto_merge: pull.waiting === undefined ? null : { enabled_by: user(shapes, pull.waiting.by), merge_method: pull.waiting.style },
  };
}

/** The host's own trial merge: an open pull request has one too, and it is not a commit of the base branch. */
const testMerge = (pull: Pull, base: string): string => Buffer.from(`${base}${headOf(pull)}`.slice(0, 20).padEnd(20, "0")).toString("hex");

export function pullWhole(shapes: Shapes, pull: Pull): Record<string, unknown> {
  const isOpen = pull.state === "open";
  const conflicts = hasConflicts(shapes.model, pull);
  const openState = conflicts ? "dirty" : obstacle(shapes.model, pull) === undefined ? "clean" : "blocked";
  return {
    ...pullItem(shapes, pull),
    merged: pull.state === "merged",
    mergeable: isOpen ? !conflicts : null,
    rebaseable: isOpen ? !conflicts : null,
    mergeable_state: isOpen ? openState : "unknown",
    merged_by: pull.merged === undefined ? null : user(shapes, pull.merged.by),
    comments: shapes.model.notes.filter((note) => note.pull === pull.number && !note.system).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: pullCommits(shapes.model, pull).length,
    additions: 1,
    deletions: 0,
    changed_files: 1,
  };
}

export function comment(shapes: Shapes, note: Note): Record<string, unknown> {
  const { model, api } = shapes;
  const bot = model.people.get(note.author)?.bot === true;
  return {
    id: note.id,
    node_id: nodeId("IssueComment", note.id),
    url: `${api}/repos/${model.repository}/issues/comments/${note.id}`,
    html_url: `${api}/${model.repository}/pull/${note.pull}#issuecomment-${note.id}`,
    issue_url: `${api}/repos/${model.repository}/issues/${note.pull}`,
    body: note.body,
    user: user(shapes, note.author),
    created_at: time(note.createdAt),
    updated_at: time(note.updatedAt),
    author_association: bot ? "NONE" : "MEMBER",
    performed_via_github_app:
      bot && shapes.appSlug !== undefined && note.author === `${shapes.appSlug}[bot]` ? { id: 77, slug: shapes.appSlug, name: shapes.appSlug } : null,
  };
}

export function issue(shapes: Shapes, one: Issue): Record<string, unknown> {
  const { model, api } = shapes;
  return {
    id: one.id,
    node_id: nodeId("Issue", one.id),
    url: `${api}/repos/${model.repository}/issues/${one.number}`,
    html_url: `${api}/${model.repository}/issues/${one.number}`,
    number: one.number,
    state: one.state,
    state_reason: one.state === "closed" ? "completed" : null,
    title: one.title,
    body: one.body,
    user: user(shapes, one.author),
    labels: [],
    locked: false,
    comments: 0,
    created_at: time(one.createdAt),
    updated_at: time(one.updatedAt),
    closed_at: one.state === "closed" ? time(one.updatedAt) : null,
    author_association: "MEMBER",
    performed_via_github_app:
      shapes.appSlug !== undefined && one.author === `${shapes.appSlug}[bot]` ? { id: 77, slug: shapes.appSlug, name: shapes.appSlug } : null,
  };
}

const none = "0".repeat(40);

function activityType({ from, to, merges }: Push, isForward: () => boolean): string {
  if (from === undefined) return "branch_creation";
  if (to === undefined) return "branch_deletion";
  if (merges === true) return "pr_merge";
  return isForward() ? "push" : "force_push";
}

/** A push of the repository's activity; `id` only grows. */
export function activityShape(shapes: Shapes, push: Push, id: number): Record<string, unknown> {
  const { git } = shapes.model;
  const isForward = (): boolean => git.commits(push.to ?? "", push.from ?? "").length === 0;
  return {
    id,
    node_id: nodeId("PushEvent", id),
    before: push.from ?? none,
    after: push.to ?? none,
    ref: `refs/heads/${push.branch}`,
    timestamp: time(push.at),
    activity_type: activityType(push, isForward),
    actor: user(shapes, push.by),
  };
}

const reviewStates = { approved: "APPROVED", changes: "CHANGES_REQUESTED", commented: "COMMENTED", dismissed: "DISMISSED" } as const;

export function reviewShape(shapes: Shapes, review: Review): Record<string, unknown> {
  return {
    id: review.id,
    node_id: nodeId("PullRequestReview", review.id),
    user: user(shapes, review.by),
    body: "",
    state: reviewStates[review.state],
    html_url: `${shapes.api}/${shapes.model.repository}/pull/${review.pull}#pullrequestreview-${review.id}`,
    submitted_at: time(review.at),
    commit_id: review.commit,
    author_association: "MEMBER",
  };
}

export function commitShape(shapes: Shapes, commit: GitCommit): Record<string, unknown> {
  const member = [...shapes.model.people.values()].find(({ email }) => email === commit.author.email);
  const who = { name: commit.author.name, email: commit.author.email, date: commit.author.at };
  return {
    sha: commit.id,
    node_id: nodeId("Commit", 1),
    commit: { author: who, committer: who, message: commit.message, comment_count: 0, verification: { verified: false, reason: "unsigned" } },
    url: `${shapes.api}/repos/${shapes.model.repository}/commits/${commit.id}`,
    html_url: `${shapes.api}/${shapes.model.repository}/commit/${commit.id}`,
    author: member === undefined ? null : user(shapes, member.login),
    committer: member === undefined ? null : user(shapes, member.login),
    parents: commit.parents.map((sha) => ({ sha })),
  };
}

export function statusShape(shapes: Shapes, status: CommitStatus): Record<string, unknown> {
  return {
    url: `${shapes.api}/repos/${shapes.model.repository}/statuses/${status.commit}`,
    id: status.id,
    node_id: nodeId("StatusContext", status.id),
    state: status.state,
    description: status.title,
    target_url: status.url ?? null,
    context: status.name,
    created_at: time(status.createdAt),
    updated_at: time(status.updatedAt),
    creator: user(shapes, status.by),
  };
}

export function checkShape(shapes: Shapes, check: CheckRun): Record<string, unknown> {
  return {
    id: check.id,
    node_id: nodeId("CheckRun", check.id),
    head_sha: check.commit,
    name: check.name,
    external_id: check.externalId,
    url: `${shapes.api}/repos/${shapes.model.repository}/check-runs/${check.id}`,
    html_url: `${shapes.api}/${shapes.model.repository}/runs/${check.id}`,
    details_url: check.url ?? null,
    status: check.status,
    conclusion: check.conclusion ?? null,
    started_at: time(check.startedAt),
    completed_at: check.conclusion === undefined ? null : time(check.startedAt),
    output: {
      title: check.title,
      summary: check.summary,
      text: check.text,
      annotations_count: check.annotations.length,
      annotations_url: `${shapes.api}/repos/${shapes.model.repository}/check-runs/${check.id}/annotations`,
    },
    check_suite: { id: 1 },
    app: { id: 77, slug: shapes.appSlug ?? "github-actions", name: shapes.appSlug ?? "GitHub Actions" },
    pull_requests: [],
  };
}

export function deploymentShape(shapes: Shapes, deployment: Deployed): Record<string, unknown> {
  const url = `${shapes.api}/repos/${shapes.model.repository}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId("Deployment", deployment.id),
    task: "deploy",
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    payload: {},
    sha: deployment.commit,
    ref: deployment.ref,
    creator: user(shapes, deployment.by),
    created_at: time(deployment.createdAt),
    updated_at: time(deployment.updatedAt),
    statuses_url: `${url}/statuses`,
    transient_environment: false,
    production_environment: false,
  };
}

export const deploymentStatusShape = (shapes: Shapes, state: Deployed["states"][number]): Record<string, unknown> => ({
  id: state.id,
  node_id: nodeId("DeploymentStatus", state.id),
  state: state.state,
  description: state.description,
  environment_url: state.environmentUrl ?? "",
  log_url: state.url ?? "",
  target_url: state.url ?? "",
  creator: user(shapes, shapes.model.people.keys().next().value ?? ""),
  created_at: time(state.at),
  updated_at: time(state.at),
});

export function jobShape(job: Job): Record<string, unknown> {
  const ended = job.state !== "queued" && job.state !== "running";
  return {
    id: job.id,
    run_id: job.run,
    run_attempt: job.attempt,
    name: job.name,
    status: ended ? "completed" : job.state === "queued" ? "queued" : "in_progress",
    conclusion: ended ? job.state : null,
    started_at: time(job.startedAt),
    completed_at: ended ? time(job.startedAt) : null,
    steps: [],
  };
}

export function runShape(run: number, attempt: number, jobs: readonly Job[]): Record<string, unknown> {
  const open = jobs.filter((job) => job.state === "queued" || job.state === "running");
  return {
    id: run,
    name: "apply",
    run_number: 1,
    run_attempt: attempt,
    event: "push",
    status: open.length === 0 ? "completed" : open.every((job) => job.state === "queued") ? "queued" : "in_progress",
    conclusion: open.length === 0 ? (jobs.every((job) => job.state === "success") ? "success" : "failure") : null,
    created_at: time(jobs[0]?.startedAt ?? new Date(0)),
    updated_at: time(jobs[0]?.startedAt ?? new Date(0)),
  };
}
