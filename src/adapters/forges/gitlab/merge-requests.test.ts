import { afterEach, describe, expect, it } from "vitest";
import { Problem } from "../../../base/problem/index.ts";
import { aMergeRequest, closeAll, rejection, tinyGitlab } from "./testing/tiny-gitlab.ts";

afterEach(closeAll);

const commit = "a".repeat(40);
const other = "b".repeat(40);

/** Commits by one letter; made: from none, removed: to none. */
const push = (author: string, [from, to]: readonly [string | null, string | null], ref: string | null = "wider") => ({
  author_username: author,
  created_at: "2026-01-01T09:00:00.000Z",
  push_data: {
    action: from === null ? "created" : to === null ? "removed" : "pushed",
    ref_type: "branch",
    ref,
    commit_from: from?.repeat(40) ?? null,
    commit_to: to?.repeat(40) ?? null,
  },
});

describe("merge requests of a commit", () => {
  it("are those whose head it is and those it came in with, newest first; not those that merely hold it", async () => {
    const { forge } = await tinyGitlab({
      [`GET /repository/commits/${commit}/merge_requests`]: {
        body: [
          aMergeRequest({ iid: 1, state: "merged", sha: other, merge_commit_sha: commit }),
          aMergeRequest({ iid: 2, sha: other }),
          aMergeRequest({ iid: 3 }),
          aMergeRequest({ iid: 4, state: "closed", target_branch: "env/prod" }),
        ],
      },
    });
    const numbers = async (query: Parameters<typeof forge.pullRequests>[0]) => (await forge.pullRequests(query)).map((one) => one.number);
    expect(await numbers({ commit, state: "all" })).toEqual([4, 3, 1]);
    expect(await numbers({ commit, state: "open" })).toEqual([3]);
    expect(await numbers({ commit, state: "merged", base: "main" })).toEqual([1]);
    expect(await numbers({ commit, state: "all", base: "env/prod" })).toEqual([4]);
  });
});

describe("a merge request", () => {
  it.each([
    ["a merge commit", { merge_commit_sha: other, squash_commit_sha: "c" }, other],
    ["a squash onto a fast-forward", { squash_commit_sha: other }, other],
    ["a fast-forward", {}, commit],
  ])("came in by %s", async (_, fields, mergeCommit) => {
    const { forge } = await tinyGitlab({ "GET /merge_requests/7": { body: aMergeRequest({ state: "merged", merge_user: { username: "eve" }, ...fields }) } });
    expect(await forge.pullRequest(7)).toMatchObject({ state: "merged", mergeCommit, mergedBy: "eve" });
  });

  it("says whether it is from a fork, a deleted one too", async () => {
    const { forge } = await tinyGitlab({
      "GET /merge_requests/7": { body: aMergeRequest({ source_project_id: null }) },
      "GET /merge_requests/8": { body: aMergeRequest({ iid: 8, source_project_id: 2 }) },
      "GET /merge_requests/9": { body: aMergeRequest({ iid: 9 }) },
    });
    const forks = [await forge.pullRequest(7), await forge.pullRequest(8), await forge.pullRequest(9)].map((one) => one.fork);
    expect(forks).toEqual([true, true, false]);
  });

  it("names those who pushed to its branch since it was made, and nobody of an earlier branch of that name", async () => {
    const { forge } = await tinyGitlab({
      "GET /merge_requests/7": { body: aMergeRequest() },
      "GET /projects/1/events": {
        body: [push("bob", ["m", "a"]), push("eve", ["x", "y"], "else"), push("ada", [null, "m"]), push("old", ["o", null]), push("older", ["n", "o"])],
      },
    });
    expect((await forge.pullRequest(7)).pushers).toEqual(["bob", "ada"]);
  });
});

describe("the activity of a project", () => {
  const full = (...first: readonly object[]) => [...first, ...Array.from({ length: 100 - first.length }, () => push("eve", ["x", "y"], "else"))];
  const asked = async (events: (page: number) => readonly object[], fields = {}) => {
    const { forge, seen } = await tinyGitlab({
      "GET /merge_requests/7": { body: aMergeRequest(fields) },
      "GET /projects/1/events": ({ query }) => ({ body: events(Number(query.get("page"))) }),
    });
    const { pushers, pushersUnknown } = await forge.pullRequest(7);
    return { pushers, pushersUnknown, pages: seen.filter((one) => one.path === "/projects/1/events").length };
  };

  it("is read on until the push that made the branch, and no further", async () => {
    const pages = [full(push("bob", ["m", "a"])), full(push("ada", [null, "m"])), full(push("older", [null, "o"]))];
    expect(await asked((page) => pages[page - 1] ?? [])).toEqual({ pushers: ["bob", "ada"], pushersUnknown: undefined, pages: 2 });
  });

  it("is read of a long branch until it left its base", async () => {
    const events = [push("bob", ["m", "a"]), push("ada", ["b", "m"]), push("cyd", ["o", "b"])];
    const fields = { diff_refs: { base_sha: "b".repeat(40) } };
    expect(await asked(() => events, fields)).toMatchObject({ pushers: ["bob", "ada"], pushersUnknown: undefined });
  });

  it.each([
    ["more than a thousand pushes since", () => full(), { pushers: [], pages: 10 }],
    [
      "many branches pushed at once, which is one event without names",
      () => [push("bob", ["m", "a"], null), push("ada", [null, "m"])],
      { pushers: [], pages: 1 },
    ],
    ["a push in between that is not told", () => [push("bob", ["n", "a"]), push("ada", [null, "m"])], { pushers: ["bob"], pages: 1 }],
  ])("does not say who pushed: %s", async (_, events, wanted) => {
    expect(await asked(events)).toEqual({ ...wanted, pushersUnknown: "GitLab does not tell every push to wider" });
  });

  it("may be hidden, and gone with its project: then it is not known who pushed", async () => {
    const { forge } = await tinyGitlab({
      "GET /merge_requests/7": { body: aMergeRequest({ source_project_id: 2 }) },
      "GET /merge_requests/8": { body: aMergeRequest({ iid: 8, source_project_id: null }) },
      "GET /projects/2/events": { status: 403, body: { message: "403 Forbidden" } },
    });
    expect(await forge.pullRequest(7)).toMatchObject({ pushers: [], pushersUnknown: expect.stringMatching(/hides/) as string });
    expect(await forge.pullRequest(8)).toMatchObject({ pushers: [], pushersUnknown: expect.stringMatching(/is gone/) as string });
  });

  it("is not read for every merged one of a branch, only for the open ones", async () => {
    const { forge, seen } = await tinyGitlab({ "GET /merge_requests": { body: [aMergeRequest({ state: "merged" })] } });
    expect(await forge.pullRequests({ base: "main", state: "all" })).toMatchObject([
      { number: 7, pushers: [], pushersUnknown: "GitLab was not asked who pushed" },
    ]);
    expect(seen.map((one) => one.path)).toEqual(["/merge_requests"]);
  });
});

describe("saving a merge request", () => {
  const draft = { head: "wider", base: "main", title: "Widen the pool", body: "Because." };
  const pairs = (opened: readonly unknown[], merged: readonly unknown[] = []) => ({
    "GET /merge_requests": ({ query }: { readonly query: URLSearchParams }) => ({
      body: query.get("state") === "opened" ? opened : query.get("state") === "merged" ? merged : [],
    }),
  });

  it("writes nothing when it is there as it is wanted, and only what differs otherwise", async () => {
    const same = await tinyGitlab({ ...pairs([aMergeRequest()]), "GET /merge_requests/7": { body: aMergeRequest() } });
    expect(await same.forge.savePullRequest(draft)).toMatchObject({ number: 7 });
    expect(same.seen.filter((one) => one.method !== "GET")).toEqual([]);
    const renamed = await tinyGitlab({
      ...pairs([aMergeRequest({ title: "Old" })]),
      "GET /merge_requests/7": { body: aMergeRequest() },
      "PUT /merge_requests/7": { body: aMergeRequest() },
    });
    await renamed.forge.savePullRequest(draft);
    expect(renamed.seen.find((one) => one.method === "PUT")?.body).toEqual({ title: "Widen the pool", description: "Because." });
  });

  it("leaves a draft what it is", async () => {
    const marked = aMergeRequest({ draft: true, title: "Draft: Widen the pool" });
    const same = await tinyGitlab({ ...pairs([marked]), "GET /merge_requests/7": { body: marked } });
    expect(await same.forge.savePullRequest(draft)).toMatchObject({ title: "Widen the pool", draft: true });
    expect(same.seen.filter((one) => one.method !== "GET")).toEqual([]);
    const changed = await tinyGitlab({ ...pairs([marked]), "GET /merge_requests/7": { body: marked }, "PUT /merge_requests/7": { body: marked } });
    await changed.forge.savePullRequest({ ...draft, title: "Narrow the pool" });
    expect(changed.seen.find((one) => one.method === "PUT")?.body).toMatchObject({ title: "Draft: Narrow the pool" });
  });

  it("does not take a fork's branch of the same name for ours", async () => {
    const { forge, seen } = await tinyGitlab({
      ...pairs([aMergeRequest({ iid: 6, source_project_id: 2 })]),
      "POST /merge_requests": { status: 201, body: aMergeRequest() },
      "GET /merge_requests/7": { body: aMergeRequest() },
    });
    expect(await forge.savePullRequest(draft)).toMatchObject({ number: 7 });
    expect(seen.find((one) => one.method === "POST")?.body).toEqual({
      source_branch: "wider",
      target_branch: "main",
      title: "Widen the pool",
      description: "Because.",
    });
  });

  it("answers with the one that another run opened in the same moment", async () => {
    const { forge } = await tinyGitlab({
      "GET /merge_requests": ({ query }, call) => ({ body: query.get("state") === "opened" && call > 3 ? [aMergeRequest()] : [] }),
      "POST /merge_requests": { status: 409, body: { message: ["Another open merge request already exists for this source branch: !7"] } },
      "GET /merge_requests/7": { body: aMergeRequest() },
    });
    expect(await forge.savePullRequest(draft)).toMatchObject({ number: 7 });
  });

  it("after a lost answer to a merge, opens no second one", async () => {
    const merged = aMergeRequest({ state: "merged" });
    const { forge, seen } = await tinyGitlab({
      ...pairs([], [merged]),
      "GET /repository/branches/wider": { body: { name: "wider", commit: { id: commit } } },
      "GET /merge_requests/7": { body: merged },
    });
    expect(await forge.savePullRequest({ ...draft, merge: "now" })).toMatchObject({ number: 7, state: "merged" });
    expect(seen.filter((one) => one.method !== "GET")).toEqual([]);
  });

  it("opens a new one when more was pushed since the last one came in", async () => {
    const { forge, seen } = await tinyGitlab({
      ...pairs([], [aMergeRequest({ iid: 6, state: "merged" })]),
      "GET /repository/branches/wider": { body: { name: "wider", commit: { id: other } } },
      "POST /merge_requests": { status: 201, body: aMergeRequest({ sha: other }) },
      "GET /merge_requests/7": { body: aMergeRequest({ sha: other }) },
    });
    await forge.savePullRequest(draft);
    expect(seen.some((one) => one.method === "POST")).toBe(true);
  });

  it("merges the head it has seen, once GitLab has made up its mind", async () => {
    let reads = 0;
    const { forge, seen, clock } = await tinyGitlab({
      ...pairs([aMergeRequest()]),
      "GET /merge_requests/7": () => {
        reads += 1;
        if (reads < 3) return { body: aMergeRequest({ detailed_merge_status: "checking" }) };
        return { body: aMergeRequest(reads === 3 ? {} : { state: "merged", merge_commit_sha: other }) };
      },
      "PUT /merge_requests/7/merge": { body: aMergeRequest({ state: "merged" }) },
    });
    expect(await forge.savePullRequest({ ...draft, merge: "now" })).toMatchObject({ state: "merged", mergeCommit: other });
    expect(seen.find((one) => one.method === "PUT")?.body).toEqual({ sha: commit });
    expect(clock.slept).toEqual([1_000, 1_000]);
  });

  it.each([405, 406, 409, 422])("says why GitLab does not merge it (%i)", async (status) => {
    const { forge } = await tinyGitlab({
      ...pairs([aMergeRequest()]),
      "GET /merge_requests/7": { body: aMergeRequest({ detailed_merge_status: "not_approved" }) },
      "PUT /merge_requests/7/merge": { status, body: { message: "Method Not Allowed" } },
    });
    const problem = (await rejection(forge.savePullRequest({ ...draft, merge: "now" }))) as Problem;
    expect(problem).toMatchObject({ code: "FORGE_REFUSED" });
    expect(problem.what).toContain("not approved");
  });

  it("says what the token may not, where GitLab calls it unknown", async () => {
    const { forge } = await tinyGitlab({
      ...pairs([aMergeRequest()]),
      "GET /merge_requests/7": { body: aMergeRequest() },
      "PUT /merge_requests/7/merge": { status: 401, body: { message: "401 Unauthorized" } },
    });
    const problem = (await rejection(forge.savePullRequest({ ...draft, merge: "now" }))) as Problem;
    expect(problem).toMatchObject({ code: "FORGE_REFUSED" });
    expect(problem.todo).toContain("Allowed to merge");
  });

  it("is set to merge by itself under both of its names, and not a second time", async () => {
    const planned = aMergeRequest({ merge_when_pipeline_succeeds: true, detailed_merge_status: "ci_still_running" });
    let isPlanned = false;
    const { forge, seen } = await tinyGitlab({
      ...pairs([aMergeRequest()]),
      "GET /merge_requests/7": () => ({ body: isPlanned ? planned : aMergeRequest({ detailed_merge_status: "ci_still_running" }) }),
      "PUT /merge_requests/7/merge": () => {
        isPlanned = true;
        return { body: planned };
      },
    });
    expect(await forge.savePullRequest({ ...draft, merge: "when-ready" })).toMatchObject({ state: "open" });
    await forge.savePullRequest({ ...draft, merge: "when-ready" });
    expect(seen.filter((one) => one.method === "PUT").map((one) => one.body)).toEqual([{ auto_merge: true, merge_when_pipeline_succeeds: true, sha: commit }]);
  });

  it("merges at once where there is no pipeline to wait for", async () => {
    let isMerged = false;
    const { forge } = await tinyGitlab({
      ...pairs([aMergeRequest()]),
      "GET /merge_requests/7": () => ({ body: aMergeRequest({ state: isMerged ? "merged" : "opened" }) }),
      "PUT /merge_requests/7/merge": ({ body }) => {
        if (body["auto_merge"] === true) return { status: 405, body: { message: "405 Method Not Allowed" } };
        isMerged = true;
        return { body: aMergeRequest({ state: "merged" }) };
      },
    });
    expect(await forge.savePullRequest({ ...draft, merge: "when-ready" })).toMatchObject({ state: "merged" });
  });
});
