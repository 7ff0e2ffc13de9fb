import type { IssueDraft, Saved } from "../forge.ts";
import { saveIssueOnce, type ToldIssue } from "../issues.ts";
import type { GitlabCall } from "./call.ts";
import { withoutCommands } from "./notes.ts";
import { Issue, Issues } from "./schema.ts";

function told(issue: Issue, me: number): ToldIssue {
  const ours = issue.author.id === me;
  return {
    title: issue.title,
    state: issue.state === "opened" ? "open" : "closed",
    comment: {
      id: String(issue.iid),
      url: issue.web_url,
      author: issue.author.username,
      bot: ours,
      ours,
      body: issue.description ?? "",
      createdAt: issue.created_at,
      edited: issue.updated_at !== issue.created_at,
    },
  };
}

export interface KeptIssue {
  readonly draft: IssueDraft;
  readonly marker: string;
  readonly body: string;
}

/** `me`: the id of the user whose token it is. */
export function saveKeptIssue(call: GitlabCall, me: number, { draft, marker, body }: KeptIssue): Promise<Saved> {
  const { project } = call;
  const list = async (): Promise<ToldIssue[]> => {
    const wanted = { projectId: project, authorId: me, scope: "all", orderBy: "created_at", sort: "asc", perPage: 100 } as const;
    const found = await call.read(Issues, (api) => api.issues.all(wanted));
    return [...new Map(found.map((issue) => [issue.iid, issue])).values()].map((issue) => told(issue, me));
  };
  return saveIssueOnce(
    {
      list,
      pause: (ms) => call.pause(ms),
      missing: () => call.failures.answered({ status: 404, headers: {}, body: "" }, { endpoint: "GET /projects/:id/issues" }),
      create: async (title, description) => told(await call.read(Issue, (api) => api.issues.create(project, title, { description })), me),
      edit: async (id, { title, state, body: description }) => {
        const stateEvent = state === "open" ? "reopen" : "close";
        return told(await call.read(Issue, (api) => api.issues.edit(project, Number(id), { title, description, stateEvent })), me);
      },
    },
    draft,
    { marker, body: withoutCommands(body) },
  );
}
