import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../base/clock/index.ts";
import { openStandin, type Standin } from "../../satellites/forge-standin/index.ts";
import type { Repository, Sha } from "./port.ts";
import { testRemote, type TestRemote } from "./test-remote.ts";

let host: Standin;
let remote: TestRemote;
let repository: Repository;
let next: Sha;
/** On which nothing takes any time but waiting; `meanwhile` is what happens during the first wait. */
let waited: number[];
let meanwhile: () => unknown;

const clock: Pick<Clock, "now" | "monotonicMs" | "sleep"> = {
  now: () => new Date(),
  monotonicMs: () => waited.reduce((sum, ms) => sum + ms, 0),
  sleep: async (ms) => {
    waited.push(ms);
    if (waited.length === 1) await meanwhile();
  },
};

beforeEach(async () => {
  [waited, meanwhile] = [[], () => undefined];
  host = await openStandin("github");
  remote = testRemote();
  const { credentials } = host.settings();
  const password = "token" in credentials ? credentials.token : undefined;
  repository = await remote.open("hosted", { remote: host.gitUrl, clock, ...(password === undefined ? {} : { credentials: { password } }) });
  await repository.fetch();
  next = await repository.write({ parent: undefined, files: { a: "1" }, message: "Begin" });
});
afterEach(async () => {
  await remote.remove();
  await host.close();
});

const push = () => repository.moveRef("trueup/dev", undefined, next);

describe("a push that a host does not take now", () => {
  test.each([429, 500, 503])("for %i is tried again, with longer and longer pauses, until it is taken", async (status) => {
    host.fault({ match: "git.push", status, times: 3 });
    expect(await push()).toEqual({ kind: "moved" });
    expect([waited, host.head("trueup/dev")]).toEqual([[2_000, 4_000, 8_000], next]);
  });

  test("because of the host's own limit of pushes in a minute goes through in the next one", async () => {
    const hurried = await repository.write({ parent: next, files: { a: "2" }, message: "More" });
    host.policy.limits = { pushesPerMinute: 1 };
    expect(await push()).toEqual({ kind: "moved" });
    meanwhile = () => (host.policy.limits = {});
    expect(await repository.moveRef("trueup/dev", next, hurried)).toEqual({ kind: "moved" });
    expect([waited.length, host.head("trueup/dev")]).toEqual([1, hurried]);
  });

  test("is told as a remote that cannot be reached when the host never takes it, in a minute and a half", async () => {
    host.fault({ match: "git.push", status: 503, times: 1_000 });
    await expect(push()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
    expect([clock.monotonicMs() > 60_000, clock.monotonicMs() <= 90_000, host.head("trueup/dev")]).toEqual([true, true, ""]);
  });

  test("is waited for also while the host says nothing else of the branch", async () => {
    host.fault({ match: "git", status: 503, times: 4 });
    expect(await push()).toEqual({ kind: "moved" });
    expect(waited).toEqual([2_000, 4_000]);
  });

  test("is lost to who was let in meanwhile", async () => {
    host.fault({ match: "git.push", status: 429 });
    meanwhile = () => host.push("bob", "trueup/dev");
    expect(await push()).toEqual({ kind: "lost" });
    expect([waited, host.head("trueup/dev") === next]).toEqual([[2_000], false]);
  });

  test("control: what is refused for good, or gone altogether, is not waited for", async () => {
    host.fault({ match: "git.push", status: 403 });
    await expect(push()).rejects.toMatchObject({ code: "PUSH_REFUSED" });
    host.fault({ match: "git", drop: "before", times: 100 });
    await expect(push()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
    expect(waited).toEqual([]);
  });
});
