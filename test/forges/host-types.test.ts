import { afterEach, describe, expect, test, vi } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { objections } from "./compiler.ts";
import { openSubject } from "./subject.ts";
import { hear, tour, type Exchange } from "./tour.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";

/** Method and path as the host describes them → the type of the answer. */
type Types = ReadonlyMap<string, string>;

const githubPaths: Readonly<Record<string, readonly string[]>> = {
  GET: [
    "/app",
    "/user",
    "/orgs/{org}/teams/{team_slug}/memberships/{username}",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/pulls/{pull_number}/commits",
    "/repos/{owner}/{repo}/pulls/{pull_number}/reviews",
    "/repos/{owner}/{repo}/activity",
    "/repos/{owner}/{repo}/commits/{commit_sha}/pulls",
    "/repos/{owner}/{repo}/commits/{ref}/statuses",
    "/repos/{owner}/{repo}/commits/{ref}/check-runs",
    "/repos/{owner}/{repo}/issues",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions",
    "/repos/{owner}/{repo}/collaborators/{username}/permission",
    "/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}",
    "/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs",
    "/repos/{owner}/{repo}/branches/{branch}",
    "/repos/{owner}/{repo}/rules/branches/{branch}",
    "/repos/{owner}/{repo}/rulesets",
    "/repos/{owner}/{repo}/rulesets/{ruleset_id}",
    "/repos/{owner}/{repo}/deployments",
    "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
  ],
  PUT: ["/repos/{owner}/{repo}/pulls/{pull_number}/merge", "/repos/{owner}/{repo}/rulesets/{ruleset_id}"],
  POST: [
    "/app/installations/{installation_id}/access_tokens",
    "/repos/{owner}/{repo}/pulls",
    "/repos/{owner}/{repo}/issues",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions",
    "/repos/{owner}/{repo}/statuses/{sha}",
    "/repos/{owner}/{repo}/check-runs",
    "/repos/{owner}/{repo}/rulesets",
    "/repos/{owner}/{repo}/deployments",
    "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
  ],
  PATCH: [
    "/repos/{owner}/{repo}/pulls/{pull_number}",
    "/repos/{owner}/{repo}/issues/{issue_number}",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}",
    "/repos/{owner}/{repo}/check-runs/{check_run_id}",
  ],
};

const github: Types = new Map(
  Object.entries(githubPaths).flatMap(([method, paths]) =>
    paths.map((path) => {
      const status = method === "POST" ? 201 : 200;
      return [`${method} ${path}`, `paths["${path}"]["${method.toLowerCase()}"]["responses"][${status}]["content"]["application/json"]`] as const;
    }),
  ),
);

const gitlab: Types = new Map([
  ["GET /user", "ExpandedUserSchema"],
  ["GET /users", "UserSchema[]"],
  ["GET /projects/{id}", "ProjectSchema"],
  ["GET /projects/{id}/events", "EventSchema[]"],
  ["GET /projects/{id}/merge_requests", "MergeRequestSchema[]"],
  ["POST /projects/{id}/merge_requests", "ExpandedMergeRequestSchema"],
  ["GET /projects/{id}/merge_requests/{iid}", "ExpandedMergeRequestSchema"],
  ["PUT /projects/{id}/merge_requests/{iid}", "ExpandedMergeRequestSchema"],
  ["PUT /projects/{id}/merge_requests/{iid}/merge", "ExpandedMergeRequestSchema"],
  ["GET /projects/{id}/merge_requests/{iid}/notes", "MergeRequestNoteSchema[]"],
  ["POST /projects/{id}/merge_requests/{iid}/notes", "MergeRequestNoteSchema"],
  ["PUT /projects/{id}/merge_requests/{iid}/notes/{note}", "MergeRequestNoteSchema"],
  ["GET /projects/{id}/merge_requests/{iid}/notes/{note}/award_emoji", "AwardEmojiSchema[]"],
  ["POST /projects/{id}/merge_requests/{iid}/notes/{note}/award_emoji", "AwardEmojiSchema"],
  ["GET /projects/{id}/merge_requests/{iid}/approvals", "MergeRequestLevelMergeRequestApprovalSchema"],
  ["GET /projects/{id}/merge_requests/{iid}/versions", "MergeRequestDiffVersionsSchema[]"],
  ["GET /projects/{id}/members/all/{user}", "MemberSchema"],
  ["GET /groups/{id}/members/all/{user}", "MemberSchema"],
  ["GET /projects/{id}/repository/commits/{sha}/statuses", "CommitStatusSchema[]"],
  ["POST /projects/{id}/statuses/{sha}", "CommitStatusSchema"],
  ["GET /projects/{id}/repository/commits/{sha}/merge_requests", "MergeRequestSchema[]"],
  ["GET /projects/{id}/repository/commits/{sha}/refs", "CommitReferenceSchema[]"],
  ["GET /projects/{id}/repository/branches/{branch}", "BranchSchema"],
  ["GET /projects/{id}/pipelines", "PipelineSchema[]"],
  ["GET /projects/{id}/jobs/{job}", "JobSchema"],
  ["GET /projects/{id}/issues", "IssueSchema[]"],
  ["POST /projects/{id}/issues", "IssueSchema"],
  ["PUT /projects/{id}/issues/{iid}", "IssueSchema"],
  ["GET /projects/{id}/protected_branches", "ProtectedBranchSchema[]"],
  ["POST /projects/{id}/protected_branches", "ProtectedBranchSchema"],
  ["GET /projects/{id}/protected_branches/{name}", "ProtectedBranchSchema"],
  ["PATCH /projects/{id}/protected_branches/{name}", "ProtectedBranchSchema"],
  ["GET /projects/{id}/approval_rules", "ProjectLevelApprovalRuleSchema[]"],
  ["POST /projects/{id}/approval_rules", "ProjectLevelApprovalRuleSchema"],
  ["GET /projects/{id}/deployments", "DeploymentSchema[]"],
  ["POST /projects/{id}/deployments", "DeploymentSchema"],
  ["PUT /projects/{id}/deployments/{deployment}", "DeploymentSchema"],
  ["PUT /projects/{id}/environments/{environment}", "CondensedEnvironmentSchema"],
]);

/** GitLab's API documentation has them (approvals, protected branches); the package does not know them yet. */
const newer: ReadonlySet<string> = new Set(["approved_at", "deploy_key_id"]);
const known = (key: string, value: unknown): unknown => (newer.has(key) ? undefined : value);

const matches = (template: string, path: string): boolean =>
  new RegExp(
    `^${template
      .split(/\{\w+\}/)
      .map((words) => words.replace(/[.*+?^$()|[\]\\]/g, "\\$&"))
      .join("[^/]+")}$`,
  ).test(path);

interface Claims {
  readonly text: string;
  /** What no type is known for. */
  readonly unknown: readonly string[];
  /** What was asked of all there is a type for. */
  readonly met: ReadonlySet<string>;
}

/** TypeScript that holds only where each answer is of the type that the host's own package has for it. */
function claims(heard: readonly Exchange[], types: Types, root: string): Claims {
  const lines: string[] = [];
  const unknown = new Set<string>();
  const met = new Set<string>();
  for (const { method, path, status, body } of heard) {
    const asked = `${method} ${path.slice(root.length)}`;
    if (body === undefined || status >= 400 || path.endsWith("/graphql")) continue;
    const template = [...types.keys()].find((one) => matches(one, asked));
    if (template === undefined) unknown.add(asked);
    else {
      met.add(template);
      lines.push(`export const answer${lines.length}: Part<${types.get(template)}> = ${JSON.stringify(body, known)}; // ${template}`);
    }
  }
  return { text: lines.join("\n"), unknown: [...unknown], met };
}

/** TypeScript that holds only where GitHub takes each question as it was asked: nothing that it does not know, nothing missing that it wants. */
function questions(heard: readonly Exchange[]): string {
  const lines: string[] = [];
  for (const { method, path, query, sent } of heard) {
    const template = [...github.keys()].find((one) => matches(one, `${method} ${path}`));
    if (template === undefined) continue;
    const route = `paths["${template.slice(method.length + 1)}"]["${method.toLowerCase()}"]`;
    if (Object.keys(query).length > 0) lines.push(`export const query${lines.length}: Query<${route}> = ${JSON.stringify(query)}; // ${template}`);
    if (sent !== undefined) lines.push(`export const sent${lines.length}: Sent<${route}> = ${JSON.stringify(sent)}; // ${template}`);
  }
  return lines.join("\n");
}

const asking = `type Query<T> = T extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;
type Sent<T> = T extends { requestBody?: infer R } ? (NonNullable<R> extends { content: { "application/json": infer B } } ? B : never) : never;`;

/** What the stand-in leaves out is no lie; what it says must be so. The package for GitLab does not tell what may be null, and much of it is. */
const part = (orNull: string): string =>
  `type Part<T> = T extends readonly (infer Item)[] ? readonly Part<Item>[] : T extends object ? { readonly [Key in keyof T]?: Part<T[Key]>${orNull} } : T;`;
const parts = { github: part(""), gitlab: part(" | null") };

const imports = {
  github: `import type { paths } from "@octokit/openapi-types";`,
  gitlab: `import type { ${[...new Set([...gitlab.values()].map((name) => name.replace("[]", "")))].join(", ")} } from "@gitbeaker/core";`,
};

/** Answers of the stand-ins, held against what the packages say that hosts publish or that are written after their documentation. */
describe.skipIf(!isFull)("what the stand-in answers", { timeout: 300_000 }, () => {
  afterEach(() => void vi.unstubAllGlobals());

  test("is of the types that the host's own package has for it, on GitHub as a person and as an App, and on GitLab; and GitHub takes what it is asked", async () => {
    const heard = { github: [] as Exchange[], gitlab: [] as Exchange[] };
    for (const [host, credentials] of [
      ["github", "token"],
      ["github", "app"],
      ["gitlab", "token"],
    ] as const) {
      const subject = await openSubject(host, { credentials });
      heard[host].push(...(await hear(() => tour(subject))));
      vi.unstubAllGlobals();
      await subject.close();
    }
    for (const [host, types, root] of [
      ["github", github, ""],
      ["gitlab", gitlab, "/api/v4"],
    ] as const) {
      const said = claims(heard[host], types, root);
      expect([host, said.unknown, [...types.keys()].filter((one) => !said.met.has(one))]).toEqual([host, [], []]);
      const head = `${imports[host]}\n${parts[host]}\n`;
      expect([host, await objections(head + said.text)]).toEqual([host, []]);
      // A field of another type is noticed, and so is one that the host does not have.
      const lies = said.text.replace(/"created_at":"/, '"created_at":7,"made_up":"');
      expect(lies).not.toBe(said.text);
      expect((await objections(head + lies)).length).toBeGreaterThan(0);
    }
    const asked = questions(heard.github);
    const head = `${imports.github}\n${asking}\n`;
    expect(await objections(head + asked)).toEqual([]);
    const wrong = asked.replace(/"title":/, '"titel":').replace(/"per_page":100/, '"per_page":"many"');
    expect((await objections(head + wrong)).length).toBeGreaterThan(1);
  });
});
