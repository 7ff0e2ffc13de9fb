import { inspect } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Problem } from "../../base/problem/index.ts";
import { Scrubber, Secret } from "../../base/secret/index.ts";
import { Failures, type HostAnswer } from "./failures.ts";
import { Call } from "./patience.ts";
import { testClock } from "./test-host.ts";

const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
const question = { endpoint: "GET /repos/{owner}/{repo}/pulls", right: "pull requests: read" };
const answer = (status: number, body: unknown = "", headers: HostAnswer["headers"] = {}): HostAnswer => ({ status, headers, body });

function failures(knowsToken = true): Failures {
  const scrubber = new Scrubber();
  if (knowsToken) scrubber.add(new Secret(token));
  return new Failures({ host: "GitHub", repository: "acme/estate", clock: testClock("2026-11-21T08:00:00Z"), scrubber });
}

const said = (problem: Problem): string => inspect(problem, { depth: 9, showHidden: true }) + JSON.stringify(problem) + problem.lines.join("\n");

const leaky = [
  (on: Failures) => on.answered(answer(403, { message: `Bad credentials ${token}` }), question),
  (on: Failures) => on.answered(answer(422, { message: "no", errors: [{ message: Buffer.from(token).toString("base64") }] }), question),
  (on: Failures) => on.unreachable(new Error("fetch failed", { cause: new Error(`connect https://x:${token}@host.test`) }), question),
  (on: Failures) => on.nonsense(question, "head.sha", `expected string, found ${token}`),
  (on: Failures) => on.answered(answer(500, `token ${token}`), { endpoint: `GET /x?private_token=${token}` }),
];

test.each(leaky.map((make, at) => [at, make] as const))("no token in the text of failure %i", (_, make) => {
  expect(said(make(failures()))).not.toContain(token);
  expect(said(make(failures()))).not.toContain(Buffer.from(token).toString("base64"));
});

test("control: the same failures show a token that nobody was told of", () => {
  const shown = leaky.map((make) => said(make(failures(false))));
  expect(shown.filter((text) => text.includes(token) || text.includes(Buffer.from(token).toString("base64"))).length).toBe(3);
});

test("a URL with a password or token in it loses that also when the secret is not known", () => {
  const clean = failures(false).scrub("https://ann:pass@host.test/x?private_token=abcdef&page=2 and http://t0ken@h/");
  expect(clean).toBe("https://[secret]@host.test/x?private_token=[secret]&page=2 and http://[secret]@h/");
});

test.each<[string, HostAnswer, Problem["code"], number?]>([
  ["no credentials", answer(401, { message: "Bad credentials" }), "FORGE_REFUSED"],
  ["no right", answer(403, { message: "Resource not accessible by integration" }), "FORGE_REFUSED"],
  ["nothing there", answer(404, { message: "Not Found" }), "FORGE_MISSING"],
  ["moved", answer(301, { message: "Moved Permanently" }), "FORGE_MISSING"],
  ["not agreed", answer(405, { message: "Pull Request is not mergeable" }), "FORGE_REFUSED"],
  ["down", answer(502, "<html>Bad gateway</html>"), "FORGE_UNREACHABLE", 30_000],
  ["down, and says for how long", answer(503, "", { "retry-after": "7" }), "FORGE_UNREACHABLE", 7_000],
  ["limit in seconds", answer(429, "", { "retry-after": "12" }), "FORGE_LIMITED", 12_000],
  ["limit with a date", answer(429, "", { "retry-after": "Sat, 21 Nov 2026 08:00:30 GMT" }), "FORGE_LIMITED", 30_000],
  ["GitHub's limit of an hour", answer(403, "", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795248900" }), "FORGE_LIMITED", 901_000],
  ["GitLab's limit", answer(429, "", { "ratelimit-remaining": "0", "ratelimit-reset": "1795248010" }), "FORGE_LIMITED", 11_000],
  ["a secondary limit that does not say how long", answer(403, { message: "You have exceeded a secondary rate limit" }), "FORGE_LIMITED", 60_000],
])("%s", (...[, given, code, afterMs]) => {
  const problem = failures().answered(given, question);
  expect(problem.code).toBe(code);
  expect(problem.retry).toEqual(afterMs === undefined ? "never" : { afterMs });
  expect(problem.what).not.toContain("<html>");
});

test("a refusal names the right that is missing", () => {
  expect(failures().answered(answer(403, { message: "no" }), question).todo).toContain("pull requests: read");
});

test("an answer of another shape names endpoint and field", () => {
  const schema = z.object({ head: z.object({ sha: z.string() }) });
  expect(() => failures().understood(schema, { head: { sha: 7 } }, question)).toThrow(/GET \/repos\/\{owner\}\/\{repo\}\/pulls.*"head\.sha"/);
});

function asking(statuses: readonly HostAnswer[], { deadlineMs = 60_000, repeatable = true } = {}) {
  const clock = testClock();
  const queue = [...statuses];
  let asked = 0;
  const call = new Call(clock, failures(), deadlineMs);
  const send = (): Promise<HostAnswer> => {
    asked++;
    return Promise.resolve(queue.shift() ?? answer(200));
  };
  const result = call.ask({ question, repeatable, send }).then(
    ({ status }) => status,
    (problem: Problem) => problem,
  );
  return result.then((outcome) => ({ outcome, asked, slept: clock.slept }));
}

test("a limit is waited for as long as the host says, also by what is not repeatable", async () => {
  const limits = [answer(429, "", { "retry-after": "20" }), answer(403, { message: "secondary rate limit" }, { "retry-after": "5" })];
  await expect(asking(limits, { repeatable: false })).resolves.toEqual({ outcome: 200, asked: 3, slept: [20_000, 5_000] });
});

test("a limit that outlasts the deadline is told at once, with the time", async () => {
  const { outcome, asked, slept } = await asking([answer(429, "", { "retry-after": "3600" })]);
  expect(outcome).toMatchObject({ code: "FORGE_LIMITED", retry: { afterMs: 3_600_000 } });
  expect([asked, slept]).toEqual([1, []]);
});

test("waits add up against one deadline", async () => {
  const { outcome, slept } = await asking(Array(5).fill(answer(429, "", { "retry-after": "25" })));
  expect(outcome).toMatchObject({ code: "FORGE_LIMITED" });
  expect(slept).toEqual([25_000, 25_000]);
});

test("a host that is down is asked again, but a creation is not sent twice, and a plain no is final", async () => {
  const down = answer(500, "");
  expect(await asking([down, down])).toEqual({ outcome: 200, asked: 3, slept: [250, 500] });
  expect(await asking(Array(9).fill(down))).toMatchObject({ outcome: { code: "FORGE_UNREACHABLE" }, asked: 4 });
  expect(await asking([down], { repeatable: false })).toMatchObject({ outcome: { code: "FORGE_UNREACHABLE" }, asked: 1 });
  expect(await asking([answer(422, { message: "no" })])).toMatchObject({ outcome: { code: "FORGE_REFUSED" }, asked: 1 });
});
