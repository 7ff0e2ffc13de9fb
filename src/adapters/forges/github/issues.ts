import type { IssueDraft, Saved } from "../forge.ts";
import { saveIssueOnce, type ToldIssue } from "../issues.ts";
import type { GitHubCall } from "./client.ts";
import { toldComment } from "./comments.ts";
import type { Us } from "./identity.ts";
import { issue, type Issue } from "./schema.ts";

const right = "issues: write";
const all = "/repos/{owner}/{repo}/issues";
const one = `${all}/{issue_number}`;

export interface KeptIssue {
  readonly draft: IssueDraft;
  readonly marker: string;
  readonly body: string;
}

export function saveKeptIssue(call: GitHubCall, us: Us, { draft, marker, body }: KeptIssue): Promise<Saved> {
  const told = (found: Issue): ToldIssue => ({
    title: found.title,
    state: found.state,
    // Issues are known by their number, comments by their id.
    comment: { ...toldComment(us, found), id: String(found.number) },
  });
  const list = async (): Promise<ToldIssue[]> => {
    const params = { creator: us, state: "all", sort: "created", direction: "asc" };
    const found = await call.all(`GET ${all}`, issue, { params, right: "issues: read" });
    // GitHub lists pull requests among the issues, and one that moved to another page meanwhile twice.
    return [...new Map(found.filter((item) => item.pull_request === undefined).map((item) => [item.number, item])).values()].map(told);
  };
  return saveIssueOnce(
    {
      list,
      pause: (ms) => call.pause(ms),
      missing: () => call.failures.answered({ status: 404, headers: {}, body: "" }, { endpoint: `GET ${all}`, right }),
      create: async (title, text) => told(await call.write(`POST ${all}`, issue, { params: { title, body: text }, right })),
      edit: async (id, change) => told(await call.write(`PATCH ${one}`, issue, { params: { issue_number: id, ...change }, right, repeatable: true })),
    },
    draft,
    { marker, body },
  );
}
