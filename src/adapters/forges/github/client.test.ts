import { expect, test } from "vitest";
import { Secret } from "../../../base/secret/index.ts";
import type { TestAnswer } from "../test-host.ts";
import { at, failing, open, openHost, repo, sha, token } from "./test-github.ts";

test("a redirect is not followed: the token goes nowhere else", async () => {
  const elsewhere = await openHost(() => ({ body: [] }));
  const { forge } = await open({ [`GET ${repo}/pulls/1/reviews`]: { status: 301, headers: { location: `${elsewhere.url}/x` }, body: { message: "Moved" } } });
  expect(await failing(forge.approvals(1))).toMatchObject({ code: "FORGE_MISSING", todo: expect.stringContaining("as it is called now") });
  expect(elsewhere.requests).toEqual([]);
});

test("the next page is asked where the first was, whatever host a link names", async () => {
  const elsewhere = await openHost(() => ({ body: [] }));
  const given = (login: string) => ({ id: 1, user: { login }, state: "APPROVED", commit_id: sha, submitted_at: at });
  const { forge } = await open({
    [`GET ${repo}/pulls/1/reviews`]: ({ query }) =>
      query.get("page") === "2"
        ? { body: [given("bob")] }
        : { body: [given("ann")], headers: { link: `<${elsewhere.url}${repo}/pulls/1/reviews?per_page=100&page=2>; rel="next"` } },
  });
  expect((await forge.approvals(1)).map(({ by }) => by)).toEqual(["ann", "bob"]);
  expect(elsewhere.requests).toEqual([]);
});

test.each<[string, TestAnswer, string]>([
  ["a page that is no list", { body: { message: "hello" } }, "a body"],
  ["HTML with a 200", { body: "<html>Sign in</html>", headers: { "content-type": "text/html" } }, "a body"],
  ["a field of another kind", { body: [{ id: 1, user: { login: 7 }, state: "APPROVED" }] }, '"user.login"'],
])("%s is nonsense, told with its endpoint", async (_, answer, field) => {
  const { forge } = await open({ [`GET ${repo}/pulls/1/reviews`]: answer });
  const problem = await failing(forge.approvals(1));
  expect(problem.code).toBe("FORGE_NONSENSE");
  expect(problem.what).toContain("/pulls/{pull_number}/reviews");
  expect(problem.what).toContain(field);
});

test("the newest word of each person counts, a comment is none", async () => {
  const words = [
    ["ann", "APPROVED", "08:00"],
    ["bob", "APPROVED", "08:01"],
    ["Ann", "COMMENTED", "08:02"],
    ["bob", "CHANGES_REQUESTED", "08:03"],
    ["cyd", "DISMISSED", "08:04"],
    ["dan", "CHANGES_REQUESTED", "08:05"],
    ["dan", "APPROVED", "08:06"],
  ].map(([login, state, time], id) => ({ id, user: { login }, state, commit_id: sha, submitted_at: `2026-11-21T${time}:00Z` }));
  const { forge } = await open({ [`GET ${repo}/pulls/1/reviews`]: { body: [...words, { id: 9, user: null, state: "APPROVED", submitted_at: at }] } });
  expect(await forge.approvals(1)).toEqual([
    { by: "ann", commit: sha, at: "2026-11-21T08:00:00Z" },
    { by: "dan", commit: sha, at: "2026-11-21T08:06:00Z" },
  ]);
});

test("a limit beyond the deadline is told, and nothing is waited for", async () => {
  const { forge, clock } = await open({ [`GET ${repo}/pulls/1/reviews`]: { status: 429, headers: { "retry-after": "90" } } });
  expect(await failing(forge.approvals(1))).toMatchObject({ code: "FORGE_LIMITED", retry: { afterMs: 90_000 } });
  expect(clock.slept).toEqual([]);
});

test("a flood of writes is slowed down to one a second after the first twenty", async () => {
  const status = { name: "trueup/preview (dev)", state: "success", title: "" } as const;
  const statuses = { [`GET ${repo}/commits/${sha}/statuses`]: { body: [] }, [`POST ${repo}/statuses/${sha}`]: { status: 201 } };
  const { forge, clock } = await open(statuses, { credentials: { token: new Secret(`ghp_${token}`) } });
  for (let nth = 0; nth < 20; nth++) await forge.setStatus(sha, { ...status, title: String(nth) });
  expect(clock.slept).toEqual([]);
  for (let nth = 0; nth < 3; nth++) await forge.setStatus(sha, { ...status, title: String(nth) });
  expect(clock.slept).toEqual([1000, 1000, 1000]);
});

test("a comment is only written again after a look whether it is there, and not without a pause", async () => {
  const routes = { [`GET ${repo}/issues/1/comments`]: { body: [] }, "GET /user": { body: { login: "ann" } } };
  const { forge, host, clock } = await open({ ...routes, [`POST ${repo}/issues/1/comments`]: { status: 500 } });
  expect(await failing(forge.saveComment(1, "<!-- m -->", "text"))).toMatchObject({ code: "FORGE_UNREACHABLE" });
  // Before each of the four the comment was looked for and found not to be there.
  expect([host.count(`POST ${repo}/issues/1/comments`), host.count(`GET ${repo}/issues/1/comments`)]).toEqual([4, 4]);
  expect(clock.slept).toEqual([250, 500, 1000]);
});

test("an answer that breaks off is no empty answer", async () => {
  let asked = 0;
  const { forge } = await open({
    [`GET ${repo}/pulls/1/reviews`]: () => (++asked === 1 ? { body: "[]", headers: { "content-length": "400" }, isCut: true } : { body: [] }),
  });
  await expect(forge.approvals(1)).resolves.toEqual([]);
  expect(asked).toBe(2);
});

test("what the host says is still so is not sent again, and what it does not say that of is never taken from before", async () => {
  let approvals = [{ id: 1, user: { login: "ann" }, state: "APPROVED", commit_id: sha, submitted_at: at }];
  const tag = (): string => `"${approvals.length}"`;
  const { forge, host } = await open({
    [`GET ${repo}/pulls/1/reviews`]: (request) => (request.tag === tag() ? { status: 304 } : { body: approvals, headers: { etag: tag() } }),
    [`GET ${repo}/pulls/2/reviews`]: { body: [] },
  });
  const people = async (): Promise<readonly string[]> => (await forge.approvals(1)).map(({ by }) => by);
  expect([await people(), await people()]).toEqual([["ann"], ["ann"]]);
  approvals = [...approvals, { ...approvals[0], id: 2, user: { login: "bob" } } as (typeof approvals)[0]];
  expect(await people()).toEqual(["ann", "bob"]);
  expect(await people()).toEqual(["ann", "bob"]);
  // Another question is another question.
  expect(await forge.approvals(2)).toEqual([]);
  expect(host.requests.map((request) => request.tag)).toEqual([undefined, '"1"', '"1"', '"2"', undefined]);
});

test('"still so" to a question that was never answered is no answer', async () => {
  const { forge } = await open({ [`GET ${repo}/pulls/1/reviews`]: { status: 304 } });
  expect((await failing(forge.approvals(1))).code).toMatch(/^FORGE_/);
});
