import { Problem } from "../../../base/problem/index.ts";
import type { PullRequest, PullRequestDraft } from "../forge.ts";
import { Refusal, type GitlabCall } from "./call.ts";
import { isDraft, pullRequestOf, readMergeRequest, titleOf } from "./merge-requests.ts";
import { Branch, MergeRequest, MergeRequests } from "./schema.ts";

const settleMs = 1_000;
/** GitLab works out in the background whether a merge request can be merged; right after opening it does not know. */
const undecided = new Set(["checking", "unchecked", "preparing", "approvals_syncing", "cannot_be_merged_recheck"]);
const mergeRefusals = [400, 401, 405, 406, 409, 422];

async function ofPair(call: GitlabCall, draft: PullRequestDraft, state: "opened" | "locked" | "merged"): Promise<MergeRequest | undefined> {
  const found = await call.read(MergeRequests, (api) =>
    api.mergeRequests.all({
      projectId: call.project,
      sourceBranch: draft.head,
      targetBranch: draft.base,
      state,
      orderBy: "created_at",
      sort: "desc",
      perPage: 100,
    }),
  );
  // A fork may have a branch of the same name.
  return found.find((request) => request.source_project_id === request.target_project_id);
}

/** A repeated save after a lost answer: what it asked for has come in already, and nothing was pushed since. */
async function alreadyIn(call: GitlabCall, draft: PullRequestDraft): Promise<MergeRequest | undefined> {
  const merged = await ofPair(call, draft, "merged");
  if (merged === undefined) return undefined;
  const branch = await call.find(Branch, (api) => api.branches.show(call.project, draft.head));
  if (branch === undefined) return titleOf(merged) === draft.title ? merged : undefined;
  return branch.commit.id === merged.sha ? merged : undefined;
}

async function open(call: GitlabCall, draft: PullRequestDraft): Promise<MergeRequest> {
  const created = await call.attempt(MergeRequest, [409], (api) =>
    api.mergeRequests.create(call.project, draft.head, draft.base, draft.title, { description: draft.body }),
  );
  if (!(created instanceof Refusal)) return created;
  // Somebody else opened it meanwhile.
  const theirs = await ofPair(call, draft, "opened");
  if (theirs === undefined) throw call.failures.answered(created.answer, created.question);
  return update(call, draft, theirs);
}

async function update(call: GitlabCall, draft: PullRequestDraft, there: MergeRequest): Promise<MergeRequest> {
  if (titleOf(there) === draft.title && (there.description ?? "") === draft.body) return there;
  // Without the mark in its title, what somebody made a draft would be none any more.
  const title = isDraft(there) ? `Draft: ${draft.title}` : draft.title;
  return call.read(MergeRequest, (api) => api.mergeRequests.edit(call.project, there.iid, { title, description: draft.body }));
}

const statusOf = (request: MergeRequest): string => request.detailed_merge_status ?? request.merge_status ?? "unknown";

/** As soon as GitLab has decided; as it is when the deadline comes first. */
async function decided(call: GitlabCall, iid: number): Promise<MergeRequest> {
  for (;;) {
    const request = await readMergeRequest(call, iid);
    const isMoving = request.state === "locked" || (request.state === "opened" && undecided.has(statusOf(request)));
    if (!isMoving || !(await call.pause(settleMs))) return request;
  }
}

/** GitLab says 401 to a good token whose user may not merge into this branch. */
function notAllowed(call: GitlabCall, { iid, target_branch }: MergeRequest): Problem {
  const todo = `Let the user of the token merge into ${target_branch} (protected branches, "Allowed to merge"), or let a person merge it.`;
  return call.failures.refused(`does not let this token merge !${iid}`, todo);
}

function refusalOf(call: GitlabCall, request: MergeRequest, words: string): Problem {
  const reason = [statusOf(request).replaceAll("_", " "), request.merge_error ?? "", words].filter((text) => text !== "").join("; ");
  return call.failures.refused(`does not merge !${request.iid}: ${reason}`, `Do what the merge request still needs, then save it again: ${request.web_url}`);
}

async function tryMerge(call: GitlabCall, request: MergeRequest, auto: boolean): Promise<MergeRequest | Refusal> {
  const options = {
    // Not what was pushed after we looked.
    ...(typeof request.sha === "string" ? { sha: request.sha } : {}),
    // The one name is that of GitLab before 17.11, the other the one since.
    ...(auto ? { autoMerge: true, mergeWhenPipelineSucceeds: true } : {}),
  };
  return call.attempt(MergeRequest, mergeRefusals, (api) => api.mergeRequests.merge(call.project, request.iid, options));
}

/** GitLab's "no" in its own words, or nothing. */
async function askToMerge(call: GitlabCall, request: MergeRequest, when: "now" | "when-ready"): Promise<string> {
  let answer = await tryMerge(call, request, when === "when-ready");
  // Without a pipeline there is nothing to wait for, and GitLab refuses to wait.
  if (answer instanceof Refusal && when === "when-ready" && statusOf(request) === "mergeable") answer = await tryMerge(call, request, false);
  if (!(answer instanceof Refusal)) return "";
  if (answer.status === 401) throw notAllowed(call, request);
  return answer.words;
}

async function merge(call: GitlabCall, iid: number, when: "now" | "when-ready"): Promise<void> {
  const isDone = ({ state, merge_when_pipeline_succeeds }: MergeRequest): boolean =>
    state === "merged" || (when === "when-ready" && merge_when_pipeline_succeeds === true);
  const ready = await decided(call, iid);
  if (isDone(ready)) return;
  const words = await askToMerge(call, ready, when);
  // A lost answer, and what another run did meanwhile, count for what they have done.
  const after = await decided(call, iid);
  if (!isDone(after)) throw refusalOf(call, after, words);
}

export async function saveMergeRequest(call: GitlabCall, draft: PullRequestDraft): Promise<PullRequest> {
  // "locked" is the moment of merging.
  const there = (await ofPair(call, draft, "opened")) ?? (await ofPair(call, draft, "locked"));
  const saved = there === undefined ? ((await alreadyIn(call, draft)) ?? (await open(call, draft))) : await update(call, draft, there);
  if (draft.merge !== undefined && saved.state !== "merged") await merge(call, saved.iid, draft.merge);
  return pullRequestOf(call, saved.iid);
}
