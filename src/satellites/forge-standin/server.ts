import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { AddressInfo } from "node:net";

/** What a request is for, in words that no host's paths know: faults are aimed and requests counted by them. */
export type Purpose =
  | "comments.list"
  | "comment.create"
  | "comment.edit"
  | "comment.delete"
  | "issues.list"
  | "issue.create"
  | "issue.edit"
  | "reaction"
  | "pulls.list"
  | "pull.read"
  | "pull.create"
  | "pull.edit"
  | "pull.merge"
  | "status.list"
  | "status.write"
  | "deployment.list"
  | "deployment.write"
  | "approvals"
  | "person"
  | "team"
  | "job"
  | "protection"
  | "identity"
  | "other";

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly params: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
  /** Where the client reached us. */
  readonly root: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** "/repos/:owner/:repo/pulls"; each ":word" is one segment, decoded. */
  readonly path: string;
  readonly purpose: Purpose;
  readonly answer: (asked: Asked) => Answer;
}

export interface Dialect {
  readonly routes: readonly Route[];
  /** Runs before a route does: who asks (or the refusal), and whether what is asked about exists for them. */
  readonly enter: (asked: Asked) => Answer | undefined;
  readonly nameOfToken: (headers: IncomingMessage["headers"]) => string | undefined;
  readonly stranger: () => Answer;
  readonly failed: (error: unknown) => Answer;
}

export interface Fault {
  /** Against "METHOD /path?query", or what the request is for; "read" and "write" stand for all of their kind. */
  readonly match: RegExp | Purpose | "read" | "write" | "any";
  /** How many requests meet it; 1 by default. */
  readonly times?: number;
  /** How many matching requests pass before it begins. */
  readonly after?: number;
  readonly delayMs?: number;
  /** Answers this instead of doing anything; with `tookEffect` it is done first. */
  readonly status?: number;
  readonly tookEffect?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
  /** Ends the connection before the request did anything, after it did, or in the middle of the answer. */
  readonly drop?: "before" | "after" | "during";
}

export interface Logged {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly purpose: Purpose | "unknown";
  readonly at: Date;
  /** Name of the token; its value is never kept. */
  readonly token: string | undefined;
  readonly body: string;
  /** Whether any credentials came along. */
  readonly authorized: boolean;
  status: number | "dropped" | "pending";
}

export interface StandinServer {
  readonly url: string;
  readonly requests: readonly Logged[];
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Every request waits a drawn while before and after it takes effect: order among writers becomes anybody's. */
  jitter(seed: number, maxMs: number): void;
  close(): Promise<void>;
}

export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const compiled = ({ path }: Route): RegExp => new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "([^/]+)")}/?$`);

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function parsedBody(text: string, type: string): Record<string, unknown> {
  if (text === "") return {};
  if (type.includes("application/x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  if (type.includes("multipart/form-data")) return multipart(text);
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function multipart(text: string): Record<string, unknown> {
  const fields = text.matchAll(/name="([^"]+)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n([\s\S]*?)\r\n--/g);
  return Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, value]));
}

interface Aimed extends Fault {
  left: number;
  passing: number;
}

function meets({ match }: Fault, method: string, logged: Logged): boolean {
  if (match instanceof RegExp) return match.test(`${method} ${logged.path}`);
  if (match === "any") return true;
  if (match === "read") return method === "GET";
  if (match === "write") return method !== "GET" && method !== "HEAD";
  return logged.purpose === match;
}

function send(response: ServerResponse, answer: Answer, raw?: { readonly body: string; readonly type: string }): void {
  const text = raw?.body ?? (answer.body === undefined ? "" : JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    "content-type": raw?.type ?? "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(text)),
    ...answer.headers,
  });
  response.end(text);
}

export async function serve(dialect: Dialect): Promise<StandinServer> {
  const routes = dialect.routes.map((route) => ({ ...route, pattern: compiled(route) }));
  const requests: Logged[] = [];
  const faults: Aimed[] = [];
  let pause: () => Promise<void> = () => Promise.resolve();
  let url = "";

  const found = (method: string, pathname: string) => {
    for (const route of routes) {
      const match = route.method === method ? route.pattern.exec(pathname) : null;
      if (match !== null) return { route, params: match.slice(1).map((part) => decodeURIComponent(part)) };
    }
    return undefined;
  };

  const faultFor = (method: string, logged: Logged): Aimed | undefined => {
    const fault = faults.find((candidate) => candidate.left > 0 && meets(candidate, method, logged));
    if (fault === undefined) return undefined;
    if (fault.passing > 0) {
      fault.passing -= 1;
      return undefined;
    }
    fault.left -= 1;
    return fault;
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const address = new URL(request.url ?? "/", url);
    const text = await bodyOf(request);
    const hit = found(method, address.pathname);
    const logged: Logged = {
      method,
      path: address.pathname + address.search,
      purpose: hit?.route.purpose ?? "unknown",
      at: new Date(),
      token: dialect.nameOfToken(request.headers),
      body: text,
      authorized: ["authorization", "private-token", "job-token"].some((name) => request.headers[name] !== undefined),
      status: "pending",
    };
    requests.push(logged);
    const act = (): Answer => {
      try {
        const body = parsedBody(text, request.headers["content-type"] ?? "");
        const asked: Asked = { method, url: address, params: hit?.params ?? [], body, headers: request.headers, root: url };
        return dialect.enter(asked) ?? hit?.route.answer(asked) ?? dialect.stranger();
      } catch (error) {
        return dialect.failed(error);
      }
    };
    const dropped = (): void => {
      logged.status = "dropped";
      request.socket.destroy();
    };
    const fault = faultFor(method, logged);
    if (fault?.delayMs !== undefined) await wait(fault.delayMs);
    await pause();
    if (fault?.drop === "before") return dropped();
    const instead = fault?.status !== undefined || fault?.body !== undefined;
    const answer = instead && fault.tookEffect !== true ? { status: 200 } : act();
    await pause();
    if (fault?.drop === "after") return dropped();
    if (fault?.drop === "during") {
      const body = JSON.stringify(answer.body ?? {});
      response.writeHead(answer.status, { "content-type": "application/json", "content-length": String(body.length + 10), ...answer.headers });
      response.write(body.slice(0, Math.ceil(body.length / 2)), dropped);
      return;
    }
    const last = instead ? { status: fault.status ?? 200, headers: fault.headers ?? {} } : answer;
    logged.status = last.status;
    if (instead)
      send(response, last, { body: fault.body ?? JSON.stringify({ message: "as arranged" }), type: fault.contentType ?? "application/json; charset=utf-8" });
    else send(response, last);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      send(response, { status: 500, body: { message: `the stand-in failed: ${String(error)}` } });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    fault: (fault) => void faults.push({ ...fault, left: fault.times ?? 1, passing: fault.after ?? 0 }),
    clearFaults: () => void faults.splice(0),
    jitter: (seed, maxMs) => {
      const random = randomOf(seed);
      pause = async () => {
        await wait(random() * maxMs);
      };
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
