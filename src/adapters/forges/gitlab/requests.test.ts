import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../base/clock/index.ts";
import { Problem } from "../../../base/problem/index.ts";
import { Secret } from "../../../base/secret/index.ts";
import { openGitlab } from "./open.ts";
import { aMergeRequest, aNote, closeAll, project, rejection, tinyGitlab, token, type Reply } from "./testing/tiny-gitlab.ts";

afterEach(closeAll);

const limited = (seconds: number): Reply => ({ status: 429, headers: { "retry-after": String(seconds) }, body: "Retry later" });

describe("a limit of GitLab's", () => {
  it("is waited for exactly as long as GitLab asks, when that is inside the deadline", async () => {
    const { forge, clock, seen } = await tinyGitlab({
      "GET /merge_requests/7": (_, call) => (call === 1 ? limited(20) : { body: aMergeRequest() }),
      "GET /projects/1/events": { body: [] },
    });
    await expect(forge.pullRequest(7)).resolves.toMatchObject({ number: 7 });
    expect(clock.slept).toEqual([20_000]);
    expect(seen.filter((one) => one.path === "/merge_requests/7")).toHaveLength(2);
  });

  it("is a FORGE_LIMITED that says when, at once, when it outlasts the deadline", async () => {
    const { forge, clock, seen } = await tinyGitlab({ "GET /merge_requests/7": limited(120) });
    expect(await rejection(forge.pullRequest(7))).toMatchObject({ code: "FORGE_LIMITED", retry: { afterMs: 120_000 } });
    expect(clock.slept).toEqual([]);
    expect(seen).toHaveLength(1);
  });

  it("is waited for by a write too: nothing was done yet", async () => {
    const { forge, clock } = await tinyGitlab({
      "GET /user": { body: { id: 9, username: "trueup" } },
      "GET /merge_requests/7/notes": (_, call) => ({ body: call === 1 ? [] : [aNote({ id: 60, body: "<!-- m -->", author: { id: 9, username: "trueup" } })] }),
      "POST /merge_requests/7/notes": (_, call) =>
        call === 1 ? limited(5) : { status: 201, body: aNote({ id: 60, body: "<!-- m -->", author: { id: 9, username: "trueup" } }) },
    });
    await expect(forge.saveComment(7, "<!-- m -->", "<!-- m -->")).resolves.toMatchObject({ id: "60" });
    expect(clock.slept).toEqual([5_000]);
  });
});

describe("a failure without an answer", () => {
  it("is tried again when it was a read", async () => {
    const { forge, seen } = await tinyGitlab({
      "GET /merge_requests/7": (_, call) => (call < 3 ? { status: 502, body: "<html>bad gateway</html>" } : { body: aMergeRequest() }),
    });
    await expect(forge.pullRequest(7)).resolves.toMatchObject({ number: 7 });
    expect(seen.filter((one) => one.path === "/merge_requests/7")).toHaveLength(3);
  });

  it("is followed by a look, not by another POST: it may have been done", async () => {
    let isThere = false;
    const status = { id: 1, name: "trueup", status: "success", ref: "main", description: "applied", target_url: null };
    const { forge, seen } = await tinyGitlab({
      [`GET /repository/commits/${"a".repeat(40)}/statuses`]: () => ({ body: isThere ? [status] : [] }),
      [`POST /statuses/${"a".repeat(40)}`]: () => {
        isThere = true;
        return { status: 502, body: "" };
      },
    });
    await forge.setStatus("a".repeat(40), { name: "trueup", state: "success", title: "applied" });
    expect(seen.filter((one) => one.method === "POST")).toHaveLength(1);
  });

  it("ends as FORGE_UNREACHABLE when it stays, having looked before each POST", async () => {
    const { forge, seen } = await tinyGitlab({
      [`GET /repository/commits/${"a".repeat(40)}/statuses`]: { body: [] },
      [`POST /statuses/${"a".repeat(40)}`]: { status: 502, body: "" },
    });
    const saved = forge.setStatus("a".repeat(40), { name: "trueup", state: "success", title: "applied" });
    expect(await rejection(saved)).toMatchObject({ code: "FORGE_UNREACHABLE" });
    const steps = seen.map((one) => (one.method === "POST" ? "post" : one.path.endsWith("/statuses") ? "look" : "")).filter((step) => step !== "");
    expect(steps).toEqual(["look", "post", "look", "post", "look", "post", "look", "post"]);
  });
});

describe("an answer that GitLab's documentation does not know", () => {
  it.each([
    ["a field of another type", { body: aMergeRequest({ iid: "seven" }) }, '"iid"'],
    ["an inner field that is missing", { body: aMergeRequest({ author: {} }) }, '"author.username"'],
    ["a page of HTML with status 200", { body: "<html>Sign in</html>" }, "a body"],
    ["a list where one is asked for", { body: [aMergeRequest()] }, "a body"],
    ["nothing", { body: null }, "a body"],
  ] satisfies readonly (readonly [string, Reply, string])[])("is FORGE_NONSENSE with endpoint and field: %s", async (_, reply, field) => {
    const { forge } = await tinyGitlab({ "GET /merge_requests/7": reply });
    const problem = await rejection(forge.pullRequest(7));
    expect(problem).toMatchObject({ code: "FORGE_NONSENSE" });
    expect((problem as Problem).what).toContain("GET /projects/:id/merge_requests/7");
    expect((problem as Problem).what).toContain(field);
  });

  it("is FORGE_NONSENSE when a later page is no list, and when pages go in circles", async () => {
    const next = { link: '<http://x/?page=2>; rel="next"' };
    const noList = await tinyGitlab({
      "GET /merge_requests": ({ query }) => (query.get("page") === "2" ? { body: { message: "?" } } : { body: [], headers: next }),
    });
    expect(await rejection(noList.forge.pullRequests({ state: "open" }))).toMatchObject({ code: "FORGE_NONSENSE" });
    const circle = await tinyGitlab({ "GET /merge_requests": { body: [aMergeRequest()], headers: next } });
    expect(await rejection(circle.forge.pullRequests({ state: "open" }))).toMatchObject({ code: "FORGE_NONSENSE" });
    expect(circle.seen.length).toBeLessThan(4);
  });
});

describe("pages", () => {
  const paged = (headers: (page: number) => Record<string, string>) => ({
    "GET /merge_requests": ({ query }: { readonly query: URLSearchParams }): Reply => {
      const page = Number(query.get("page") ?? "1");
      return { body: [aMergeRequest({ iid: 10 - page, state: "merged" })], headers: page < 4 ? headers(page) : {} };
    },
  });

  it("are all read by the Link header, with the question's own words on each", async () => {
    const { forge, seen } = await tinyGitlab(
      paged((page) => ({ link: `<http://x/api/v4/projects/1/merge_requests?target_branch=main&state=merged&per_page=100&page=${page + 1}>; rel="next"` })),
    );
    const found = await forge.pullRequests({ base: "main", state: "merged" });
    expect(found.map((one) => one.number)).toEqual([9, 8, 7, 6]);
    expect(seen.every((one) => one.query.get("target_branch") === "main" && one.query.get("per_page") === "100")).toBe(true);
  });

  it("are all read also where a proxy cut the Link header", async () => {
    const { forge } = await tinyGitlab(paged((page) => ({ "x-next-page": String(page + 1) })));
    expect(await forge.pullRequests({ base: "main", state: "merged" })).toHaveLength(4);
  });
});

describe("the token", () => {
  const echo: Reply = { status: 403, body: { message: `no, ${token} and https://x:${token}@gitlab/acme may not` } };

  it("is in no message, whatever GitLab repeats; what it says besides is kept", async () => {
    const { forge } = await tinyGitlab({ "GET /merge_requests/7": echo });
    const problem = (await rejection(forge.pullRequest(7))) as Problem;
    const shown = [...problem.lines, JSON.stringify(problem), problem.stack, inspect(problem, { depth: 9 })].join("\n");
    expect(shown).not.toContain(token);
    expect(problem.what).toContain("no, [secret] and");
  });

  it("control: the same answer does hold it", async () => {
    const { api } = await tinyGitlab({ "GET /merge_requests/7": echo });
    const raw = await fetch(`${api}/projects/${encodeURIComponent(project)}/merge_requests/7`);
    expect(await raw.text()).toContain(token);
  });

  it("is in no message when nobody listens", async () => {
    const settings = {
      kind: "gitlab",
      api: `http://127.0.0.1:9/${token}/api/v4`,
      repository: project,
      credentials: { token: new Secret(token) },
      deadlineMs: 200,
    } as const;
    const problem = (await rejection(openGitlab(settings, systemClock).pullRequest(7))) as Problem;
    expect(problem.code).toBe("FORGE_UNREACHABLE");
    expect(inspect(problem, { depth: 9 })).not.toContain(token);
  });

  it("does not follow a redirect to another host", async () => {
    const elsewhere = await tinyGitlab({ "GET /merge_requests/7": { body: aMergeRequest() } });
    const { forge } = await tinyGitlab({
      "GET /merge_requests/7": { status: 301, headers: { location: `${elsewhere.api}/projects/${encodeURIComponent(project)}/merge_requests/7` }, body: {} },
    });
    expect(await rejection(forge.pullRequest(7))).toMatchObject({ code: "FORGE_MISSING" });
    expect(elsewhere.seen).toEqual([]);
  });

  it("control: fetch by itself would take it there", async () => {
    const elsewhere = await tinyGitlab({ "GET /merge_requests/7": { body: aMergeRequest() } });
    const first = await tinyGitlab({
      "GET /merge_requests/7": { status: 301, headers: { location: `${elsewhere.api}/projects/${encodeURIComponent(project)}/merge_requests/7` }, body: {} },
    });
    await fetch(`${first.api}/projects/${encodeURIComponent(project)}/merge_requests/7`, { headers: { "private-token": token } });
    expect(elsewhere.seen[0]?.headers["private-token"]).toBe(token);
  });

  it("of a CI job is refused with what to use instead, before anything is asked", async () => {
    const { forge, seen } = await tinyGitlab({}, { credentials: { token: new Secret("glcbt-64_AAAABBBBCCCC") } });
    const problem = (await rejection(forge.saveComment(7, "<!-- m -->", "text"))) as Problem;
    expect(problem.code).toBe("FORGE_REFUSED");
    expect(problem.todo).toContain("project access token");
    expect(seen).toEqual([]);
  });
});

it("names that would lead elsewhere are not asked for", async () => {
  const { forge, seen } = await tinyGitlab({ "GET /users": { body: [{ id: 4, username: "eve", state: "active" }] }, "GET /members/all/4": { status: 404 } });
  expect(await rejection(forge.person("eve", ["@.."]))).toMatchObject({ code: "FORGE_REFUSED" });
  // The one is of the project; "/groups/../members/all/4" would be another.
  expect(seen.map((one) => one.path)).toEqual(["/users", "/members/all/4"]);
});
