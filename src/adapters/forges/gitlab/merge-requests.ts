import type { PullRequest, PullRequestQuery } from "../forge.ts";
import type { ToldPushers } from "../pushers.ts";
import type { GitlabCall } from "./call.ts";
import { notAsked, pushersOf } from "./pushers.ts";
import { MergeRequest, MergeRequests } from "./schema.ts";

const states = { opened: "open", locked: "open", closed: "closed", merged: "merged" } as const;

/** The commit on the base branch. Fast-forward makes none: then it is the head itself. */
function mergeCommitOf(request: MergeRequest): string | undefined {
  return request.state === "merged" ? (request.merge_commit_sha ?? request.squash_commit_sha ?? request.sha ?? undefined) : undefined;
}

/** GitLab marks a draft in its title; elsewhere it is a field of its own, and here too. */
export const isDraft = (request: MergeRequest): boolean => request.draft ?? request.work_in_progress ?? false;

export function titleOf(request: MergeRequest): string {
  return isDraft(request) ? request.title.replace(/^(?:draft:|\[draft\]|\(draft\)|wip:|\[wip\])\s*/i, "") : request.title;
}

export function toPullRequest(request: MergeRequest, pushers: ToldPushers): PullRequest {
  const mergedBy = request.merge_user?.username ?? request.merged_by?.username;
  const mergeCommit = mergeCommitOf(request);
  return {
    number: request.iid,
    url: request.web_url,
    title: titleOf(request),
    // "locked" is the moment of merging: not yet in.
    state: states[request.state],
    draft: isDraft(request),
    author: request.author.username,
    base: request.target_branch,
    head: { branch: request.source_branch, commit: request.sha ?? "" },
    // A fork that was deleted has no id any more.
    fork: request.source_project_id !== request.target_project_id,
    ...(request.state === "merged" && mergedBy !== undefined ? { mergedBy } : {}),
    ...(mergeCommit === undefined ? {} : { mergeCommit }),
    ...pushers,
    updatedAt: request.updated_at,
  };
}

export async function readMergeRequest(call: GitlabCall, iid: number): Promise<MergeRequest> {
  return call.read(MergeRequest, (api) => api.mergeRequests.show(call.project, iid));
}

export async function pullRequestOf(call: GitlabCall, iid: number): Promise<PullRequest> {
  const request = await readMergeRequest(call, iid);
  return toPullRequest(request, (await pushersOf(call, [request])).get(request.iid) ?? notAsked);
}

/** GitLab also names open ones that merely contain the commit. */
const isAbout = (request: MergeRequest, commit: string): boolean => request.state === "merged" || request.sha === commit;

function isWanted(request: MergeRequest, query: PullRequestQuery): boolean {
  const { commit, base, state, since } = query;
  if (commit !== undefined && !isAbout(request, commit)) return false;
  if (since !== undefined && Date.parse(request.updated_at) < Date.parse(since)) return false;
  if (base !== undefined && request.target_branch !== base) return false;
  return state === "all" || states[request.state] === state;
}

async function candidates(call: GitlabCall, query: PullRequestQuery): Promise<readonly MergeRequest[]> {
  const { commit, base, since } = query;
  if (commit !== undefined) return call.read(MergeRequests, (api) => api.commits.allMergeRequests(call.project, commit, { perPage: 100 }));
  const state = query.state === "open" ? "opened" : query.state;
  return call.read(MergeRequests, (api) =>
    api.mergeRequests.all({
      projectId: call.project,
      ...(base === undefined ? {} : { targetBranch: base }),
      ...(state === "all" ? {} : { state }),
      ...(since === undefined ? {} : { updatedAfter: since }),
      orderBy: "created_at",
      sort: "desc",
      perPage: 100,
    }),
  );
}

/** Pushers are read of open ones and of those of one commit: of every merged one ever it would take the whole activity of the project. */
export async function pullRequestsOf(call: GitlabCall, query: PullRequestQuery): Promise<readonly PullRequest[]> {
  const wanted = (await candidates(call, query)).filter((request) => isWanted(request, query));
  // Pages shift while they are read when another one is opened.
  const unique = [...new Map(wanted.map((request) => [request.iid, request])).values()].sort((a, b) => b.iid - a.iid);
  const pushers = await pushersOf(
    call,
    unique.filter((request) => query.commit !== undefined || request.state === "opened"),
  );
  return unique.map((request) => toPullRequest(request, pushers.get(request.iid) ?? notAsked));
}
