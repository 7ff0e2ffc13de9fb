import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../base/clock/index.ts";

export interface TestRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly authorization: string;
  /** If-None-Match: the answer that whoever asks already has. */
  readonly tag: string | undefined;
}

export interface TestAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is done, but its answer never arrives. */
  readonly isLost?: boolean;
  /** The connection ends in the middle of the answer, whose headers promise more. */
  readonly isCut?: boolean;
}

export interface TestHost {
  readonly url: string;
  readonly requests: readonly TestRequest[];
  /** How often "METHOD /path" was asked. */
  count(line: string): number;
  close(): void;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

async function parsed(incoming: IncomingMessage): Promise<TestRequest> {
  const text = await textOf(incoming);
  const url = new URL(incoming.url ?? "/", "http://host.test");
  return {
    method: incoming.method ?? "",
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    authorization: incoming.headers.authorization ?? "",
    tag: incoming.headers["if-none-match"],
  };
}

function send(response: ServerResponse, { status = 200, body = {}, headers = {}, isCut = false }: TestAnswer): void {
  const text = status === 204 || status === 304 ? "" : typeof body === "string" ? body : JSON.stringify(body);
  if (isCut) {
    response.writeHead(status, { "content-type": "application/json", ...headers }).write(text, () => void response.destroy());
    return;
  }
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers }).end(text);
}

/** A host that answers as a test tells it to, for the answers that no well-behaved one gives. */
export async function testHost(answer: (request: TestRequest) => TestAnswer | undefined): Promise<TestHost> {
  const requests: TestRequest[] = [];
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await parsed(incoming);
    requests.push(request);
    const given = answer(request) ?? { status: 404, body: { message: "Not Found" } };
    if (given.isLost === true) incoming.socket.destroy();
    else send(response, given);
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => send(response, { status: 599, body: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    count: (line) => requests.filter(({ method, path }) => `${method} ${path}` === line).length,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Sleeping takes no time here, and is remembered. */
export function testClock(start = "2026-11-21T08:00:00Z"): Clock & { readonly slept: readonly number[]; advance(ms: number): void } {
  let elapsed = 0;
  const slept: number[] = [];
  return {
    now: () => new Date(Date.parse(start) + elapsed),
    monotonicMs: () => elapsed,
    sleep: (ms) => {
      slept.push(ms);
      elapsed += ms;
      return Promise.resolve();
    },
    slept,
    advance: (ms) => {
      elapsed += ms;
    },
  };
}
