import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { bytesOf, fieldsOf } from "./bodies.ts";
import { Faults, type Fault } from "./faults.ts";
import { conditional, Meter, type Exceeded, type Limits } from "./limits.ts";

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
  | "protection.write"
  | "identity"
  | "events"
  | "git.fetch"
  | "git.push"
  | "page"
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
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of a body; its type is said by the headers. */
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** "/repos/:owner/:repo/pulls"; each ":word" is one segment, decoded. */
  readonly path: string;
  readonly purpose: Purpose;
  readonly answer: (asked: Asked) => Answer;
}

/** What is no part of the API: git, the page. */
export interface Doorway {
  /** Undefined when the request is none of its own. */
  readonly purpose: (method: string, url: URL) => Purpose | undefined;
  readonly answer: (asked: RawAsked) => Answer | Promise<Answer>;
}

export interface RawAsked {
  readonly method: string;
  readonly url: URL;
  readonly bytes: Buffer;
  readonly headers: IncomingMessage["headers"];
  /** The request is over its limits: said in the doorway's own way. */
  readonly over: Exceeded | undefined;
}

export interface Dialect {
  readonly routes: readonly Route[];
  /** Runs before a route does: who asks (or the refusal), and whether what is asked about exists for them. */
  readonly enter: (asked: Asked) => Answer | undefined;
  readonly nameOfToken: (headers: IncomingMessage["headers"]) => string | undefined;
  readonly limited: (over: Exceeded) => Answer;
  /** What every answer says of the client's allowance. */
  readonly allowance?: (meter: Meter, token: string) => Readonly<Record<string, string>>;
  readonly stranger: () => Answer;
  readonly failed: (error: unknown) => Answer;
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

interface Counter {
  readonly dialect: Dialect;
  readonly doorways: readonly Doorway[];
  readonly limits: () => Limits;
}

/** One request, from what it is to who answers it. */
interface Visit {
  readonly logged: Logged;
  readonly answer: () => Answer | Promise<Answer>;
}

const compiled = ({ path }: Route): RegExp => new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:\w+/g, "([^/]+)")}/?$`);

function receiver({ dialect, doorways, limits }: Counter): (request: IncomingMessage, root: string) => Promise<Visit> {
  const routes = dialect.routes.map((route) => ({ ...route, pattern: compiled(route) }));
  const meter = new Meter(limits);
  const found = (method: string, pathname: string) => {
    for (const route of routes) {
      const match = route.method === method ? route.pattern.exec(pathname) : null;
      if (match !== null) return { route, params: match.slice(1).map((part) => decodeURIComponent(part)) };
    }
    return undefined;
  };
  const byRoute = (logged: Logged, hit: ReturnType<typeof found>, asked: Asked): Answer => {
    const over = meter.take(logged);
    const plain = (over === undefined ? undefined : dialect.limited(over)) ?? dialect.enter(asked) ?? hit?.route.answer(asked) ?? dialect.stranger();
    const answer = asked.method === "GET" ? conditional(plain, asked.headers["if-none-match"]) : plain;
    if (answer.status === 304) meter.giveBack(logged);
    const allowance = logged.token === undefined ? {} : dialect.allowance?.(meter, logged.token);
    return { ...answer, headers: { ...allowance, ...answer.headers } };
  };
  return async (request, root) => {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", root);
    const bytes = await bytesOf(request);
    const { headers } = request;
    const doorway = doorways.find((one) => one.purpose(method, url) !== undefined);
    const hit = doorway === undefined ? found(method, url.pathname) : undefined;
    const text = doorway === undefined ? bytes.toString("utf8") : "";
    const logged: Logged = {
      method,
      path: url.pathname + url.search,
      purpose: doorway?.purpose(method, url) ?? hit?.route.purpose ?? "unknown",
      at: new Date(),
      token: dialect.nameOfToken(headers),
      body: text,
      authorized: ["authorization", "private-token", "job-token"].some((name) => headers[name] !== undefined),
      status: "pending",
    };
    if (doorway !== undefined) return { logged, answer: () => doorway.answer({ method, url, bytes, headers, over: meter.take(logged) }) };
    const answer = (): Answer => {
      try {
        const body = fieldsOf(text, headers["content-type"] ?? "");
        return byRoute(logged, hit, { method, url, params: hit?.params ?? [], body, headers, root });
      } catch (error) {
        return dialect.failed(error);
      }
    };
    return { logged, answer };
  };
}

function send(response: ServerResponse, { status, body, bytes, headers }: Answer): void {
  const whole = bytes ?? Buffer.from(body === undefined ? "" : JSON.stringify(body));
  const isBare = status === 304 || status === 204;
  response.writeHead(status, {
    ...(isBare ? {} : { "content-type": "application/json; charset=utf-8", "content-length": String(whole.length) }),
    ...headers,
  });
  response.end(isBare ? undefined : whole);
}

/** What a fault puts in the answer's place. */
function instead({ status = 200, body, headers, contentType }: Fault): Answer | undefined {
  const bytes = Buffer.from(body ?? JSON.stringify({ message: "as arranged" }));
  return { status, bytes, headers: { "content-type": contentType ?? "application/json; charset=utf-8", ...headers } };
}

const replaces = (fault: Fault | undefined): fault is Fault => fault?.status !== undefined || fault?.body !== undefined;

/** Lets a request meet its fault on the way to its answer; undefined when the connection was dropped. */
async function outcome({ logged, answer }: Visit, fault: Fault | undefined, faults: Faults): Promise<Answer | "dropped"> {
  if (fault?.delayMs !== undefined) await wait(fault.delayMs);
  await faults.pause();
  if (fault?.drop === "before") return "dropped";
  const given = replaces(fault) && fault.tookEffect !== true ? undefined : await answer();
  await faults.pause();
  if (fault?.drop === "after") return "dropped";
  const last = (replaces(fault) ? instead(fault) : given) ?? { status: 200 };
  logged.status = last.status;
  return last;
}

function cutShort(response: ServerResponse, { status, body, headers }: Answer, then: () => void): void {
  const text = JSON.stringify(body ?? {});
  response.writeHead(status, { "content-type": "application/json", "content-length": String(text.length + 10), ...headers });
  response.write(text.slice(0, Math.ceil(text.length / 2)), then);
}

export async function serve(counter: Counter): Promise<StandinServer> {
  const requests: Logged[] = [];
  const faults = new Faults();
  const receive = receiver(counter);
  let url = "";

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const visit = await receive(request, url);
    const { logged } = visit;
    requests.push(logged);
    const fault = faults.meet(logged);
    const answer = await outcome(visit, fault, faults);
    const drop = (): void => {
      logged.status = "dropped";
      request.socket.destroy();
    };
    if (answer === "dropped") drop();
    else if (fault?.drop === "during") cutShort(response, answer, drop);
    else send(response, answer);
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
    fault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    jitter: (seed, maxMs) => faults.jitter(seed, maxMs),
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
