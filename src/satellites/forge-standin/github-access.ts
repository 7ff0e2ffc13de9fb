import { randomBytes } from "node:crypto";
import { activityShape, jobShape, repository, runShape, user, type Shapes } from "./github-shapes.ts";
import { message, repo, type Desk } from "./github-desk.ts";
import { rulesetRoutes } from "./github-rulesets.ts";
import { permits, type BranchRules, type Job, type Permission } from "./model.ts";
import { rulesetsOn, rulesOn } from "./rulesets.ts";
import type { Answer, Asked, Route } from "./server.ts";

export function accessRoutes(desk: Desk): readonly Route[] {
  return [...identityRoutes(desk), ...peopleRoutes(desk), ...jobRoutes(desk), ...protectionRoutes(desk), ...rulesetRoutes(desk)];
}

function identityRoutes({ model, facts, shapes, caller, app }: Desk): readonly Route[] {
  const appShape = () => ({ id: app().id, slug: app().slug, name: app().slug, owner: { login: model.repository.split("/")[0] } });
  const installation = () => ({ id: app().installation, app_id: app().id, app_slug: app().slug, account: { login: model.repository.split("/")[0] } });
  const byToken = (asked: Asked): Answer | undefined =>
    facts.tokens.has(presentedIn(asked)) ? message(401, "A JSON web token could not be decoded") : undefined;
  const installed = (path: string): Route => ({
    method: "GET",
    path,
    purpose: "identity",
    answer: (asked) => byToken(asked) ?? { status: 200, body: installation() },
  });
  return [
    {
      method: "GET",
      path: "/user",
      purpose: "identity",
      answer: (asked) =>
        caller(asked).installation ? message(403, "Resource not accessible by integration") : { status: 200, body: user(shapes(asked), caller(asked).login) },
    },
    { method: "GET", path: "/app", purpose: "identity", answer: (asked) => byToken(asked) ?? { status: 200, body: appShape() } },
    installed(repo("/installation")),
    installed("/orgs/:org/installation"),
    installed("/users/:user/installation"),
    installed("/app/installations/:id"),
    { method: "GET", path: "/app/installations", purpose: "identity", answer: (asked) => byToken(asked) ?? { status: 200, body: [installation()] } },
    {
      method: "POST",
      path: "/app/installations/:id/access_tokens",
      purpose: "identity",
      answer: (asked) => {
        const { slug, installation: id } = app();
        const refused = byToken(asked);
        if (refused !== undefined) return refused;
        if (Number(asked.params[0]) !== id) return message(404, "Not Found");
        const value = `ghs_${randomBytes(18).toString("hex")}`;
        const expiresAt = new Date(Date.now() + 3_600_000);
        facts.tokens.set(value, { name: `installation ${facts.tokens.size}`, login: `${slug}[bot]`, installation: true, expiresAt });
        return {
          status: 201,
          body: { token: value, expires_at: expiresAt.toISOString(), permissions: { contents: "write", checks: "write" }, repository_selection: "selected" },
        };
      },
    },
    {
      method: "GET",
      path: "/rate_limit",
      purpose: "identity",
      answer: () => ({ status: 200, body: { resources: { core: { limit: 5000, remaining: 4999, reset: 0, used: 1 } } } }),
    },
    {
      method: "GET",
      path: repo("/activity"),
      purpose: "pull.read",
      answer: (asked) => activityPage(shapes(asked), asked),
    },
    {
      method: "GET",
      path: repo(""),
      purpose: "identity",
      answer: (asked) => ({ status: 200, body: { ...repository(shapes(asked)), permissions: { push: permits(model, caller(asked).login, "write") } } }),
    },
  ];
}

/** Newest first, in pages that are found by a cursor and not by a number, as GitHub's are. */
function activityPage(shapes: Shapes, asked: Asked): Answer {
  const query = asked.url.searchParams;
  const ref = query.get("ref")?.replace(/^refs\/heads\//, "");
  const perPage = Math.min(100, Number(query.get("per_page") ?? 30) || 30);
  const after = Number(query.get("after") ?? Infinity);
  const all = shapes.model.pushes.map((push, index) => ({ push, id: index + 1 })).filter(({ push }) => ref === undefined || push.branch === ref);
  const left = all.toReversed().filter(({ id }) => id < after);
  const items = left.slice(0, perPage);
  const next = new URL(asked.url);
  next.searchParams.set("after", String(items.at(-1)?.id ?? 0));
  return {
    status: 200,
    body: items.map(({ push, id }) => activityShape(shapes, push, id)),
    ...(left.length > perPage ? { headers: { link: `<${next.toString()}>; rel="next"` } } : {}),
  };
}

const presentedIn = (asked: Asked): string => /\s(\S+)$/.exec(asked.headers.authorization ?? "")?.[1] ?? "";

/** The coarse word that the API has always had, beside the role's own name. */
const coarse: Readonly<Record<Permission, string>> = { none: "none", read: "read", write: "write", maintain: "write", admin: "admin" };

function peopleRoutes({ model, shapes, caller, pages }: Desk): readonly Route[] {
  const team = (asked: Asked) => model.teams.get(`${asked.params[0]}/${asked.params[1]}`);
  return [
    {
      method: "GET",
      path: "/users/:login",
      purpose: "person",
      answer: (asked) =>
        model.people.has(asked.params[0] ?? "") ? { status: 200, body: user(shapes(asked), asked.params[0] ?? "") } : message(404, "Not Found"),
    },
    {
      method: "GET",
      path: repo("/collaborators/:login/permission"),
      purpose: "person",
      answer: (asked) => {
        const member = model.people.get(asked.params[2] ?? "");
        if (member === undefined) return message(404, "Not Found");
        if (!permits(model, caller(asked).login, "write")) return message(403, "Must have push access to view collaborator permission.");
        return {
          status: 200,
          body: {
            permission: coarse[member.permission],
            role_name: member.permission === "none" ? "" : member.permission,
            user: user(shapes(asked), member.login),
          },
        };
      },
    },
    {
      method: "GET",
      path: "/orgs/:org/teams/:team/memberships/:login",
      purpose: "team",
      answer: (asked) => {
        const state = team(asked)?.get(asked.params[2] ?? "");
        return state === undefined ? message(404, "Not Found") : { status: 200, body: { state, role: "member", url: `${asked.root}${asked.url.pathname}` } };
      },
    },
    {
      method: "GET",
      path: "/orgs/:org/teams/:team",
      purpose: "team",
      answer: (asked) =>
        team(asked) === undefined ? message(404, "Not Found") : { status: 200, body: { id: 1, slug: asked.params[1], name: asked.params[1] } },
    },
    {
      method: "GET",
      path: "/orgs/:org/teams/:team/members",
      purpose: "team",
      answer: (asked) => {
        const members = [...(team(asked) ?? [])].filter(([, state]) => state === "active");
        return team(asked) === undefined
          ? message(404, "Not Found")
          : pages(
              asked,
              members.map(([login]) => user(shapes(asked), login)),
            );
      },
    },
  ];
}

function jobRoutes({ model, pages }: Desk): readonly Route[] {
  const latest = (run: number): number => Math.max(...model.jobs.filter((job) => job.run === run).map((job) => job.attempt));
  const jobs = (run: number, attempt: number): readonly Job[] => model.jobs.filter((job) => job.run === run && job.attempt === attempt);
  const attemptOf = (asked: Asked): number => (asked.params[3] === undefined ? latest(Number(asked.params[2])) : Number(asked.params[3]));
  const runAnswer = (asked: Asked): Answer => {
    const [run, attempt] = [Number(asked.params[2]), attemptOf(asked)];
    return jobs(run, attempt).length === 0 ? message(404, "Not Found") : { status: 200, body: runShape(run, attempt, jobs(run, attempt)) };
  };
  const jobsAnswer = (asked: Asked): Answer => {
    const shown = jobs(Number(asked.params[2]), attemptOf(asked));
    if (shown.length === 0) return message(404, "Not Found");
    return pages(asked, shown.map(jobShape), (page) => ({ total_count: shown.length, jobs: page }));
  };
  return [
    { method: "GET", path: repo("/actions/runs/:run"), purpose: "job", answer: runAnswer },
    { method: "GET", path: repo("/actions/runs/:run/attempts/:attempt"), purpose: "job", answer: runAnswer },
    { method: "GET", path: repo("/actions/runs/:run/jobs"), purpose: "job", answer: jobsAnswer },
    { method: "GET", path: repo("/actions/runs/:run/attempts/:attempt/jobs"), purpose: "job", answer: jobsAnswer },
    {
      method: "GET",
      path: repo("/actions/jobs/:job"),
      purpose: "job",
      answer: (asked) => {
        const job = model.jobs.find((candidate) => candidate.id === Number(asked.params[2]));
        return job === undefined ? message(404, "Not Found") : { status: 200, body: jobShape(job) };
      },
    },
  ];
}

function protectionShape(rules: BranchRules): Record<string, unknown> {
  const reviews = {
    required_approving_review_count: rules.requiredApprovals,
    require_code_owner_reviews: rules.requiresCodeOwners,
    dismiss_stale_reviews: false,
    require_last_push_approval: false,
  };
  const people = (rules.mayPush ?? []).filter((name) => !name.startsWith("@"));
  const teams = (rules.mayPush ?? []).filter((name) => name.startsWith("@"));
  return {
    ...(rules.requiredApprovals > 0 || rules.requiresCodeOwners ? { required_pull_request_reviews: reviews } : {}),
    ...(rules.requiredStatuses.length > 0
      ? {
          required_status_checks: {
            strict: false,
            contexts: rules.requiredStatuses,
            checks: rules.requiredStatuses.map((context) => ({ context, app_id: null })),
          },
        }
      : {}),
    ...(rules.mayPush === undefined
      ? {}
      : { restrictions: { users: people.map((login) => ({ login })), teams: teams.map((name) => ({ slug: name.split("/").at(-1), name })), apps: [] } }),
    enforce_admins: { enabled: true },
    allow_force_pushes: { enabled: rules.allowsForcePush },
    allow_deletions: { enabled: rules.allowsDeletion },
    required_linear_history: { enabled: false },
  };
}

function rulesShape(rules: BranchRules): readonly unknown[] {
  const common = { ruleset_source_type: "Repository", ruleset_source: "acme/estate", ruleset_id: 1 };
  const review = {
    required_approving_review_count: rules.requiredApprovals,
    require_code_owner_review: rules.requiresCodeOwners,
    dismiss_stale_reviews_on_push: false,
  };
  return [
    ...(rules.allowsDeletion ? [] : [{ type: "deletion", ...common }]),
    ...(rules.allowsForcePush ? [] : [{ type: "non_fast_forward", ...common }]),
    ...(rules.requiredApprovals > 0 || rules.requiresCodeOwners ? [{ type: "pull_request", ...common, parameters: review }] : []),
    ...(rules.requiredStatuses.length > 0
      ? [
          {
            type: "required_status_checks",
            ...common,
            parameters: { required_status_checks: rules.requiredStatuses.map((context) => ({ context })), strict_required_status_checks_policy: false },
          },
        ]
      : []),
    ...(rules.mayPush === undefined ? [] : [{ type: "update", ...common }]),
  ];
}

function protectionRoutes({ model, caller, pages }: Desk): readonly Route[] {
  const old = (branch: string): BranchRules | undefined => (model.rules.get(branch)?.as === "rules" ? undefined : model.rules.get(branch));
  return [
    {
      method: "GET",
      path: repo("/branches/:branch"),
      purpose: "protection",
      answer: (asked) => {
        const name = asked.params[2] ?? "";
        const commit = model.git.resolve(`refs/heads/${name}`);
        if (commit === undefined) return message(404, "Branch not found");
        return {
          status: 200,
          body: { name, commit: { sha: commit, url: "" }, protected: rulesOn(model, name) !== undefined, protection: { enabled: old(name) !== undefined } },
        };
      },
    },
    {
      method: "GET",
      path: repo("/branches/:branch/protection"),
      purpose: "protection",
      answer: (asked) => {
        const rules = old(asked.params[2] ?? "");
        if (!permits(model, caller(asked).login, "admin"))
          return message(caller(asked).installation ? 403 : 404, caller(asked).installation ? "Resource not accessible by integration" : "Not Found");
        return rules === undefined ? message(404, "Branch not protected") : { status: 200, body: protectionShape(rules) };
      },
    },
    {
      method: "GET",
      path: repo("/rules/branches/:branch"),
      purpose: "protection",
      answer: (asked) => {
        const rules = model.rules.get(asked.params[2] ?? "");
        const written = rulesetsOn(model, asked.params[2] ?? "").flatMap((ruleset) => ruleset.rules.map((rule) => ({ ...rule, ruleset_id: ruleset.id })));
        return pages(asked, [...(rules?.as === "rules" ? rulesShape(rules) : []), ...written]);
      },
    },
  ];
}
