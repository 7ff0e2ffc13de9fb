import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../base/clock/index.ts";
import { Secret } from "../../base/secret/index.ts";
import { deliver, type Delivery } from "./index.ts";

interface Came {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A receiver on this machine that answers as it is told, call by call; the last answer stays. */
async function receiver(
  ...answers: ((response: ServerResponse) => void)[]
): Promise<{ readonly url: string; readonly came: readonly Came[]; close(): Promise<void> }> {
  const came: Came[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      came.push({ headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
      (answers[came.length - 1] ?? answers.at(-1))?.(response);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, came, close };
}

const says =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end("ok");
const nothing = (): void => {};
const secret = new Secret("shared-secret-4f1c");
const parcel = { id: "trueup_1", body: '{"version":1}' };

describe("a message to a webhook", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const at = async (...answers: ((response: ServerResponse) => void)[]): ReturnType<typeof receiver> => {
    const open = await receiver(...answers);
    closing.push(() => open.close());
    return open;
  };
  const post = async (url: string, deadlineMs = 3_000): Promise<{ readonly told: Delivery; readonly tookMs: number }> => {
    const started = performance.now();
    const told = await deliver({ kind: "webhook", url, secret }, parcel, { clock: systemClock, deadlineMs });
    return { told, tookMs: performance.now() - started };
  };

  test("is signed over id, time and body", async () => {
    const { url, came } = await at(says(204));
    expect((await post(url)).told).toEqual({ kind: "delivered" });
    const { headers, body } = came[0] as Came;
    expect(body).toBe(parcel.body);
    expect(Math.abs(Date.now() / 1000 - Number(headers["webhook-timestamp"]))).toBeLessThan(5);
    const mac = createHmac("sha256", "shared-secret-4f1c")
      .update(`trueup_1.${String(headers["webhook-timestamp"])}.${body}`)
      .digest("base64");
    expect([headers["webhook-id"], headers["webhook-signature"]]).toEqual(["trueup_1", `v1,${mac}`]);
  });

  test("is signed with the key itself where the secret is written as Standard Webhooks write it", async () => {
    const { url, came } = await at(says(200));
    const key = Buffer.from("twenty-four bytes of key");
    const to = { kind: "webhook", url, secret: new Secret(`whsec_${key.toString("base64")}`) } as const;
    await deliver(to, parcel, { clock: systemClock, deadlineMs: 500 });
    const mac = createHmac("sha256", key)
      .update(`trueup_1.${String(came[0]?.headers["webhook-timestamp"])}.${parcel.body}`)
      .digest("base64");
    expect(came[0]?.headers["webhook-signature"]).toBe(`v1,${mac}`);
  });

  test("that is answered with 500 comes again with the same id, and then no more", async () => {
    const { url, came } = await at(says(500), says(429, { "retry-after": "0" }), says(200), says(500));
    expect((await post(url)).told).toEqual({ kind: "delivered" });
    expect(came.map(({ headers }) => headers["webhook-id"])).toEqual(["trueup_1", "trueup_1", "trueup_1"]);
  });

  test("is given up at the deadline when nobody answers, when the wish is too long, and when nobody is there", async () => {
    const silent = await at(nothing);
    const busy = await at(says(503, { "retry-after": "3600" }));
    const gone = await receiver(says(200));
    await gone.close();
    const all = await Promise.all([post(silent.url, 700), post(busy.url, 700), post(gone.url, 700)]);
    expect(all.map(({ told }) => told)).toEqual([
      { kind: "undelivered", why: "it did not answer in time" },
      { kind: "undelivered", why: "it answered 503" },
      { kind: "undelivered", why: "it cannot be reached (ECONNREFUSED)" },
    ]);
    for (const { tookMs } of all) expect(tookMs).toBeLessThan(1_500);
    expect(busy.came).toHaveLength(1);
  });

  test("is not tried again where that cannot help, and goes nowhere else", async () => {
    const elsewhere = await at(says(200));
    const moved = await at(says(307, { location: elsewhere.url }));
    expect((await post(moved.url)).told).toEqual({ kind: "undelivered", why: "it redirects (307): write the address that it redirects to" });
    const wrong = await at(says(400));
    expect((await post(wrong.url)).told).toEqual({ kind: "undelivered", why: "it answered 400" });
    expect([moved.came.length, wrong.came.length, elsewhere.came.length]).toEqual([1, 1, 0]);
    // The control: whoever follows takes it there.
    await fetch(moved.url, { method: "POST", body: parcel.body, redirect: "follow" });
    expect(elsewhere.came.map(({ body }) => body)).toEqual([parcel.body]);
  });

  test("to Slack has no signature, and its address is never told", async () => {
    const { url, came } = await at(says(404));
    const to = { kind: "slack", url: new Secret(url) } as const;
    const told = await deliver(to, parcel, { clock: systemClock, deadlineMs: 500 });
    expect([told, came[0]?.headers["webhook-signature"]]).toEqual([{ kind: "undelivered", why: "it answered 404" }, undefined]);
    for (const [address, why] of [
      ["http://hooks.example/T0/B0", "its address is not https"],
      ["not an address", "its address is none"],
    ] as const) {
      expect(await deliver({ kind: "slack", url: new Secret(address) }, parcel, { clock: systemClock, deadlineMs: 500 })).toEqual({ kind: "undelivered", why });
    }
  });
});
