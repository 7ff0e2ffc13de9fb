import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../../../base/clock/index.ts";
import { Secret } from "../../../../base/secret/index.ts";
import type { Forge, ForgeSettings } from "../../forge.ts";
import { openGitlab } from "../open.ts";

export interface Seen {
  readonly method: string;
  /** Below the project, when it is there: "/merge_requests/7"; else below the API root. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, without being JSON. */
  readonly body?: unknown;
}

type Route = Reply | ((seen: Seen, call: number) => Reply);

const servers = new Set<Server>();

export function closeAll(): void {
  for (const server of servers) server.close();
  servers.clear();
}

/** Time that passes only by being slept. */
export function sleepingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  const passed = (): number => slept.reduce((sum, ms) => sum + ms, 0);
  return {
    slept,
    now: () => new Date(Date.UTC(2026, 0, 1) + passed()),
    monotonicMs: passed,
    sleep: async (ms) => {
      slept.push(ms);
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = "";
  for await (const chunk of incoming) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export const token = "glpat-AAAABBBBCCCCDDDDEEEE";
export const project = "acme/estate";

/** Answers what the test says, per "METHOD /path"; anything else is 404, as GitLab does it. */
export async function tinyGitlab(
  routes: Readonly<Record<string, Route>>,
  settings: Partial<ForgeSettings> = {},
): Promise<{ readonly forge: Forge; readonly seen: Seen[]; readonly clock: ReturnType<typeof sleepingClock>; readonly api: string }> {
  const seen: Seen[] = [];
  const calls = new Map<string, number>();
  const answer = async (incoming: IncomingMessage): Promise<Reply> => {
    const url = new URL(incoming.url ?? "/", "http://gitlab");
    const path = url.pathname.replace("/api/v4", "").replace(`/projects/${encodeURIComponent(project)}`, "");
    const one: Seen = { method: incoming.method ?? "", path, query: url.searchParams, body: await bodyOf(incoming), headers: incoming.headers };
    seen.push(one);
    const key = `${one.method} ${path}`;
    const call = (calls.get(key) ?? 0) + 1;
    calls.set(key, call);
    const route = routes[key];
    if (route === undefined) return { status: 404, body: { message: "404 Not Found" } };
    return typeof route === "function" ? route(one, call) : route;
  };
  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { status = 200, headers = {}, body = null } = await answer(incoming);
    const isText = typeof body === "string";
    outgoing.writeHead(status, { "content-type": isText ? "text/html" : "application/json", ...headers }).end(isText ? body : JSON.stringify(body));
  };
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing));
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`;
  const clock = sleepingClock();
  return { forge: openGitlab({ kind: "gitlab", api, repository: project, credentials: { token: new Secret(token) }, ...settings }, clock), seen, clock, api };
}

export function aMergeRequest(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    iid: 7,
    web_url: "http://gitlab/acme/estate/-/merge_requests/7",
    title: "Widen the pool",
    description: "Because.",
    state: "opened",
    draft: false,
    author: { username: "ada" },
    target_branch: "main",
    source_branch: "wider",
    sha: "a".repeat(40),
    source_project_id: 1,
    target_project_id: 1,
    merge_commit_sha: null,
    squash_commit_sha: null,
    detailed_merge_status: "mergeable",
    merge_when_pipeline_succeeds: false,
    created_at: "2026-01-01T10:00:00.000Z",
    updated_at: "2026-01-01T10:00:00.000Z",
    ...fields,
  };
}

export function aNote(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 50,
    body: "trueup apply dev",
    author: { id: 3, username: "bob" },
    created_at: "2026-01-01T11:00:00.000Z",
    updated_at: "2026-01-01T11:00:00.000Z",
    system: false,
    ...fields,
  };
}

/** What a promise was rejected with; a promise that was kept fails the test. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("it was expected to fail, and did not");
}
