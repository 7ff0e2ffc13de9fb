import { walkPushes, whyUnknown, type BranchPush, type ToldPushers, type Walk } from "../pushers.ts";
import type { GitlabCall } from "./call.ts";
import { PushEvents, type MergeRequest, type PushEvent } from "./schema.ts";

/** 1,000 pushes of a project, newest first. What lies further back is not read. */
const mostPages = 10;
const perPage = 100;

/** Those to the branch of a merge request. Who pushes many branches at once has one event without names: then a push is missing here. */
function pushesIn(events: readonly PushEvent[], { source_branch: branch }: MergeRequest): readonly BranchPush[] {
  return events.flatMap(({ author_username: by, push_data: push }) => {
    if (push?.ref_type !== "branch" || push.ref !== branch) return [];
    const from = push.action === "created" ? undefined : (push.commit_from ?? undefined);
    return [{ by, from, to: push.action === "removed" ? undefined : (push.commit_to ?? undefined) }];
  });
}

/** Where a merge request left its base branch, the branch held nothing of it yet. */
const walkOf = (events: readonly PushEvent[], request: MergeRequest): Walk =>
  walkPushes(pushesIn(events, request), { head: request.sha ?? "", mayHold: (commit) => commit !== request.diff_refs?.base_sha });

/** Undefined where it is hidden. */
async function readActivity(call: GitlabCall, project: number, requests: readonly MergeRequest[]): Promise<readonly PushEvent[] | undefined> {
  const events: PushEvent[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const options = { projectId: project, action: "pushed", sort: "desc", page, perPage } as const;
    const more = await call.offered(PushEvents, (api) => api.events.all(options));
    if (more === undefined) return undefined;
    events.push(...more);
    if (more.length < perPage || requests.every((request) => walkOf(events, request).state !== "open")) break;
  }
  return events;
}

const nobody = (why: string): ToldPushers => ({ pushers: [], pushersUnknown: why });

export const notAsked = nobody("GitLab was not asked who pushed");

function told(events: readonly PushEvent[], request: MergeRequest): ToldPushers {
  const walk = walkOf(events, request);
  const unknown = whyUnknown(walk, { host: "GitLab", branch: request.source_branch });
  return { pushers: walk.logins, ...(unknown === undefined ? {} : { pushersUnknown: unknown }) };
}

/**
 * GitLab's commits name people by e-mail only, which anybody can write into a commit. Its activity says who pushed; where that is
 * hidden, or does not reach back to the first push, that is said.
 */
export async function pushersOf(call: GitlabCall, requests: readonly MergeRequest[]): Promise<ReadonlyMap<number, ToldPushers>> {
  const found = new Map<number, ToldPushers>();
  const sources = new Set(requests.map((request) => request.source_project_id).filter((id) => typeof id === "number"));
  for (const request of requests) found.set(request.iid, nobody("the project that it came from is gone, and with it who pushed there"));
  for (const source of sources) {
    const ofSource = requests.filter((request) => request.source_project_id === source);
    const events = await readActivity(call, source, ofSource);
    const hidden = nobody("GitLab hides from this token who pushed to the project that it came from");
    for (const request of ofSource) found.set(request.iid, events === undefined ? hidden : told(events, request));
  }
  return found;
}
