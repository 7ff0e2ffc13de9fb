import { project, type Desk } from "./gitlab-desk.ts";
import { issue } from "./gitlab-shapes.ts";
import { editIssue, issueOf, openIssue } from "./issues.ts";
import type { Asked, Route } from "./server.ts";
import { text } from "./words.ts";

function listed({ model }: Desk, asked: Asked): readonly (typeof model.issues)[number][] {
  const query = asked.url.searchParams;
  const [author, state] = [query.get("author_id"), query.get("state")];
  const shown = model.issues.filter(
    (one) =>
      (author === null || String(model.people.get(one.author)?.id) === author) &&
      (state === null || state === "all" || (state === "opened") === (one.state === "open")),
  );
  return query.get("sort") === "asc" ? shown : [...shown].reverse();
}

export function issueRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const one = project("/issues/:iid");
  return [
    {
      method: "GET",
      path: project("/issues"),
      purpose: "issues.list",
      answer: (asked) =>
        pages(
          asked,
          listed(desk, asked).map((found) => issue(shapes(asked), found)),
        ),
    },
    {
      method: "POST",
      path: project("/issues"),
      purpose: "issue.create",
      answer: (asked) => {
        const { title, description } = asked.body;
        return { status: 201, body: issue(shapes(asked), openIssue(model, caller(asked).login, { title: text(title) ?? "", body: text(description) ?? "" })) };
      },
    },
    {
      method: "GET",
      path: one,
      purpose: "issues.list",
      answer: (asked) => ({ status: 200, body: issue(shapes(asked), issueOf(model, Number(asked.params[1]))) }),
    },
    {
      method: "PUT",
      path: one,
      purpose: "issue.edit",
      answer: (asked) => {
        const [title, body, event] = [text(asked.body["title"]), text(asked.body["description"]), text(asked.body["state_event"])];
        const edited = editIssue(model, Number(asked.params[1]), {
          by: caller(asked).login,
          ...(title === undefined ? {} : { title }),
          ...(body === undefined ? {} : { body }),
          ...(event === "close" ? { state: "closed" } : event === "reopen" ? { state: "open" } : {}),
        });
        return { status: 200, body: issue(shapes(asked), edited) };
      },
    },
  ];
}
