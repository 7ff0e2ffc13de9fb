import type { ForgeApproval } from "../forge.ts";
import type { GitlabCall } from "./call.ts";
import { Approvals, Notes, Versions, type Note, type Version } from "./schema.ts";

/**
 * The head of a merge request at an instant, from its history. Undefined where that is not certain: before the first version that GitLab knows,
 * or in the very instant in which a version came.
 */
export function headAt(versions: readonly Version[], at: string): string | undefined {
  const instant = Date.parse(at);
  const known = versions.map((version) => ({ head: version.head_commit_sha, since: Date.parse(version.created_at) }));
  if (known.some((version) => version.since === instant)) return undefined;
  return known.filter((version) => version.since < instant).sort((a, b) => b.since - a.since)[0]?.head;
}

/** Older versions do not say when; the note that GitLab writes about an approval does. */
function notedAt(notes: readonly Note[], username: string): string | undefined {
  return notes.findLast((note) => note.system && note.author.username === username && note.body.startsWith("approved this merge request"))?.created_at;
}

export async function approvalsOf(call: GitlabCall, iid: number): Promise<readonly ForgeApproval[]> {
  const { approved_by } = await call.read(Approvals, (api) => api.approvals.showConfiguration(call.project, { mergerequestIId: iid }));
  if (approved_by.length === 0) return [];
  const versions = await call.read(Versions, (api) => api.mergeRequests.allDiffVersions(call.project, iid, { perPage: 100 } as object));
  const isUntimed = approved_by.some((approval) => typeof approval.approved_at !== "string");
  const notes = isUntimed ? await call.read(Notes, (api) => api.notes.all(call.project, iid, { sort: "asc", orderBy: "created_at", perPage: 100 })) : [];
  return approved_by.map(({ user, approved_at }) => {
    const at = approved_at ?? notedAt(notes, user.username);
    // Without any time it counts as given before everything, at no known commit.
    if (at === undefined) return { by: user.username, at: new Date(0).toISOString() };
    const commit = headAt(versions, at);
    return { by: user.username, at, ...(commit === undefined ? {} : { commit }) };
  });
}
