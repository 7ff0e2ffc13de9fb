import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { openWatchPost, type WatchPost } from "./watch-post.ts";

let post: WatchPost | undefined;
afterEach(async () => {
  await post?.close();
  post = undefined;
});

let ill: string | undefined;
const open = async (): Promise<WatchPost> => (post = await openWatchPost({ host: "127.0.0.1", port: 0 }, { metrics: () => "trueup_x 1\n", ill: () => ill }));

/** As it is written on the wire: fetch would mend a strange path. */
function ask(path: string, method = "GET"): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: post?.port, path, method }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("metrics come in Prometheus' own type, and only they", async () => {
  await open();
  expect(await ask("/metrics?x=1")).toEqual({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8", text: "trueup_x 1\n" });
  expect((await ask("/metrics", "HEAD")).text).toBe("");
});

test("health is 200, or 503 with its reason", async () => {
  await open();
  ill = undefined;
  expect(await ask("/healthz")).toMatchObject({ status: 200, text: "ok\n" });
  ill = "no look at any repository has ended for 200 s";
  expect(await ask("/healthz")).toMatchObject({ status: 503, text: "no look at any repository has ended for 200 s\n" });
});

test.each(["/", "/metrics/../canary-4f2c", "//canary-4f2c", "/healthz%0d%0aX-Canary:canary-4f2c", "/?canary-4f2c"])(
  "%s is nothing, and comes back in no answer",
  async (path) => {
    await open();
    const { status, text } = await ask(path);
    expect([status, text.includes("canary")]).toEqual([404, false]);
  },
);

test("whoever wants to change something is sent away", async () => {
  await open();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) expect((await ask("/metrics", method)).status).toBe(405);
});

test("a place that is taken is said to be", async () => {
  const { port } = await open();
  await expect(openWatchPost({ host: "127.0.0.1", port }, { metrics: () => "", ill: () => undefined })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    what: "cannot listen (EADDRINUSE)",
    on: `127.0.0.1:${port}`,
  });
});
