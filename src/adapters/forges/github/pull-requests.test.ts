import { describe, expect, test } from "vitest";
import { at, failing, open, pull, repo, sha } from "./test-github.ts";

const merged = pull(4, { state: "closed", merged_at: at, merge_commit_sha: sha, merged_by: { login: "bob" } });

test("a commit of a branch that GitHub links nothing to is found among the merged ones", async () => {
  const { forge, host } = await open({
    [`GET ${repo}/commits/${sha}/pulls`]: { body: [] },
    [`GET ${repo}/commits/${sha}`]: { body: { commit: { committer: { date: at } } } },
    [`GET ${repo}/pulls`]: ({ query }) =>
      query.get("page") === "2" ? { body: [merged] } : { body: [pull(9, { state: "closed" })], headers: { link: `<${host.url}/x?page=2>; rel="next"` } },
    [`GET ${repo}/pulls/4`]: { body: merged },
    [`GET ${repo}/pulls/4/commits`]: {
      body: [
        { sha: "e".repeat(40), author: { login: "ann" }, committer: { login: "web-flow" } },
        { sha: "f".repeat(40), author: null, committer: {} },
      ],
    },
  });
  expect(await forge.pullRequests({ commit: sha, state: "all" })).toMatchObject([
    { number: 4, state: "merged", mergedBy: "bob", mergeCommit: sha, pushers: ["ann"], fork: false },
  ]);
});

test("the search for it ends where pull requests are older than the commit", async () => {
  const old = pull(3, { state: "closed", merged_at: at, updated_at: "2026-11-01T00:00:00Z" });
  const { forge, host } = await open({
    [`GET ${repo}/commits/${sha}/pulls`]: { body: [pull(5)] },
    [`GET ${repo}/commits/${sha}`]: { body: { commit: { committer: { date: at } } } },
    [`GET ${repo}/pulls`]: () => ({ body: [old], headers: { link: `<${host.url}/x?page=2>; rel="next"` } }),
  });
  expect(await forge.pullRequests({ commit: sha, state: "merged" })).toEqual([]);
  expect(host.count(`GET ${repo}/pulls`)).toBe(1);
});

test("where the host does not say when the commit was made, all of them are looked through", async () => {
  const old = pull(3, { state: "closed", merged_at: at, updated_at: "2026-11-01T00:00:00Z" });
  for (const committer of [null, {}]) {
    const { forge, host } = await open({
      [`GET ${repo}/commits/${sha}/pulls`]: { body: [] },
      [`GET ${repo}/commits/${sha}`]: { body: { commit: { committer } } },
      [`GET ${repo}/pulls`]: ({ query }) =>
        query.get("page") === "2" ? { body: [merged] } : { body: [old], headers: { link: `<${host.url}/x?page=2>; rel="next"` } },
      [`GET ${repo}/pulls/4`]: { body: merged },
      [`GET ${repo}/pulls/4/commits`]: { body: [] },
    });
    expect(await forge.pullRequests({ commit: sha, state: "merged" })).toMatchObject([{ number: 4 }]);
  }
});

test("of a pull request with more than 250 commits all are asked", async () => {
  const { forge } = await open({
    [`GET ${repo}/pulls/5`]: { body: pull(5, { commits: 300 }) },
    [`GET ${repo}/compare/${"b".repeat(40)}...${"h".repeat(40)}`]: {
      body: { total_commits: 300, commits: [{ sha: "e".repeat(40), author: { login: "eve" }, committer: null }] },
    },
  });
  expect((await forge.pullRequest(5)).pushers).toEqual(["eve"]);
});

describe("who pushed", () => {
  const [head, middle, none] = ["h".repeat(40), "m".repeat(40), "0".repeat(40)];
  const ref = "refs/heads/change";
  const push = (login: string | null, [before, after]: readonly [string, string], kind = "push") => ({
    before,
    after,
    ref,
    activity_type: kind,
    actor: login === null ? null : { login },
  });
  const made = push("ann", [none, middle], "branch_creation");
  const written = { body: [middle, head].map((sha) => ({ sha, author: { login: "ann" }, committer: { login: "web-flow" } })) };
  const asked = async (routes: Parameters<typeof open>[0], more: Record<string, unknown> = {}) => {
    const { forge, host } = await open({ [`GET ${repo}/pulls/5`]: { body: pull(5, more) }, [`GET ${repo}/pulls/5/commits`]: written, ...routes });
    const { pushers, pushersUnknown } = await forge.pullRequest(5);
    return { pushers, pushersUnknown, host };
  };

  test("is read of its own branch, on every page that it takes, beside whom the commits name", async () => {
    const { pushers, pushersUnknown } = await asked({
      [`GET ${repo}/activity`]: ({ query }) => {
        expect([query.get("ref"), query.get("direction")]).toEqual([ref, "desc"]);
        return query.get("after") === "cursor"
          ? { body: [made] }
          : { body: [push("bob", [middle, head])], headers: { link: '<https://elsewhere.test/x?after=cursor>; rel="next"' } };
      },
    });
    expect([pushers, pushersUnknown]).toEqual([["ann", "bob"], undefined]);
  });

  test.each([
    ["a push without an actor", { body: [push(null, [middle, head]), made] }, /does not say whose/],
    ["a head that nobody pushed yet", { body: [made] }, /does not tell every push/],
    ["the right is missing", { status: 403, body: { message: "Resource not accessible by integration" } }, /does not show.*contents: read/],
    ["a GitHub that has no such record", { status: 404, body: { message: "Not Found" } }, /does not show/],
  ])("is not known: %s", async (_, answer, says) => {
    const { pushers, pushersUnknown } = await asked({ [`GET ${repo}/activity`]: answer });
    expect([pushers.includes("ann"), pushersUnknown]).toEqual([true, expect.stringMatching(says)]);
  });

  test("is not known where its pushes are more than are read, and the reading ends", async () => {
    let turn = 0;
    const { pushersUnknown, host } = await asked({
      [`GET ${repo}/activity`]: () => ({
        body: [push("bob", turn++ % 2 === 0 ? [middle, head] : [head, middle], "force_push")],
        headers: { link: `<https://elsewhere.test/x?after=${turn}>; rel="next"` },
      }),
    });
    expect(pushersUnknown).toMatch(/does not tell every push/);
    expect(host.count(`GET ${repo}/activity`)).toBe(10);
  });

  test("is read of a fork where it can be, and is not known once that is gone", async () => {
    const of = { body: [push("mallory", [none, head], "branch_creation")] };
    const fork = { ref: "change", sha: head, repo: { full_name: "mallory/copy" } };
    const { pushers, pushersUnknown } = await asked({ "GET /repos/mallory/copy/activity": of }, { head: fork });
    expect([pushers, pushersUnknown]).toEqual([["ann", "mallory"], undefined]);
    expect((await asked({}, { head: { ...fork, repo: null } })).pushersUnknown).toMatch(/is gone/);
  });

  test("is looked for among all branches where one is gone and GitHub tells nothing by its name", async () => {
    const others = { ...push("eve", [none, head], "branch_creation"), ref: "refs/heads/other" };
    const { pushers, pushersUnknown } = await asked(
      { [`GET ${repo}/activity`]: ({ query }) => ({ body: query.has("ref") ? [] : [others, push("bob", [middle, head]), made] }) },
      { state: "closed", merged_at: at },
    );
    expect([pushers, pushersUnknown]).toEqual([["ann", "bob"], undefined]);
  });
});

const draft = { head: "change", base: "env/dev", title: "Change", body: "" };

test("a pull request whose creation was not answered is found, not opened twice", async () => {
  const opened: unknown[] = [];
  const { forge, host } = await open({
    [`GET ${repo}/pulls`]: () => ({ body: opened }),
    [`POST ${repo}/pulls`]: () => {
      opened.push(pull(6));
      return { isLost: true };
    },
    [`GET ${repo}/pulls/6`]: { body: pull(6) },
    [`GET ${repo}/pulls/6/commits`]: { body: [] },
  });
  expect(await forge.savePullRequest(draft)).toMatchObject({ number: 6, state: "open" });
  expect(host.count(`POST ${repo}/pulls`)).toBe(1);
});

test("whether it merges is waited for, and a merge whose answer was lost is a merge", async () => {
  let state: Record<string, unknown> = pull(6, { mergeable: null, mergeable_state: "unknown" });
  let asked = 0;
  const { forge, clock, host } = await open({
    [`GET ${repo}/pulls`]: () => ({ body: [state] }),
    [`GET ${repo}/pulls/6`]: () => {
      if (++asked === 3) state = pull(6);
      return { body: state };
    },
    [`PUT ${repo}/pulls/6/merge`]: () => {
      if (state["merged_at"] !== null) return { status: 405, body: { message: "Pull Request is not mergeable" } };
      state = { ...merged, number: 6 };
      return { isLost: true };
    },
    [`GET ${repo}/pulls/6/commits`]: { body: [] },
  });
  expect(await forge.savePullRequest({ ...draft, merge: "now" })).toMatchObject({ number: 6, state: "merged" });
  expect(clock.slept.slice(0, 2)).toEqual([250, 500]);
  // The whole call again, its branch deleted by the merge.
  const puts = host.count(`PUT ${repo}/pulls/6/merge`);
  expect(await forge.savePullRequest({ ...draft, merge: "now" })).toMatchObject({ number: 6, state: "merged" });
  expect([host.count(`PUT ${repo}/pulls/6/merge`), host.count(`POST ${repo}/pulls`)]).toEqual([puts, 0]);
});

test("a host that does not agree is refused with its reason, now and when ready", async () => {
  const blocked = pull(6, { mergeable_state: "blocked" });
  const { forge } = await open({
    [`GET ${repo}/pulls`]: { body: [blocked] },
    [`GET ${repo}/pulls/6`]: { body: blocked },
    [`PUT ${repo}/pulls/6/merge`]: { status: 405, body: { message: "At least 1 approving review is required" } },
    "POST /graphql": { body: { data: null, errors: [{ message: "Auto merge is not allowed for this repository" }] } },
  });
  expect(await failing(forge.savePullRequest({ ...draft, merge: "now" }))).toMatchObject({
    code: "FORGE_REFUSED",
    what: expect.stringContaining("approving review"),
  });
  expect(await failing(forge.savePullRequest({ ...draft, merge: "when-ready" }))).toMatchObject({
    code: "FORGE_REFUSED",
    what: expect.stringContaining("not allowed"),
  });
});

test("a merge that GitHub puts off because another one is under way is tried again", async () => {
  let refusals = 1;
  let state = pull(6);
  const { forge } = await open({
    [`GET ${repo}/pulls`]: () => ({ body: [state] }),
    [`GET ${repo}/pulls/6`]: () => ({ body: state }),
    [`PUT ${repo}/pulls/6/merge`]: () => {
      if (refusals-- > 0) return { status: 405, body: { message: "Base branch was modified. Review and try the merge again." } };
      state = { ...merged, number: 6 };
      return { body: { merged: true } };
    },
    [`GET ${repo}/pulls/6/commits`]: { body: [] },
  });
  expect(await forge.savePullRequest({ ...draft, merge: "now" })).toMatchObject({ state: "merged" });
});

test("a branch that went on after its merge gets a pull request of its own", async () => {
  const opened = pull(7);
  const { forge } = await open({
    [`GET ${repo}/pulls`]: { body: [merged] },
    [`GET ${repo}/branches/change`]: { body: { commit: { sha: "n".repeat(40) } } },
    [`POST ${repo}/pulls`]: { status: 201, body: opened },
    [`GET ${repo}/pulls/7`]: { body: { ...merged, number: 7 } },
    [`GET ${repo}/pulls/7/commits`]: { body: [] },
  });
  expect(await forge.savePullRequest({ ...draft, merge: "now" })).toMatchObject({ number: 7 });
});
