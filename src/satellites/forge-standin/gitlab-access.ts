import { message, project, type Desk } from "./gitlab-desk.ts";
import { groupId, job as jobShape, levels, pipeline, projectId, user } from "./gitlab-shapes.ts";
import { protectedId, protectionWrites } from "./gitlab-protection.ts";
import { permits, type Member } from "./model.ts";
import type { Answer, Asked, Route } from "./server.ts";

export function accessRoutes(desk: Desk): readonly Route[] {
  return [...peopleRoutes(desk), ...groupRoutes(desk), ...jobRoutes(desk), ...protectionRoutes(desk)];
}

function peopleRoutes({ model, shapes, caller, pages }: Desk): readonly Route[] {
  const members = (): readonly Member[] => [...model.people.values()].filter((member) => member.permission !== "none");
  const shape = (asked: Asked, member: Member) => ({
    ...user(shapes(asked), member.login),
    access_level: levels[member.permission],
    membership_state: "active",
    expires_at: null,
  });
  return [
    {
      method: "GET",
      path: "/user",
      purpose: "identity",
      answer: (asked) => ({ status: 200, body: { ...user(shapes(asked), caller(asked).login), bot: false, is_admin: false } }),
    },
    { method: "GET", path: "/version", purpose: "identity", answer: () => ({ status: 200, body: { version: "18.5.0", revision: "abc" } }) },
    {
      method: "GET",
      path: "/users",
      purpose: "person",
      answer: (asked) => {
        const name = asked.url.searchParams.get("username");
        const found = [...model.people.values()].filter((member) => name === null || member.login.toLowerCase() === name.toLowerCase());
        return pages(
          asked,
          found.map((member) => user(shapes(asked), member.login)),
        );
      },
    },
    {
      method: "GET",
      path: project("/events"),
      purpose: "pull.read",
      answer: (asked) => {
        const newest = [...model.pushes].reverse().map((push) => ({
          id: 1,
          project_id: projectId,
          action_name: push.from === undefined ? "pushed new" : push.to === undefined ? "deleted" : "pushed to",
          author_username: push.by,
          created_at: push.at.toISOString(),
          push_data: {
            commit_count: 1,
            action: push.from === undefined ? "created" : push.to === undefined ? "removed" : "pushed",
            ref_type: "branch",
            ref: push.branch,
            commit_from: push.from ?? null,
            commit_to: push.to ?? null,
          },
        }));
        return pages(asked, newest);
      },
    },
    {
      method: "GET",
      path: "/users/:id",
      purpose: "person",
      answer: (asked) => {
        const member = [...model.people.values()].find(({ id }) => id === Number(asked.params[0]));
        return member === undefined ? message(404, "404 User Not Found") : { status: 200, body: { ...user(shapes(asked), member.login), bot: member.bot } };
      },
    },
    {
      method: "GET",
      path: project(""),
      purpose: "identity",
      answer: (asked) => {
        const level = levels[model.people.get(caller(asked).login)?.permission ?? "none"];
        const web = `${shapes(asked).web}/${model.repository}`;
        return {
          status: 200,
          body: {
            id: projectId,
            path_with_namespace: model.repository,
            default_branch: model.defaultBranch,
            web_url: web,
            visibility: "private",
            merge_method: "merge",
            squash_option: "default_off",
            only_allow_merge_if_pipeline_succeeds: model.policy.pipelinesMustSucceed,
            permissions: { project_access: { access_level: level }, group_access: null },
          },
        };
      },
    },
    {
      method: "GET",
      path: project("/members/all"),
      purpose: "person",
      answer: (asked) => {
        const [query, ids] = [asked.url.searchParams.get("query"), asked.url.searchParams.getAll("user_ids[]")];
        const shown = members().filter((member) => (query === null || member.login.includes(query)) && (ids.length === 0 || ids.includes(String(member.id))));
        return pages(
          asked,
          shown.map((member) => shape(asked, member)),
        );
      },
    },
    {
      method: "GET",
      path: project("/members/all/:id"),
      purpose: "person",
      answer: (asked) => {
        const member = members().find(({ id }) => id === Number(asked.params[1]));
        return member === undefined ? message(404, "404 Not found") : { status: 200, body: shape(asked, member) };
      },
    },
  ];
}

function groupRoutes({ model, shapes, pages }: Desk): readonly Route[] {
  const pathOf = (asked: Asked): string | undefined => {
    const named = asked.params[0] ?? "";
    return [...model.teams.keys()].find((path) => path === named || String(groupId(model, path)) === named);
  };
  const membersOf = (path: string, asked: Asked) =>
    [...(model.teams.get(path) ?? [])].map(([login, standing]) => ({
      ...user(shapes(asked), login),
      access_level: 30,
      membership_state: standing === "active" ? "active" : "awaiting",
    }));
  const listed = (asked: Asked): Answer => {
    const path = pathOf(asked);
    const query = asked.url.searchParams.get("query");
    return path === undefined
      ? message(404, "404 Group Not Found")
      : pages(
          asked,
          membersOf(path, asked).filter((member) => query === null || String((member as { username?: unknown }).username).includes(query)),
        );
  };
  const single = (asked: Asked): Answer => {
    const path = pathOf(asked);
    const member = path === undefined ? undefined : membersOf(path, asked).find((entry) => (entry as { id?: unknown }).id === Number(asked.params[1]));
    return member === undefined ? message(404, path === undefined ? "404 Group Not Found" : "404 Not found") : { status: 200, body: member };
  };
  return [
    {
      method: "GET",
      path: "/groups/:group",
      purpose: "team",
      answer: (asked) => {
        const path = pathOf(asked);
        return path === undefined
          ? message(404, "404 Group Not Found")
          : {
              status: 200,
              body: { id: groupId(model, path), full_path: path, path: path.split("/").at(-1), name: path, web_url: `${shapes(asked).web}/groups/${path}` },
            };
      },
    },
    { method: "GET", path: "/groups/:group/members/all", purpose: "team", answer: listed },
    { method: "GET", path: "/groups/:group/members", purpose: "team", answer: listed },
    { method: "GET", path: "/groups/:group/members/all/:id", purpose: "team", answer: single },
    { method: "GET", path: "/groups/:group/members/:id", purpose: "team", answer: single },
  ];
}

function jobRoutes({ model, pages }: Desk): readonly Route[] {
  const of = (asked: Asked) => model.jobs.filter((job) => job.run === Number(asked.params[1]));
  return [
    {
      method: "GET",
      path: project("/jobs/:job"),
      purpose: "job",
      answer: (asked) => {
        const job = model.jobs.find((entry) => entry.id === Number(asked.params[1]));
        return job === undefined ? message(404, "404 Not Found") : { status: 200, body: jobShape(job) };
      },
    },
    { method: "GET", path: project("/pipelines"), purpose: "job", answer: (asked) => pages(asked, []) },
    {
      method: "GET",
      path: project("/pipelines/:pipeline"),
      purpose: "job",
      answer: (asked) => (of(asked).length === 0 ? message(404, "404 Not found") : { status: 200, body: pipeline(Number(asked.params[1]), of(asked)) }),
    },
    {
      method: "GET",
      path: project("/pipelines/:pipeline/jobs"),
      purpose: "job",
      answer: (asked) => (of(asked).length === 0 ? message(404, "404 Not found") : pages(asked, of(asked).map(jobShape))),
    },
  ];
}

function protectionRoutes({ model, caller, pages }: Desk): readonly Route[] {
  const pushers = (mayPush: readonly string[] | undefined) => {
    const common = { id: 21, deploy_key_id: null };
    if (mayPush === undefined) return [{ ...common, access_level: 30, access_level_description: "Developers + Maintainers", user_id: null, group_id: null }];
    if (mayPush.length === 0) return [{ ...common, access_level: 0, access_level_description: "No one", user_id: null, group_id: null }];
    return mayPush.map((name) => {
      const group = name.startsWith("@");
      return {
        ...common,
        access_level: 40,
        access_level_description: name.replace(/^@/, ""),
        user_id: group ? null : (model.people.get(name)?.id ?? 0),
        group_id: group ? groupId(model, name.slice(1)) : null,
      };
    });
  };
  const shape = (branch: string) => {
    const rules = model.rules.get(branch);
    return {
      id: protectedId(model, branch),
      name: branch,
      push_access_levels: pushers(rules?.mayPush),
      unprotect_access_levels: [],
      merge_access_levels: [{ id: 1, access_level: 40, access_level_description: "Maintainers", user_id: null, group_id: null }],
      allow_force_push: rules?.allowsForcePush ?? false,
      code_owner_approval_required: rules?.requiresCodeOwners ?? false,
    };
  };
  const allowed = (asked: Asked): Answer | undefined => (permits(model, caller(asked).login, "write") ? undefined : message(403, "403 Forbidden"));
  return [
    {
      method: "GET",
      path: project("/repository/branches/:branch"),
      purpose: "protection",
      answer: (asked) => {
        const name = asked.params[1] ?? "";
        const commit = model.git.resolve(`refs/heads/${name}`);
        if (commit === undefined) return message(404, "404 Branch Not Found");
        return {
          status: 200,
          body: {
            name,
            merged: false,
            protected: model.rules.has(name),
            default: name === model.defaultBranch,
            developers_can_push: false,
            can_push: true,
            commit: { id: commit },
          },
        };
      },
    },
    {
      method: "GET",
      path: project("/protected_branches"),
      purpose: "protection",
      answer: (asked) => allowed(asked) ?? pages(asked, [...model.rules.keys()].map(shape)),
    },
    ...protectionWrites({ model, caller }, shape),
    {
      method: "GET",
      path: project("/protected_branches/:branch"),
      purpose: "protection",
      answer: (asked) =>
        allowed(asked) ?? (model.rules.has(asked.params[1] ?? "") ? { status: 200, body: shape(asked.params[1] ?? "") } : message(404, "404 Not found")),
    },
    { method: "GET", path: project("/external_status_checks"), purpose: "protection", answer: (asked) => allowed(asked) ?? pages(asked, []) },
    {
      method: "GET",
      path: project("/approval_rules"),
      purpose: "protection",
      answer: (asked) =>
        allowed(asked) ??
        pages(
          asked,
          [...model.rules].flatMap(([branch, rules], at) =>
            rules.requiredApprovals === 0
              ? []
              : [
                  {
                    id: at + 1,
                    name: rules.ruleName ?? `For ${branch}`,
                    rule_type: "regular",
                    approvals_required: rules.requiredApprovals,
                    users: [],
                    groups: [],
                    eligible_approvers: [],

                    protected_branches: [{ id: protectedId(model, branch), name: branch }],
                    applies_to_all_protected_branches: false,
                    contains_hidden_groups: false,
                  },
                ],
          ),
        ),
    },
  ];
}
