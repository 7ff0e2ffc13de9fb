import { afterEach, describe, expect, it } from "vitest";
import { permissionOf } from "./people.ts";
import { closeAll, tinyGitlab } from "./testing/tiny-gitlab.ts";

afterEach(closeAll);

const users = (state = "active") => ({
  "GET /users": {
    body: [
      { id: 5, username: "eve2", state: "active" },
      { id: 4, username: "Eve", state },
    ],
  },
});
const member = (level: number, state = "active") => ({ body: { id: 4, access_level: level, state } });

describe("a person", () => {
  it.each([
    [0, "none"],
    [5, "none"],
    [10, "read"],
    [20, "read"],
    [30, "write"],
    [40, "maintain"],
    [50, "admin"],
    [60, "admin"],
  ])("with access level %i has %s", (level, permission) => {
    expect(permissionOf(level)).toBe(permission);
  });

  it("has the rights that GitLab names now, and is in the groups that were asked for", async () => {
    const { forge } = await tinyGitlab({
      ...users(),
      "GET /members/all/4": member(30),
      "GET /groups/acme%2Fplatform/members/all/4": member(20),
      "GET /groups/acme%2Faudit/members/all/4": member(5),
    });
    expect(await forge.person("eve", ["@acme/platform", "@acme/audit", "@acme/none"])).toEqual({
      login: "Eve",
      permission: "write",
      teams: ["@acme/platform"],
    });
  });

  it("who is blocked may do nothing, though still a member", async () => {
    const { forge } = await tinyGitlab({ ...users("blocked"), "GET /members/all/4": member(50), "GET /groups/acme/members/all/4": member(50) });
    expect(await forge.person("eve", ["@acme"])).toEqual({ login: "Eve", permission: "none", teams: [] });
  });

  it("control: the same person, not blocked, may do everything", async () => {
    const { forge } = await tinyGitlab({ ...users(), "GET /members/all/4": member(50), "GET /groups/acme/members/all/4": member(50) });
    expect(await forge.person("eve", ["@acme"])).toEqual({ login: "Eve", permission: "admin", teams: ["@acme"] });
  });

  it("who only waits to become a member is none", async () => {
    const { forge } = await tinyGitlab({
      ...users(),
      "GET /members/all/4": { body: { id: 4, access_level: 50, state: "active", membership_state: "awaiting" } },
      "GET /groups/acme/members/all/4": { body: { id: 4, access_level: 30, state: "active", membership_state: "awaiting" } },
    });
    expect(await forge.person("eve", ["@acme"])).toEqual({ login: "Eve", permission: "none", teams: [] });
  });

  it("whom GitLab does not know, or only a name that resembles, may do nothing", async () => {
    const { forge } = await tinyGitlab(users());
    expect(await forge.person("ev", [])).toEqual({ login: "ev", permission: "none", teams: [] });
  });
});

describe("a CI job", () => {
  const job = (status: string) => ({ "GET /jobs/77": { body: { id: 77, status, pipeline: { id: 12 } } } });

  it.each([
    ["running", "running"],
    ["pending", "running"],
    ["canceling", "running"],
    ["success", "ended"],
    ["failed", "ended"],
    ["canceled", "ended"],
    ["skipped", "ended"],
    ["manual", "unknown"],
    ["something new", "unknown"],
  ])("that is %s counts as %s", async (status, state) => {
    const { forge } = await tinyGitlab({ ...job(status), "GET /pipelines/12": { body: { id: 12, status } } });
    expect(await forge.jobState({ run: "12", job: "77" })).toBe(state);
    expect(await forge.jobState({ run: "12" })).toBe(state);
  });

  it("that is not there, of another pipeline, or no number at all proves nothing", async () => {
    const { forge, seen } = await tinyGitlab(job("success"));
    expect(await forge.jobState({ run: "12", job: "78" })).toBe("unknown");
    expect(await forge.jobState({ run: "13", job: "77" })).toBe("unknown");
    expect(seen).toHaveLength(2);
    expect(await forge.jobState({ run: "12", job: "../pipelines/12" })).toBe("unknown");
    expect(seen).toHaveLength(2);
  });
});
