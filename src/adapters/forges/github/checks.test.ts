import { expect, test } from "vitest";
import { Secret } from "../../../base/secret/index.ts";
import type { Status } from "../forge.ts";
import type { TestAnswer, TestRequest } from "../test-host.ts";
import { failing, notAllowed, open, repo, sha, token, type Routes } from "./test-github.ts";

const status: Status = { name: "trueup/preview (dev)", state: "success", title: "2 changes", summary: "**2**" };
const checksOf = `GET ${repo}/commits/${sha}/check-runs`;
const statusesOf = `GET ${repo}/commits/${sha}/statuses`;

test("without an App's right to checks a plain status is written, and checks are not tried again", async () => {
  const { host, forge } = await open({
    [checksOf]: { body: { check_runs: [] } },
    [`POST ${repo}/check-runs`]: { status: 403, body: { message: "You must authenticate via a GitHub App." } },
    [statusesOf]: { body: [] },
    [`POST ${repo}/statuses/${sha}`]: { status: 201 },
  });
  expect(forge.capabilities.annotations).toBe(true);
  await forge.setStatus(sha, { ...status, title: "x".repeat(200) });
  expect(forge.capabilities.annotations).toBe(false);
  await forge.setStatus(sha, { ...status, state: "waiting" });
  expect(host.count(`POST ${repo}/check-runs`)).toBe(1);
  const sent = host.requests.filter(({ method, path }) => method === "POST" && path.includes("/statuses/")).map(({ body }) => body);
  expect(sent).toMatchObject([
    { context: status.name, state: "success" },
    { context: status.name, state: "pending", description: "2 changes" },
  ]);
  expect(String(sent[0]?.["description"]).length).toBe(140);
});

test("a status that stands is not written again; a person's token does not try checks at all", async () => {
  const routes = { [statusesOf]: { body: [{ context: status.name, state: "success", description: status.title, target_url: null }] } };
  const { host, forge } = await open(routes, { credentials: { token: new Secret(`ghp_${token}`) } });
  await forge.setStatus(sha, status);
  expect(host.requests.map(({ method }) => method)).toEqual(["GET"]);
});

test("a check run that GitHub calls wrong is refused with its reason, not told as a plain status", async () => {
  const { forge, host } = await open({
    [checksOf]: { body: { check_runs: [] } },
    [`POST ${repo}/check-runs`]: { status: 422, body: { message: "Invalid request: annotation" } },
  });
  expect(await failing(forge.setStatus(sha, status))).toMatchObject({ code: "FORGE_REFUSED", what: expect.stringContaining("annotation") });
  expect(forge.capabilities.annotations).toBe(true);
  expect(host.count(statusesOf)).toBe(0);
});

test("when neither is allowed, the refusal names the right", async () => {
  const { forge } = await open({ [checksOf]: notAllowed, [statusesOf]: notAllowed });
  expect(await failing(forge.setStatus(sha, status))).toMatchObject({ code: "FORGE_REFUSED", todo: expect.stringContaining("commit statuses: write") });
});

interface Run {
  readonly id: number;
  status: unknown;
  conclusion: unknown;
  externalId: unknown;
  output: Record<string, unknown>;
  readonly annotations: unknown[];
}

/** Check runs as GitHub keeps them: annotations pile up, and what is completed stays so. */
function checks(): { readonly runs: readonly Run[]; readonly routes: Routes; lose: string | undefined } {
  const runs: Run[] = [];
  const shown = (run: Run): Record<string, unknown> => ({ ...run, external_id: run.externalId });
  const apply = (run: Run, body: TestRequest["body"]): TestAnswer => {
    const { annotations = [], ...output } = body["output"] as { annotations?: unknown[] };
    if (annotations.length > 50) return { status: 422, body: { message: "too many" } };
    run.status = run.status === "completed" ? run.status : body["status"];
    run.conclusion = body["conclusion"] ?? run.conclusion;
    run.externalId = body["external_id"] ?? run.externalId;
    run.annotations.push(...annotations);
    run.output = { ...output, annotations_count: run.annotations.length };
    const isLost = self.lose === body["status"];
    if (isLost) self.lose = undefined;
    return { status: 200, body: shown(run), isLost };
  };
  const routes: Record<string, Routes[string]> = {
    [checksOf]: () => ({ body: { check_runs: runs.map(shown) } }),
    [`POST ${repo}/check-runs`]: ({ body }) => {
      const run: Run = { id: runs.length + 1, status: "queued", conclusion: null, externalId: "", output: {}, annotations: [] };
      runs.push(run);
      routes[`PATCH ${repo}/check-runs/${run.id}`] = (request) => apply(run, request.body);
      routes[`GET ${repo}/check-runs/${run.id}/annotations`] = () => ({ body: run.annotations });
      return apply(run, body);
    },
  };
  const self = { runs, routes, lose: undefined as string | undefined };
  return self;
}

const notes = (count: number) =>
  Array.from({ length: count }, (_, line) => ({ path: "a.ts", line: line + 1, level: "warning" as const, title: "t", message: `m${line}` }));

test("120 annotations go in three requests, and the same again in none", async () => {
  const kept = checks();
  const { host, forge } = await open(kept.routes);
  await forge.setStatus(sha, { ...status, annotations: notes(120) });
  expect(kept.runs.map((run) => [run.conclusion, run.annotations.length])).toEqual([["success", 120]]);
  const writes = host.requests.filter(({ method }) => method !== "GET").length;
  await forge.setStatus(sha, { ...status, annotations: notes(120) });
  expect(host.requests.filter(({ method }) => method !== "GET").length).toBe(writes);
  expect(writes).toBe(3);
});

test("a lost answer neither doubles a check run nor its annotations", async () => {
  const kept = checks();
  const { forge } = await open(kept.routes);
  kept.lose = "in_progress";
  await forge.setStatus(sha, { ...status, state: "running" });
  kept.lose = "completed";
  const wanted = { ...status, annotations: notes(70) };
  expect(await failing(forge.setStatus(sha, wanted))).toMatchObject({ code: "FORGE_UNREACHABLE" });
  await forge.setStatus(sha, wanted);
  expect(kept.runs.map((run) => run.annotations.length)).toEqual([70]);
});

test("what is finished is not opened again but followed by a new check run, as is one whose annotations must go", async () => {
  const kept = checks();
  const { forge } = await open(kept.routes);
  await forge.setStatus(sha, { ...status, state: "failure", annotations: notes(2) });
  await forge.setStatus(sha, { ...status, annotations: notes(1) });
  await forge.setStatus(sha, { ...status, state: "running" });
  await forge.setStatus(sha, status);
  await forge.setStatus(sha, { ...status, state: "waiting" });
  expect(kept.runs.map((run) => [run.status, run.annotations.length])).toEqual([
    ["completed", 2],
    ["completed", 1],
    ["completed", 0],
    ["queued", 0],
  ]);
});
