import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Meter } from "./limits.ts";
import { openStandin, type Standin } from "./standin.ts";

describe.each(["github", "gitlab"] as const)("what %s allows", (host) => {
  let standin: Standin;
  beforeEach(async () => {
    standin = await openStandin(host);
    standin.push("ann", "feature");
    standin.openPullRequest("ann", { head: "feature" });
  });
  afterEach(() => standin.close());

  const asker = (): ((path: string, more?: RequestInit) => Promise<Response>) => {
    const { api, credentials, repository } = standin.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    const root = host === "github" ? `${api}/repos/${repository}` : `${api}/projects/${encodeURIComponent(repository)}`;
    const own = host === "github" ? { authorization: `token ${token}` } : { "private-token": token };
    return (path, more = {}) => fetch(root + path, { ...more, headers: { ...own, "content-type": "application/json", ...(more.headers as object) } });
  };
  const one = host === "github" ? "/pulls/1" : "/merge_requests/1";
  const comments = host === "github" ? "/issues/1/comments" : "/merge_requests/1/notes";

  test("a question with the tag of its last answer is answered by 304 until something changes", async () => {
    const ask = asker();
    const first = await ask(one);
    const etag = first.headers.get("etag") ?? "";
    const again = await ask(one, { headers: { "if-none-match": etag } });
    expect([first.status, again.status, await again.text()]).toEqual([200, 304, ""]);
    standin.push("ann", "feature");
    expect((await ask(one, { headers: { "if-none-match": etag } })).status).toBe(200);
  });

  test("too many comments in a minute are refused with when to come again, and are not written", async () => {
    standin.policy.limits = { creationsPerMinute: 2 };
    const ask = asker();
    const write = () => ask(comments, { method: "POST", body: JSON.stringify({ body: "x" }) });
    expect([(await write()).status, (await write()).status]).toEqual([201, 201]);
    const refused = await write();
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([host === "github" ? 403 : 429, true]);
    expect(standin.comments(1)).toHaveLength(2);
    expect((await ask(one)).status).toBe(200);
  });

  test("a pull request that git cannot merge is shown as one", async () => {
    const ask = asker();
    const shown = async (): Promise<unknown> => {
      const body = (await (await ask(one)).json()) as { mergeable?: boolean; has_conflicts?: boolean };
      return host === "github" ? body.mergeable : body.has_conflicts === false;
    };
    expect(await shown()).toBe(true);
    standin.push("ann", "feature", { files: { "README.md": "theirs\n" } });
    standin.push("bob", "main", { files: { "README.md": "ours\n" } });
    expect(await shown()).toBe(false);
  });
});

test("an answer that is still so costs nothing of the hour, and a window ends", () => {
  let now = 0;
  const meter = new Meter(
    () => ({ requestsPerHour: 2 }),
    () => now,
  );
  const logged = { method: "GET", path: "/", purpose: "other", at: new Date(0), token: "t", body: "", authorized: true, status: "pending" } as const;
  expect(meter.take(logged)).toBeUndefined();
  meter.giveBack(logged);
  expect([meter.take(logged), meter.take(logged)]).toEqual([undefined, undefined]);
  expect(meter.take(logged)).toEqual({ kind: "requestsPerHour", retryAfterSeconds: 3600 });
  expect(meter.take({ ...logged, token: "another" })).toBeUndefined();
  now = 3_600_001;
  expect(meter.take(logged)).toBeUndefined();
});
