import { message, project, type Desk } from "./gitlab-desk.ts";
import { mergeRequest, projectId, user } from "./gitlab-shapes.ts";
import { demand, permits, pullOf, Refusal, type Pull } from "./model.ts";
import { headOf, mergePull, obstacle, openPull, pullCommits, pullsWith, standing } from "./pulls.ts";
import type { Answer, Asked, Route } from "./server.ts";
import { flag, text } from "./words.ts";

const states: Readonly<Record<string, Pull["state"]>> = { opened: "open", closed: "closed", merged: "merged" };

export function mergeRequestRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const one = (asked: Asked): Pull => pullOf(model, Number(asked.params[1]));
  return [
    {
      method: "GET",
      path: project("/merge_requests"),
      purpose: "pulls.list",
      answer: (asked) =>
        pages(
          asked,
          selected(desk, asked).map((pull) => mergeRequest(shapes(asked), pull)),
        ),
    },
    {
      method: "POST",
      path: project("/merge_requests"),
      purpose: "pull.create",
      answer: (asked) => {
        const { login } = caller(asked);
        demand(model, login, "write");
        const { source_branch: head, target_branch: base, title, description } = asked.body;
        const twin = model.pulls.find((pull) => pull.state === "open" && pull.fork === undefined && pull.branch === head && pull.base === base);
        if (twin !== undefined) throw new Refusal("conflict", `Another open merge request already exists for this source branch: !${twin.number}`);
        const pull = openPull(model, {
          by: login,
          head: text(head) ?? "",
          base: text(base) ?? "",
          body: text(description) ?? "",
          title: (text(title) ?? "").replace(/^draft:\s*/i, ""),
          draft: /^draft:/i.test(text(title) ?? ""),
        });
        return { status: 201, body: mergeRequest(shapes(asked), pull) };
      },
    },
    {
      method: "GET",
      path: project("/merge_requests/:iid"),
      purpose: "pull.read",
      answer: (asked) => ({ status: 200, body: mergeRequest(shapes(asked), one(asked)) }),
    },
    {
      method: "PUT",
      path: project("/merge_requests/:iid"),
      purpose: "pull.edit",
      answer: (asked) => {
        const { login } = caller(asked);
        const pull = one(asked);
        if (pull.author !== login) demand(model, login, "write");
        pull.title = text(asked.body["title"])?.replace(/^draft:\s*/i, "") ?? pull.title;
        pull.body = text(asked.body["description"]) ?? pull.body;
        pull.base = text(asked.body["target_branch"]) ?? pull.base;
        if (asked.body["state_event"] === "close" && pull.state === "open") pull.state = "closed";
        pull.updatedAt = model.now();
        model.record(login, "pull.edit", String(pull.number));
        return { status: 200, body: mergeRequest(shapes(asked), pull) };
      },
    },
    {
      method: "GET",
      path: project("/merge_requests/:iid/commits"),
      purpose: "pull.read",
      answer: (asked) =>
        pages(
          asked,
          [...pullCommits(model, one(asked))].reverse().map((commit) => ({
            id: commit.id,
            short_id: commit.id.slice(0, 8),
            title: commit.message.split("\n")[0],
            message: commit.message,
            parent_ids: commit.parents,
            author_name: commit.author.name,
            author_email: commit.author.email,
            authored_date: commit.author.at,
            committed_date: commit.author.at,
            committer_name: commit.author.name,
            committer_email: commit.author.email,
            created_at: commit.author.at,
          })),
        ),
    },
    {
      method: "GET",
      path: project("/merge_requests/:iid/versions"),
      purpose: "approvals",
      answer: (asked) => {
        const pull = one(asked);
        const base = pull.merged?.onto ?? model.git.resolve(`refs/heads/${pull.base}`);
        const shape = (version: Pull["versions"][number]) => ({
          id: version.id,
          head_commit_sha: version.commit,
          base_commit_sha: base,
          start_commit_sha: base,
          created_at: version.at.toISOString(),
          merge_request_id: pull.id,
          state: "collected",
          real_size: "1",
        });
        return pages(asked, [...pull.versions].reverse().map(shape));
      },
    },
    {
      method: "GET",
      path: project("/repository/commits/:sha/merge_requests"),
      purpose: "pulls.list",
      answer: (asked) => {
        const sha = asked.params[1] ?? "";
        if (model.git.commit(sha) === undefined) return message(404, "404 Commit Not Found");
        const state = asked.url.searchParams.get("state");
        const shown = pullsWith(model, sha).filter((pull) => state === null || state === "all" || pull.state === states[state]);
        return pages(
          asked,
          shown.map((pull) => mergeRequest(shapes(asked), pull)),
        );
      },
    },
    ...approvalRoutes(desk, one),
    mergeRoute(desk, one),
  ];
}

function selected({ model }: Desk, asked: Asked): readonly Pull[] {
  const query = asked.url.searchParams;
  const same = (name: string, value: string): boolean => (query.get(name) ?? value) === value;
  const state = query.get("state") ?? "all";
  const iids = query.getAll("iids[]");
  const shown = model.pulls.filter(
    (pull) =>
      (state === "all" || pull.state === states[state]) &&
      same("source_branch", pull.branch) &&
      same("target_branch", pull.base) &&
      (iids.length === 0 || iids.includes(String(pull.number))),
  );
  const updated = query.get("order_by") === "updated_at";
  const ascending = [...shown].sort((a, b) => (updated ? a.updatedAt.getTime() - b.updatedAt.getTime() : a.number - b.number));
  return query.get("sort") === "asc" ? ascending : ascending.reverse();
}

function approvalRoutes({ model, shapes, caller }: Desk, one: (asked: Asked) => Pull): readonly Route[] {
  return [
    {
      method: "GET",
      path: project("/merge_requests/:iid/approvals"),
      purpose: "approvals",
      answer: (asked) => {
        const pull = one(asked);
        const standingNow = standing(model, pull.number);
        const required = model.rules.get(pull.base)?.requiredApprovals ?? 0;
        return {
          status: 200,
          body: {
            id: pull.id,
            iid: pull.number,
            project_id: projectId,
            title: pull.title,
            state: pull.state === "open" ? "opened" : pull.state,
            approved: standingNow.length >= required,
            approvals_required: required,
            approvals_left: Math.max(0, required - standingNow.length),
            approved_by: standingNow.map((entry) => ({
              user: user(shapes(asked), entry.by),
              ...(model.policy.tellsApprovalTimes ? { approved_at: entry.at.toISOString() } : {}),
            })),
            user_has_approved: standingNow.some((entry) => entry.by === caller(asked).login),
            user_can_approve: true,
            approval_rules_left: [],
            has_approval_rules: required > 0,
          },
        };
      },
    },
    {
      method: "GET",
      path: project("/merge_requests/:iid/approval_state"),
      purpose: "approvals",
      answer: (asked) => {
        const given = standing(model, one(asked).number).map((entry) => user(shapes(asked), entry.by));
        return {
          status: 200,
          body: {
            approval_rules_overwritten: false,
            rules: [{ id: 1, name: "All Members", rule_type: "any_approver", approvals_required: 0, approved_by: given, approved: true }],
          },
        };
      },
    },
  ];
}

const mayWait = (body: Asked["body"]): boolean => flag(body["auto_merge"]) ?? flag(body["merge_when_pipeline_succeeds"]) ?? false;

function mergeRoute({ model, shapes, caller }: Desk, one: (asked: Asked) => Pull): Route {
  const answer = (asked: Asked): Answer => {
    const { login } = caller(asked);
    const pull = one(asked);
    const expected = text(asked.body["sha"]);
    if (!permits(model, login, "write")) return message(401, "401 Unauthorized");
    if (expected !== undefined && expected !== headOf(pull)) return message(409, `SHA does not match HEAD of source branch: ${headOf(pull)}`);
    const style = flag(asked.body["squash"]) === true ? ("squash" as const) : ("merge" as const);
    if (mayWait(asked.body) && pull.state === "open" && !pull.draft && obstacle(model, pull) !== undefined) {
      pull.waiting = { by: login, style };
      model.record(login, "pull.auto-merge", String(pull.number));
      return { status: 200, body: mergeRequest(shapes(asked), pull) };
    }
    try {
      return { status: 200, body: mergeRequest(shapes(asked), mergePull(model, pull.number, { by: login, style })) };
    } catch (error) {
      if (error instanceof Refusal && error.message.includes("conflict")) return message(422, "Branch cannot be merged");
      throw error;
    }
  };
  return { method: "PUT", path: project("/merge_requests/:iid/merge"), purpose: "pull.merge", answer };
}
