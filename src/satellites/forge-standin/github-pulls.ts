import type { MergeStyle } from "./git.ts";
import { commitShape, pullItem, pullOfNode, pullWhole, reviewShape } from "./github-shapes.ts";
import { message, repo, type Desk } from "./github-desk.ts";
import { demand, pullOf, Refusal, type Pull } from "./model.ts";
import { headOf, mergePull, obstacle, openPull, pullCommits, pullsWith } from "./pulls.ts";
import type { Asked, Route } from "./server.ts";
import { flag, record, text } from "./words.ts";

const styleOf = (value: unknown): MergeStyle => {
  const style = (text(value) ?? "merge").toLowerCase();
  if (style !== "merge" && style !== "squash" && style !== "rebase") throw new Refusal("invalid", "merge_method is invalid");
  return style;
};

export function pullRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const one = (asked: Asked): Pull => pullOf(model, Number(asked.params[2]));
  return [
    {
      method: "GET",
      path: repo("/pulls"),
      purpose: "pulls.list",
      answer: (asked) =>
        pages(
          asked,
          selected(desk, asked).map((pull) => pullItem(shapes(asked), pull)),
        ),
    },
    { method: "GET", path: repo("/pulls/:number"), purpose: "pull.read", answer: (asked) => ({ status: 200, body: pullWhole(shapes(asked), one(asked)) }) },
    {
      method: "POST",
      path: repo("/pulls"),
      purpose: "pull.create",
      answer: (asked) => {
        const { login } = caller(asked);
        const { head, base, title, body, draft } = asked.body;
        const [owner, branch] = (text(head) ?? "").includes(":") ? (text(head) ?? "").split(":") : [undefined, text(head)];
        const ours = model.repository.split("/")[0];
        const twin = model.pulls.find((pull) => pull.state === "open" && pull.branch === branch && pull.base === base);
        if (twin !== undefined) throw new Refusal("invalid", `A pull request already exists for ${ours}:${branch}.`);
        demand(model, login, "write");
        const pull = openPull(model, {
          by: login,
          head: branch ?? "",
          base: text(base) ?? "",
          title: text(title) ?? "",
          body: text(body) ?? "",
          draft: flag(draft) ?? false,
          fork: owner === undefined || owner === ours ? undefined : owner,
        });
        return { status: 201, body: pullWhole(shapes(asked), pull) };
      },
    },
    {
      method: "PATCH",
      path: repo("/pulls/:number"),
      purpose: "pull.edit",
      answer: (asked) => {
        const { login } = caller(asked);
        const pull = one(asked);
        if (pull.author !== login) demand(model, login, "write");
        pull.title = text(asked.body["title"]) ?? pull.title;
        pull.body = text(asked.body["body"]) ?? pull.body;
        pull.base = text(asked.body["base"]) ?? pull.base;
        if (asked.body["state"] === "closed" && pull.state === "open") pull.state = "closed";
        pull.updatedAt = model.now();
        model.record(login, "pull.edit", String(pull.number));
        return { status: 200, body: pullWhole(shapes(asked), pull) };
      },
    },
    {
      method: "GET",
      path: repo("/pulls/:number/commits"),
      purpose: "pull.read",
      answer: (asked) =>
        pages(
          asked,
          pullCommits(model, one(asked))
            .slice(0, 250)
            .map((commit) => commitShape(shapes(asked), commit)),
        ),
    },
    {
      method: "GET",
      path: repo("/pulls/:number/reviews"),
      purpose: "approvals",
      answer: (asked) => {
        const pull = one(asked);
        return pages(
          asked,
          model.reviews.filter((entry) => entry.pull === pull.number).map((entry) => reviewShape(shapes(asked), entry)),
        );
      },
    },
    {
      method: "GET",
      path: repo("/commits/:sha/pulls"),
      purpose: "pulls.list",
      answer: (asked) => {
        const name = asked.params[2] ?? "";
        if (model.git.commit(name) === undefined) return message(422, `No commit found for SHA: ${name}`);
        return pages(
          asked,
          pullsWith(model, name).map((pull) => pullItem(shapes(asked), pull)),
        );
      },
    },
    ...mergeRoutes(desk, one),
  ];
}

function selected({ model }: Desk, asked: Asked): readonly Pull[] {
  const query = asked.url.searchParams;
  const state = query.get("state") ?? "open";
  const [base, head] = [query.get("base"), query.get("head")];
  const ours = model.repository.split("/")[0];
  const shown = model.pulls.filter(
    (pull) =>
      (state === "all" || (state === "open") === (pull.state === "open")) &&
      (base === null || pull.base === base) &&
      (head === null || !head.includes(":") || head === `${pull.fork ?? ours}:${pull.branch}`),
  );
  const updated = query.get("sort") === "updated";
  const ascending = [...shown].sort((a, b) => (updated ? a.updatedAt.getTime() - b.updatedAt.getTime() : a.number - b.number));
  return (query.get("direction") ?? (query.has("sort") ? "asc" : "desc")) === "asc" ? ascending : ascending.reverse();
}

function mergeRoutes({ model, shapes, caller }: Desk, one: (asked: Asked) => Pull): readonly Route[] {
  return [
    {
      method: "GET",
      path: repo("/pulls/:number/merge"),
      purpose: "pull.read",
      answer: (asked) => (one(asked).state === "merged" ? { status: 204 } : message(404, "Not Found")),
    },
    {
      method: "PUT",
      path: repo("/pulls/:number/merge"),
      purpose: "pull.merge",
      answer: (asked) => {
        const pull = one(asked);
        const expected = text(asked.body["sha"]);
        if (pull.state === "open" && expected !== undefined && expected !== headOf(pull))
          return message(409, "Head branch was modified. Review and try the merge again.");
        const merged = mergePull(model, pull.number, {
          by: caller(asked).login,
          style: styleOf(asked.body["merge_method"]),
          message: text(asked.body["commit_title"]),
        });
        return { status: 200, body: { sha: merged.merged?.tip, merged: true, message: "Pull Request successfully merged" } };
      },
    },
    {
      method: "POST",
      path: "/graphql",
      purpose: "pull.merge",
      answer: (asked) => {
        const query = text(asked.body["query"]) ?? "";
        if (/\bviewer\b/.test(query)) return { status: 200, body: { data: { viewer: { login: caller(asked).login } } } };
        const variables = record(asked.body["variables"]);
        const input = record(variables["input"] ?? variables);
        const node = Object.values(input).find((value) => typeof value === "string" && Number.isInteger(pullOfNode(value)));
        const refused = (type: string, said: string) => ({
          status: 200,
          body: { data: null, errors: [{ type, path: ["enablePullRequestAutoMerge"], message: said }] },
        });
        if (!query.includes("enablePullRequestAutoMerge") || typeof node !== "string") return refused("NOT_FOUND", "Could not resolve to a node");
        const pull = pullOf(model, pullOfNode(node));
        const { login } = caller(asked);
        demand(model, login, "write");
        if (pull.state !== "open") return refused("UNPROCESSABLE", "Pull request is not open");
        if (obstacle(model, pull) === undefined) return refused("UNPROCESSABLE", "Pull request Pull request is in clean status");
        const style = Object.values(input).find((value) => typeof value === "string" && /^(MERGE|SQUASH|REBASE)$/.test(value));
        pull.waiting = { by: login, style: styleOf(style) };
        model.record(login, "pull.auto-merge", String(pull.number));
        return { status: 200, body: { data: { enablePullRequestAutoMerge: { pullRequest: pullItem(shapes(asked), pull) } } } };
      },
    },
  ];
}
