import type { Comment, Reaction } from "../forge.ts";
import { saveOnce } from "../sticky.ts";
import type { GitHubCall } from "./client.ts";
import { isUs, wroteIt, type Us } from "./identity.ts";
import { anything, comment, reaction, type IssueComment } from "./schema.ts";

const right = "pull requests: write";
const one = "/repos/{owner}/{repo}/issues/comments/{comment_id}";
const ofOne = "/repos/{owner}/{repo}/issues/{issue_number}/comments";

/** A comment, or what an issue begins with: GitHub tells both alike. */
export function toldComment(us: Us, found: IssueComment): Comment {
  const ours = wroteIt(us, found);
  return {
    id: String(found.id),
    url: found.html_url,
    author: found.user?.login ?? "ghost",
    bot: ours || found.user?.type === "Bot" || found.performed_via_github_app !== undefined,
    ours,
    body: found.body ?? "",
    createdAt: found.created_at,
    edited: found.updated_at !== found.created_at,
  };
}

export async function listComments(call: GitHubCall, us: Us, about: { readonly number: number; readonly since?: string | undefined }): Promise<Comment[]> {
  const params = { issue_number: about.number, ...(about.since === undefined ? {} : { since: about.since }) };
  const found = await call.all(`GET ${ofOne}`, comment, { params, right: "pull requests: read" });
  // A comment removed or added meanwhile moves the pages: one can be seen twice.
  const byId = new Map(found.map((item) => [item.id, item]));
  return [...byId.values()].sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at) || a.id - b.id).map((item) => toldComment(us, item));
}

export interface Sticky {
  readonly number: number;
  readonly marker: string;
  readonly body: string;
}

export function saveStickyComment(call: GitHubCall, us: Us, { number, marker, body }: Sticky): Promise<{ readonly id: string; readonly url: string }> {
  return saveOnce(
    {
      pause: (ms) => call.pause(ms),
      list: () => listComments(call, us, { number }),
      create: async (text) => toldComment(us, await call.write(`POST ${ofOne}`, comment, { params: { issue_number: number, body: text }, right })),
      edit: async (id, text) => toldComment(us, await call.write(`PATCH ${one}`, comment, { params: { comment_id: id, body: text }, right, repeatable: true })),
      remove: async (id) => {
        await call.write(`DELETE ${one}`, anything, { params: { comment_id: id }, right, repeatable: true });
      },
    },
    marker,
    body,
  );
}

const contents = { seen: "eyes", done: "rocket", refused: "confused" } as const satisfies Record<Reaction, string>;

export async function setReaction(call: GitHubCall, us: Us, wanted: { readonly comment: string; readonly reaction: Reaction }): Promise<void> {
  const content = contents[wanted.reaction];
  const params = { comment_id: wanted.comment };
  const list = await call.all(`GET ${one}/reactions`, reaction, { params, right });
  const ours = list.filter((found) => isUs(us, found.user?.login));
  if (!ours.some((found) => found.content === content)) {
    // GitHub itself answers a second one of the same kind with the first.
    await call.write(`POST ${one}/reactions`, anything, { params: { ...params, content }, right, repeatable: true });
  }
  const replaceable: readonly string[] = Object.values(contents);
  for (const old of ours.filter((found) => found.content !== content && replaceable.includes(found.content))) {
    await call.write(`DELETE ${one}/reactions/{reaction_id}`, anything, { params: { ...params, reaction_id: old.id }, right, repeatable: true });
  }
}
