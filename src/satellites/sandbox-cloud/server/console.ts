import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Objects } from "../store/objects.ts";
import { claimsOf } from "../store/hosts.ts";
import { kubernetesAnswer } from "./kubernetes-api.ts";

function hostOf(request: IncomingMessage): string {
  const path = /^\/host\/([^/?]+)/.exec(request.url ?? "");
  return decodeURIComponent(path?.[1] ?? request.headers.host?.replace(/:\d+$/, "") ?? "").toLowerCase();
}

function answer(objects: Objects, request: IncomingMessage, response: ServerResponse): void {
  const told = kubernetesAnswer(objects, request.url ?? "");
  if (told !== undefined) {
    response.writeHead(told.status, { "content-type": "application/json", "x-trueup-cloud": "sandbox" }).end(`${JSON.stringify(told.body)}\n`);
    return;
  }
  const host = hostOf(request);
  const claims = claimsOf(objects, host);
  const sick = claims.filter((object) => object.health !== "healthy");
  const status = claims.length === 0 ? 404 : sick.length === 0 ? 200 : 503;
  const names = (list: typeof claims): string[] => list.map((object) => `${object.type} ${object.id}`);
  response.writeHead(status, { "content-type": "application/json", "x-trueup-cloud": "sandbox" });
  response.end(`${JSON.stringify({ cloud: "sandbox", host, healthy: status === 200, objects: names(claims), unhealthy: names(sick) })}\n`);
}

export interface Console {
  readonly port: number;
  close(): void;
}

/**
 * Answers http for the hosts that only exist in the sandbox, by the Host header or `/host/NAME/path`: 200 when every object that the host leads to
 * is healthy, 503 when one is not, 404 when no object has that host. Of its clusters it tells how a workload stands, as their API would.
 */
export async function openConsole(objects: Objects): Promise<Console> {
  const server = createServer((request, response) => {
    try {
      answer(objects, request, response);
    } catch (error) {
      response.writeHead(500).end(`${String(error)}\n`);
    }
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
