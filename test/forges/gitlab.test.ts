import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { forgeContract } from "./contract.ts";
import { openSubject, problemOf, someChange, type Subject } from "./subject.ts";

forgeContract("GitLab", () => openSubject("gitlab"));

describe("GitLab's own ways", () => {
  let subject: Subject & { close(): Promise<void> };
  beforeEach(async () => {
    subject = await openSubject("gitlab");
  });
  afterEach(() => subject.close());

  test("an approval of a GitLab that does not say when is dated by what it noted", async () => {
    const { standin, forge } = subject;
    standin.policy.tellsApprovalTimes = false;
    const number = someChange(subject);
    const approved = standin.head("feature");
    const before = Date.now() - 1;
    standin.approve("bob", number);
    standin.push("ann", "feature");
    const [approval] = await forge.approvals(number);
    expect(Date.parse(approval?.at ?? "")).toBeGreaterThanOrEqual(before);
    expect([approved, undefined]).toContain(approval?.commit);
  });

  test("a limit that only names its end is obeyed", async () => {
    const { standin, forge, clock } = subject;
    const number = someChange(subject);
    const reset = Math.floor(clock.now().getTime() / 1000) + 20;
    standin.fault({ match: "comments.list", status: 429, headers: { "ratelimit-remaining": "0", "ratelimit-reset": String(reset) }, body: "Retry later" });
    const started = clock.monotonicMs();
    expect(await forge.comments(number)).toEqual([]);
    expect(clock.monotonicMs() - started).toBeGreaterThan(18_000);
  });

  test("a status that GitLab will not set again is no failure, another refusal is", async () => {
    const { standin, forge } = subject;
    const commit = standin.head("main");
    await forge.setStatus(commit, { name: "t", state: "running", title: "one" });
    await forge.setStatus(commit, { name: "t", state: "running", title: "two" });
    expect(standin.statuses(commit)).toMatchObject([{ state: "running", copies: 1 }]);
    standin.fault({ match: "status.write", times: 9, status: 400, body: '{"message":"name is too long"}' });
    expect((await problemOf(forge.setStatus(commit, { name: "t2", state: "success", title: "x" }))).code).toMatch(/^FORGE_/);
  });
});
