import type { Status } from "../forge.ts";
import { Refusal, type GitlabCall } from "./call.ts";
import { CommitStatus, CommitStatuses, MergeRequests, Pipelines } from "./schema.ts";

/** GitLab has no "waiting": pending is what is neither finished nor failed there. */
const states = { waiting: "pending", running: "running", success: "success", failure: "failed" } as const;
const longestDescription = 255;

const isStanding = (there: CommitStatus | undefined, wanted: Status): boolean =>
  there?.status === states[wanted.state] && there.description === descriptionOf(wanted) && (there.target_url ?? undefined) === wanted.url;

function descriptionOf({ title }: Status): string {
  return title.length <= longestDescription ? title : `${title.slice(0, longestDescription - 1)}…`;
}

/** Where the commit's pipeline is; without one, the branch of its open merge request. Otherwise GitLab takes any branch that holds the commit. */
async function refOf(call: GitlabCall, commit: string): Promise<string | undefined> {
  const pipelines =
    (await call.offered(Pipelines, (api) => api.pipelines.all(call.project, { sha: commit, orderBy: "id", sort: "desc", page: 1, perPage: 1 }))) ?? [];
  const piped = pipelines[0]?.ref;
  if (typeof piped === "string") return piped;
  const requests = (await call.offered(MergeRequests, (api) => api.commits.allMergeRequests(call.project, commit, { perPage: 100 }))) ?? [];
  const open = requests.filter((request) => request.state === "opened" && request.sha === commit);
  const own = open.find((request) => request.source_project_id === request.target_project_id);
  // A fork's branch is not here, but GitLab keeps its head under the number of the merge request.
  return own?.source_branch ?? (open[0] === undefined ? undefined : `refs/merge-requests/${open[0].iid}/head`);
}

async function post(call: GitlabCall, commit: string, fields: { readonly state: PostedState; readonly [name: string]: unknown }): Promise<Refusal | undefined> {
  const { state, ...options } = fields;
  const answer = await call.attempt(CommitStatus, [400], (api) => api.commits.editStatus(call.project, commit, state, options));
  return answer instanceof Refusal ? answer : undefined;
}

type PostedState = (typeof states)[Status["state"]] | "canceled";

const isSameState = (refusal: Refusal, state: string): boolean =>
  /cannot transition status via/i.test(refusal.words) && new RegExp(`from :?${state}\\b`, "i").test(refusal.words);

/**
 * GitLab keeps one unfinished status per name, commit and ref; a finished one is followed by another, and the newest counts. While the state stays
 * the same it refuses a new title, and the old one stays. A running one cannot go back to pending: it is ended first.
 */
export async function saveStatus(call: GitlabCall, commit: string, status: Status): Promise<void> {
  const all = await call.read(CommitStatuses, (api) => api.commits.allStatuses(call.project, commit, { name: status.name, perPage: 100 } as object));
  const newest = all.filter((one) => one.name === status.name).sort((a, b) => b.id - a.id)[0];
  if (isStanding(newest, status)) return;
  const ref = newest?.ref ?? (await refOf(call, commit));
  const state = states[status.state];
  const named = { name: status.name, ...(ref === undefined ? {} : { ref }) };
  const fields = { ...named, state, description: descriptionOf(status), ...(status.url === undefined ? {} : { targetUrl: status.url }) };
  if (newest?.status === "running" && state === "pending") await post(call, commit, { ...named, state: "canceled" });
  const refusal = await post(call, commit, fields);
  if (refusal !== undefined && !isSameState(refusal, state)) throw call.failures.answered(refusal.answer, refusal.question);
}
