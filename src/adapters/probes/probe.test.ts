import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock/index.ts";
import { probe } from "./probe.ts";
import type { ProbeSite } from "./site.ts";

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function serve(status: (host: string, call: number) => number): Promise<number> {
  let calls = 0;
  const server = createServer((incoming, answer) => answer.writeHead(status(incoming.headers.host ?? "", ++calls)).end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const site = (console?: number): ProbeSite => ({ directory: tmpdir(), variables: { PATH: "/usr/bin:/bin" }, sandboxConsole: console, clock: systemClock });

describe("a verify check", () => {
  it("waits for an app that becomes healthy within its settle time", async () => {
    const port = await serve((_, call) => (call < 3 ? 503 : 200));
    const result = await probe({ kind: "http", url: `http://127.0.0.1:${port}/healthz`, status: 200, settleMs: 5_000 }, site());
    expect(result).toMatchObject({ ok: true, attempts: 3 });
  });

  it("fails with the last answer when the app stays ill", async () => {
    const port = await serve(() => 503);
    const result = await probe({ kind: "http", url: `http://127.0.0.1:${port}/`, status: 200, settleMs: 700 }, site());
    expect(result).toMatchObject({ ok: false, answer: "503" });
  });

  it("asks the sandbox console for made-up hosts, and only for those", async () => {
    const console = await serve((host) => (host === "shop.example.invalid" ? 200 : 404));
    const madeUp = await probe({ kind: "http", url: "https://shop.example.invalid/", status: 200, settleMs: 0 }, site(console));
    const withoutSandbox = await probe({ kind: "http", url: "https://shop.example.invalid/", status: 200, settleMs: 0 }, site());
    expect([madeUp.ok, withoutSandbox.ok]).toEqual([true, false]);
  });

  it("asks the sandbox console about made-up hosts of tcp checks too, whatever the port", async () => {
    const console = await serve((host) =>
      host === "db.example.invalid" ? 200 : host === "ill.example.invalid" ? 503 : host === "odd.example.invalid" ? 500 : 404,
    );
    const tcp = (host: string, port = 5432): Parameters<typeof probe>[0] => ({ kind: "tcp", host, port, settleMs: 0 });
    const asked = await Promise.all(["db", "ill", "nobody", "odd"].map((name) => probe(tcp(`${name}.example.invalid`), site(console))));
    expect(asked.map(({ ok, answer }) => `${ok} ${answer}`)).toEqual([
      "true connected",
      "false refused (unhealthy)",
      "false not found",
      "false the sandbox console says 500",
    ]);
    // Real hosts are connected to though there is a console, and made-up ones are nowhere when there is none.
    const direct = [await probe(tcp("127.0.0.1", 1), site(console)), await probe(tcp("db.example.invalid"), site())];
    expect(direct.map(({ ok, answer }) => `${ok} ${answer}`)).toEqual([
      expect.stringMatching(/^false .*ECONNREFUSED/),
      expect.stringMatching(/^false .*db\.example\.invalid/),
    ]);
  });

  it("knows an open port and a failing command", async () => {
    const port = await serve(() => 200);
    const results = [
      await probe({ kind: "tcp", host: "127.0.0.1", port, settleMs: 0 }, site()),
      await probe({ kind: "tcp", host: "127.0.0.1", port: 1, settleMs: 0 }, site()),
      await probe({ kind: "command", run: ["true"], settleMs: 0 }, site()),
      await probe({ kind: "command", run: ["sh", "-c", "exit 3"], settleMs: 0 }, site()),
    ];
    expect(results.map(({ ok, answer }) => `${ok} ${answer}`)).toEqual([
      "true connected",
      expect.stringContaining("ECONNREFUSED"),
      "true exit 0",
      "false exit 3",
    ]);
  });
});
