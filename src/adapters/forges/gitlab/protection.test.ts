import { afterEach, describe, expect, it } from "vitest";
import { covers } from "./protection.ts";
import { closeAll, tinyGitlab, type Reply } from "./testing/tiny-gitlab.ts";

afterEach(closeAll);

const branch = (name: string) => ({ [`GET /repository/branches/${encodeURIComponent(name)}`]: { body: { name, commit: { id: "a".repeat(40) } } } });
const plain = { "GET ": { body: { id: 1, only_allow_merge_if_pipeline_succeeds: false } } };

function rule(name: string, fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const levels = [{ access_level: 40, access_level_description: "Maintainers" }];
  return { name, push_access_levels: levels, allow_force_push: false, code_owner_approval_required: false, ...fields };
}

const protectedBy = (...rules: readonly Record<string, unknown>[]): Record<string, Reply> => ({ "GET /protected_branches": { body: rules } });

describe("a rule's name", () => {
  it.each([
    ["main", "main", true],
    ["main", "maintenance", false],
    ["env/*", "env/prod", true],
    ["env/*", "env/eu/prod", true],
    ["*-stable", "1.x-stable", true],
    ["*-stable", "1.x-stable2", false],
    ["v1.0", "v1x0", false],
    ["*", "anything", true],
  ])("%s for %s: %s", (pattern, name, is) => {
    expect(covers(pattern, name)).toBe(is);
  });
});

describe("the protection of a branch", () => {
  it("is found by wildcard, and of several rules the most permissive counts", async () => {
    const { forge } = await tinyGitlab({
      ...branch("env/prod"),
      ...plain,
      ...protectedBy(
        rule("env/*", { code_owner_approval_required: true }),
        rule("env/prod", { allow_force_push: true, push_access_levels: [{ access_level: 0 }, { access_level: null, user_id: 4 }, { group_id: 5 }] }),
        rule("main", { push_access_levels: [{ access_level: 30 }] }),
      ),
      "GET /users/4": { body: { id: 4, username: "eve" } },
      "GET /groups/5": { body: { id: 5, full_path: "acme/platform" } },
    });
    expect(await forge.protection("env/prod")).toEqual({
      exists: true,
      protected: true,
      requiredApprovals: 0,
      requiresCodeOwners: true,
      allowsForcePush: true,
      allowsDeletion: false,
      requiredStatuses: [],
      mayPush: ["maintainer", "eve", "@acme/platform"],
    });
  });

  it("is none without a rule, and says so of a branch that is not there", async () => {
    const { forge } = await tinyGitlab({ ...plain, ...protectedBy(rule("main")) });
    expect(await forge.protection("gone")).toMatchObject({
      exists: false,
      protected: false,
      allowsForcePush: true,
      allowsDeletion: true,
      mayPush: ["*write*"],
    });
  });

  it.each([403, 404])("on a free tier (approval rules answer %i) needs no approvals", async (status) => {
    const { forge } = await tinyGitlab({
      ...branch("main"),
      ...plain,
      ...protectedBy(rule("main")),
      "GET /approval_rules": { status, body: { message: "no" } },
    });
    expect(await forge.protection("main")).toMatchObject({ protected: true, requiredApprovals: 0 });
  });

  it("needs as many approvals as the strictest rule that holds for it", async () => {
    const { forge } = await tinyGitlab({
      ...branch("main"),
      ...plain,
      ...protectedBy(rule("main")),
      "GET /approval_rules": {
        body: [
          { approvals_required: 1, protected_branches: [] },
          { approvals_required: 2, protected_branches: [], applies_to_all_protected_branches: true },
          { approvals_required: 5, protected_branches: [{ name: "env/*" }] },
        ],
      },
    });
    expect((await forge.protection("main")).requiredApprovals).toBe(2);
    expect((await forge.protection("env/prod")).requiredApprovals).toBe(5);
    expect((await forge.protection("feature")).requiredApprovals).toBe(1);
  });

  it("names what a merge waits for", async () => {
    const { forge } = await tinyGitlab({
      ...branch("main"),
      ...protectedBy(rule("main")),
      "GET ": { body: { id: 1, only_allow_merge_if_pipeline_succeeds: true, only_allow_merge_if_all_status_checks_passed: true } },
      "GET /external_status_checks": {
        body: [
          { name: "audit", protected_branches: [] },
          { name: "other", protected_branches: [{ name: "env/*" }] },
        ],
      },
    });
    expect((await forge.protection("main")).requiredStatuses).toEqual(["*pipeline*", "audit"]);
  });
});
