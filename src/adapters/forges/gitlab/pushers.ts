import type { GitlabCall } from "./call.ts";
import { PushEvents, type MergeRequest, type PushEvent } from "./schema.ts";

/** 1,000 pushes of a project, newest first. What lies further back is not said. */
const mostPages = 10;
const perPage = 100;

/** Those who pushed to the branch of a merge request, from its last push back to the one that made the branch. */
function pushersIn(events: readonly PushEvent[], request: MergeRequest): { readonly logins: readonly string[]; readonly complete: boolean } {
  const logins = new Set<string>();
  const until = request.state === "opened" ? Number.POSITIVE_INFINITY : Date.parse(request.merged_at ?? request.closed_at ?? request.updated_at);
  for (const event of events) {
    const push = event.push_data;
    if (push?.ref_type !== "branch" || push.ref !== request.source_branch || Date.parse(event.created_at) > until) continue;
    // The branch of an earlier life of the same name ends here.
    if (push.action === "removed") {
      if (logins.size > 0) return { logins: [...logins], complete: true };
      continue;
    }
    logins.add(event.author_username);
    if (push.action === "created") return { logins: [...logins], complete: true };
  }
  return { logins: [...logins], complete: false };
}

async function readPushers(call: GitlabCall, project: number, requests: readonly MergeRequest[]): Promise<Map<number, readonly string[]>> {
  const events: PushEvent[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const options = { projectId: project, action: "pushed", sort: "desc", page, perPage } as const;
    // A fork's activity is often hidden.
    const more = (await call.offered(PushEvents, (api) => api.events.all(options))) ?? [];
    events.push(...more);
    if (more.length < perPage || requests.every((request) => pushersIn(events, request).complete)) break;
  }
  return new Map(requests.map((request) => [request.iid, pushersIn(events, request).logins]));
}

/**
 * GitLab's commits name people by e-mail only, which anybody can write into a commit. Its activity says who pushed; where that is
 * hidden nobody is named.
 */
export async function pushersOf(call: GitlabCall, requests: readonly MergeRequest[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, readonly string[]>();
  const sources = new Set(requests.map((request) => request.source_project_id).filter((id) => typeof id === "number"));
  for (const source of sources) {
    const ofSource = requests.filter((request) => request.source_project_id === source);
    for (const [iid, logins] of await readPushers(call, source, ofSource)) found.set(iid, logins);
  }
  return found;
}
