import { expect, test } from "vitest";
import { failing, notAllowed, open, repo } from "./test-github.ts";

test("protection that the token may not see is not taken for none", async () => {
  const branch = {
    [`GET ${repo}/branches/env/prod`]: { body: { protected: true, protection: { enabled: true } } },
    [`GET ${repo}/rules/branches/env/prod`]: { body: [] },
  };
  const { forge } = await open(branch);
  expect(await failing(forge.protection("env/prod"))).toMatchObject({ code: "FORGE_REFUSED", todo: expect.stringContaining("administration: read") });
});

test("classic protection and rulesets count together", async () => {
  const { forge } = await open({
    [`GET ${repo}/branches/env/prod`]: { body: { protected: true, protection: { enabled: true } } },
    [`GET ${repo}/branches/env/prod/protection`]: {
      body: {
        required_status_checks: { contexts: ["a"], checks: [{ context: "a" }] },
        restrictions: { users: [{ login: "ann" }, {}], teams: [{ slug: "platform" }], apps: [{ slug: "trueup" }, {}, null] },
        enforce_admins: { enabled: false },
        allow_force_pushes: { enabled: true },
        allow_deletions: { enabled: false },
      },
    },
    [`GET ${repo}/rules/branches/env/prod`]: {
      body: [{ type: "non_fast_forward" }, { type: "required_status_checks", parameters: { required_status_checks: [{ context: "b" }] } }],
    },
  });
  expect(await forge.protection("env/prod")).toEqual({
    exists: true,
    protected: true,
    requiredApprovals: 0,
    requiresCodeOwners: false,
    allowsForcePush: false,
    allowsDeletion: false,
    requiredStatuses: ["a", "b"],
    mayPush: ["ann", "somebody whom GitHub does not name", "@acme/platform", "trueup[bot]", "an app that GitHub does not name", "admin"],
  });
});

test("a job is known by its key, also with a matrix or a calling job around it; one that is not there is unknown", async () => {
  const jobs = [
    { id: 1, name: "deploy / apply (dev)", status: "completed" },
    { id: 2, name: "apply (prod)", status: "in_progress" },
    { id: 3, name: "lint", status: "completed" },
  ];
  const { forge } = await open({
    [`GET ${repo}/actions/runs/8`]: { body: { status: "in_progress" } },
    [`GET ${repo}/actions/runs/8/jobs`]: { body: { total_count: 3, jobs } },
    [`GET ${repo}/actions/runs/8/attempts/1`]: { body: { status: "completed" } },
  });
  const states = await Promise.all(
    [{ run: "8", job: "apply" }, { run: "8", job: "lint" }, { run: "8", job: "nobody" }, { run: "8", attempt: 1 }, { run: "9" }, { run: "x/../8" }].map((job) =>
      forge.jobState(job),
    ),
  );
  expect(states).toEqual(["running", "ended", "unknown", "ended", "unknown", "unknown"]);
});

test("a team counts for its active members; a token that may not ask is told so", async () => {
  const { forge } = await open({
    [`GET ${repo}/collaborators/bob/permission`]: { body: { permission: "write", role_name: "release-captain" } },
    "GET /orgs/acme/teams/platform/memberships/bob": { body: { state: "active" } },
    "GET /orgs/acme/teams/pending/memberships/bob": { body: { state: "pending" } },
    "GET /orgs/acme/teams/hidden/memberships/bob": notAllowed,
  });
  expect(await forge.person("bob", ["@acme/platform", "@acme/pending", "@acme/other", "@bob"])).toEqual({
    login: "bob",
    permission: "write",
    teams: ["@acme/platform"],
  });
  expect(await failing(forge.person("bob", ["@acme/hidden"]))).toMatchObject({ code: "FORGE_REFUSED", todo: expect.stringContaining("members: read") });
});
