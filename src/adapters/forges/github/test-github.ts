import { afterEach, expect } from "vitest";
import type { Problem } from "../../../base/problem/index.ts";
import { Secret } from "../../../base/secret/index.ts";
import type { ForgeCredentials } from "../forge.ts";
import { testClock, testHost, type TestAnswer, type TestHost, type TestRequest } from "../test-host.ts";
import { GitHub } from "./github.ts";

/** Says nothing about what kind of token it is. */
export const token = "tok_0123456789abcdefghijklmnop";
export const repo = "/repos/acme/estate";
export const at = "2026-11-21T08:00:00Z";
export const sha = "c".repeat(40);
export const notAllowed: TestAnswer = { status: 403, body: { message: "Resource not accessible by integration" } };

const hosts: TestHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

export async function openHost(answer: Parameters<typeof testHost>[0]): Promise<TestHost> {
  const host = await testHost(answer);
  hosts.push(host);
  return host;
}

/** "METHOD /path" → what it answers. */
export type Routes = Readonly<Record<string, TestAnswer | ((request: TestRequest) => TestAnswer)>>;

/** The adapter on a host with these routes. Whatever else is asked is not there. */
export async function open(
  routes: Routes,
  { credentials = { token: new Secret(token) } }: { readonly credentials?: ForgeCredentials } = {},
): Promise<{ readonly host: TestHost; readonly forge: GitHub; readonly clock: ReturnType<typeof testClock> }> {
  const host = await openHost((request) => {
    const route = routes[`${request.method} ${request.path}`];
    return typeof route === "function" ? route(request) : route;
  });
  const clock = testClock(at);
  return { host, clock, forge: new GitHub({ kind: "github", api: `${host.url}/`, repository: "acme/estate", credentials }, clock) };
}

export const pull = (number: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  number,
  node_id: `PR_${number}`,
  html_url: `https://github.test/acme/estate/pull/${number}`,
  title: "Change",
  body: "",
  state: "open",
  draft: false,
  user: { login: "ann", type: "User" },
  head: { ref: "change", sha: "h".repeat(40), repo: { full_name: "acme/estate" } },
  base: { ref: "env/dev", sha: "b".repeat(40), repo: { full_name: "acme/estate" } },
  merged_at: null,
  merge_commit_sha: "t".repeat(40),
  merged_by: null,
  updated_at: at,
  mergeable: true,
  mergeable_state: "clean",
  auto_merge: null,
  ...more,
});

export const failing = (promise: Promise<unknown>): Promise<Problem> =>
  promise.then(
    () => expect.unreachable("it did not fail"),
    (problem: Problem) => problem,
  );
