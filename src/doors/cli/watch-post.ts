import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Problem } from "../../base/problem/index.ts";

/** What an agent shows to who watches it. */
export interface Shown {
  readonly metrics: () => string;
  /** Why it is ill; undefined: it is not. */
  readonly ill: () => string | undefined;
}

export interface WatchPost {
  readonly port: number;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const plain = (status: number, text: string): Page => ({ status, type: "text/plain; charset=utf-8", text: `${text}\n` });

/** Nothing of what was asked comes back in an answer. */
function pageOf({ method, url = "/" }: IncomingMessage, shown: Shown): Page {
  if (method !== "GET" && method !== "HEAD") return plain(405, "only GET and HEAD");
  const path = url.split("?", 1)[0];
  if (path === "/metrics") return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", text: shown.metrics() };
  if (path !== "/healthz") return plain(404, "here are /metrics and /healthz");
  const ill = shown.ill();
  return ill === undefined ? plain(200, "ok") : plain(503, ill);
}

function answer(request: IncomingMessage, response: ServerResponse, shown: Shown): void {
  const { status, type, text } = pageOf(request, shown);
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

function cannotListen(thrown: Error, on: string): Problem {
  const code = (thrown as NodeJS.ErrnoException).code ?? thrown.message;
  return new Problem("CONFIG_INVALID", { what: `cannot listen (${code})`, on, todo: "Choose another --listen address, or end what listens there." });
}

/** Listens for who wants to know how the agent is. CONFIG_INVALID when it cannot. */
export async function openWatchPost(at: { readonly host: string; readonly port: number }, shown: Shown): Promise<WatchPost> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) =>
    answer(request, response, shown),
  );
  server.maxConnections = 32;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (thrown: Error) => reject(cannotListen(thrown, `${at.host}:${at.port}`)));
    server.listen(at.port, at.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
