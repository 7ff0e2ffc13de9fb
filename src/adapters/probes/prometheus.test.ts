import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../base/clock/index.ts";
import type { Bound } from "../../domain/environments/index.ts";
import { probe } from "./probe.ts";
import { boundKept } from "./prometheus.ts";

const vector = (...values: readonly string[]): unknown => ({
  status: "success",
  data: { resultType: "vector", result: values.map((value, index) => ({ metric: { __name__: "up", pod: `p${index}` }, value: [1_735_000_000.1, value] })) },
});
const below: Bound = { is: "below", value: 0.05 };
const told = (bound: Bound, body: unknown): string => {
  const { ok, answer } = boundKept(bound, body);
  return `${ok} ${answer}`;
};

describe("the answer to a query", () => {
  it.each<[string, Bound, unknown, string]>([
    ["of one sample", below, vector("0.01"), 'true up{pod="p0"} 0.01'],
    ["of many that all keep it", below, vector("0.01", "0"), "true all 2 samples"],
    ["of a scalar", { is: "above", value: 2 }, { status: "success", data: { resultType: "scalar", result: [1, "3"] } }, "true 3"],
    ["that is equal", { is: "equals", value: 1 }, vector("1"), 'true up{pod="p0"} 1'],
    ["without end", { is: "above", value: 1 }, vector("+Inf"), 'true up{pod="p0"} Infinity'],
  ])("%s is a yes", (...[, bound, body, says]) => expect(told(bound, body)).toBe(says));

  it.each<[string, Bound, unknown, string]>([
    ["one sample too many", below, vector("0.01", "0.2", "0.3"), 'up{pod="p1"} 0.2 (and 1 more)'],
    ["exactly at the bound", below, vector("0.05"), 'up{pod="p0"} 0.05'],
    ["no number", below, vector("NaN"), 'up{pod="p0"} NaN'],
    ["no sample at all", below, vector(), "there is no sample"],
    ["a range", below, { status: "success", data: { resultType: "matrix", result: [] } }, "the query gives a matrix, not numbers at one time"],
    ["a histogram", below, { status: "success", data: { resultType: "vector", result: [{ metric: {}, histogram: [1, {}] }] } }, "NaN"],
    ["a wrong query", below, { status: "error", errorType: "bad_data", error: "parse error: unexpected end" }, "the query failed: parse error: unexpected end"],
    ["another server's answer", below, { hello: "world" }, "the answer is not one of Prometheus"],
    ["no JSON", below, undefined, "the answer is not one of Prometheus"],
  ])("with %s is a no", (...[, bound, body, says]) => expect(told(bound, body)).toContain(`false ${says}`));
});

describe("a check of prometheus", () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  async function serve(
    answer: (query: string | null, call: number, token: string | undefined) => { readonly status?: number; readonly body: unknown },
  ): Promise<string> {
    let calls = 0;
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://here");
      const { status = 200, body } =
        url.pathname === "/metrics/api/v1/query" ? answer(url.searchParams.get("query"), ++calls, request.headers.authorization) : { status: 404, body: "" };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  }
  const site = {
    directory: tmpdir(),
    variables: {},
    sandboxConsole: undefined,
    clock: systemClock,
    variable: (name: string) => (name === "PROM_TOKEN" ? "t0ken" : undefined),
  };
  const check = { kind: "prometheus", query: 'sum(rate(errors{job="a b"}[5m]))', bound: below, settleMs: 0 } as const;

  it("asks what it says, with its token, below the path of its address", async () => {
    const asked: unknown[] = [];
    const url = await serve((query, _, token) => {
      asked.push([query, token]);
      return { body: vector("0.01") };
    });
    expect(await probe({ ...check, url, token: "PROM_TOKEN" }, site)).toMatchObject({ ok: true, attempts: 1 });
    expect(asked).toEqual([[check.query, "Bearer t0ken"]]);
    expect(await probe({ ...check, url, token: "OTHER" }, site)).toMatchObject({ ok: false, answer: "the variable OTHER is not set" });
    expect(asked).toHaveLength(1);
  });

  it("waits for the numbers to come down, and then for as long as they are to stay down: one that rises begins the wait anew", async () => {
    const values = ["0.9", "0.01", "0.9", "0.01"];
    const url = await serve((_, call) => ({ body: vector(values[call - 1] ?? "0.01") }));
    const result = await probe({ ...check, url, settleMs: 20_000, holdsMs: 900 }, site);
    expect(result).toMatchObject({ ok: true });
    expect(result.attempts).toBeGreaterThanOrEqual(5);
    const once = await serve((_, call) => ({ body: vector(call === 1 ? "0.01" : "0.9") }));
    expect(await probe({ ...check, url: once, settleMs: 0, holdsMs: 500 }, site)).toMatchObject({
      ok: false,
      answer: expect.stringContaining("0.9, after it had held"),
    });
    // Control: without `holds` the first good answer is enough.
    expect(await probe({ ...check, url: await serve((_, call) => ({ body: vector(call === 1 ? "0.01" : "0.9") })), settleMs: 0 }, site)).toMatchObject({
      ok: true,
    });
  });

  it("tells what the server says of a wrong query, and of one that it will not answer", async () => {
    const wrong = await serve(() => ({ status: 400, body: { status: "error", errorType: "bad_data", error: "parse error" } }));
    const closed = await serve(() => ({ status: 503, body: "away" }));
    expect(await probe({ ...check, url: wrong }, site)).toMatchObject({ ok: false, answer: "the query failed: parse error" });
    expect(await probe({ ...check, url: closed }, site)).toMatchObject({ ok: false, answer: "Prometheus says 503" });
  });
});
