import { issue, pullItem } from "./github-shapes.ts";
import { repo, type Desk } from "./github-desk.ts";
import { editIssue, issueOf, openIssue } from "./issues.ts";
import type { Asked, Route } from "./server.ts";
import { text } from "./words.ts";

/** Both kinds, as GitHub lists them: a pull request is an issue with one field more. */
function listed({ model, shapes }: Desk, asked: Asked): readonly Record<string, unknown>[] {
  const query = asked.url.searchParams;
  const [creator, state] = [query.get("creator"), query.get("state") ?? "open"];
  const isAsked = ({ author, state: is }: { readonly author: string; readonly state: string }): boolean =>
    (creator === null || author === creator) && (state === "all" || (state === "open") === (is === "open"));
  const pulls = model.pulls.filter(isAsked).map((pull) => ({ at: pull.createdAt, shape: { ...pullItem(shapes(asked), pull), pull_request: { url: "" } } }));
  const issues = model.issues.filter(isAsked).map((one) => ({ at: one.createdAt, shape: issue(shapes(asked), one) }));
  const ascending = [...pulls, ...issues].sort((a, b) => a.at.getTime() - b.at.getTime()).map(({ shape }) => shape);
  return (query.get("direction") ?? "desc") === "asc" ? ascending : ascending.reverse();
}

export function issueRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const one = repo("/issues/:number");
  return [
    { method: "GET", path: repo("/issues"), purpose: "issues.list", answer: (asked) => pages(asked, listed(desk, asked)) },
    {
      method: "POST",
      path: repo("/issues"),
      purpose: "issue.create",
      answer: (asked) => {
        const { title, body } = asked.body;
        return { status: 201, body: issue(shapes(asked), openIssue(model, caller(asked).login, { title: text(title) ?? "", body: text(body) ?? "" })) };
      },
    },
    {
      method: "GET",
      path: one,
      purpose: "issues.list",
      answer: (asked) => ({ status: 200, body: issue(shapes(asked), issueOf(model, Number(asked.params[2]))) }),
    },
    {
      method: "PATCH",
      path: one,
      purpose: "issue.edit",
      answer: (asked) => {
        const [title, body, state] = [text(asked.body["title"]), text(asked.body["body"]), text(asked.body["state"])];
        const edited = editIssue(model, Number(asked.params[2]), {
          by: caller(asked).login,
          ...(title === undefined ? {} : { title }),
          ...(body === undefined ? {} : { body }),
          ...(state === "open" || state === "closed" ? { state } : {}),
        });
        return { status: 200, body: issue(shapes(asked), edited) };
      },
    },
  ];
}
