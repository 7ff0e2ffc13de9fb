import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { commentCases } from "./cases/comments.ts";
import { commitCases } from "./cases/commits.ts";
import { contractCases, forgeContract } from "./contract.ts";
import { openSubject, problemOf, someChange, type Subject } from "./subject.ts";

/** What depends on whose credentials they are; the rest is the same for an App, and asked of it too when there is time. */
const ofCredentials = [...commentCases, ...commitCases, ...contractCases.filter(({ says }) => /token|credentials|opens one|as it is now/.test(says))];
const isSlice = thisMachine().variable("TRUEUP_TEST_SIZE") === "slice";

forgeContract("GitHub with a person's token", () => openSubject("github"));
forgeContract("GitHub as an App", () => openSubject("github", { credentials: "app" }), isSlice ? [...new Set(ofCredentials)] : contractCases);

describe("GitHub's own ways", () => {
  let subject: Subject & { close(): Promise<void> };
  const status = { name: "trueup/preview (prod)", state: "failure", title: "no" } as const;
  beforeEach(async () => {
    subject = await openSubject("github");
  });
  afterEach(() => subject.close());

  test("a secondary limit is a 403 and is waited for", async () => {
    const { standin, forge, clock } = subject;
    const number = someChange(subject);
    standin.fault({ match: "comments.list", status: 403, headers: { "retry-after": "7" }, body: '{"message":"You have exceeded a secondary rate limit."}' });
    const started = clock.monotonicMs();
    expect(await forge.comments(number)).toEqual([]);
    expect(clock.monotonicMs() - started).toBeGreaterThanOrEqual(6900);
  });

  test("the hour's limit is a 403 with nothing remaining, and says when it ends", async () => {
    const { standin, forge, clock } = subject;
    const number = someChange(subject);
    const reset = Math.floor(clock.now().getTime() / 1000) + 1200;
    standin.fault({
      match: "comments.list",
      times: 9,
      status: 403,
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) },
      body: '{"message":"API rate limit exceeded"}',
    });
    const problem = await problemOf(forge.comments(number));
    expect(problem.code).toBe("FORGE_LIMITED");
    expect(problem.retry).toMatchObject({ afterMs: expect.closeTo(1_200_000, -4) as number });
  });

  test("who is no App gets a plain status, where an App gets a check run with annotations", async () => {
    const { standin, forge } = subject;
    const commit = standin.head("main");
    const annotations = [{ path: "a.ts", line: 1, level: "warning", title: "t", message: "m" }] as const;
    await forge.setStatus(commit, { ...status, annotations });
    expect(standin.events.map(({ did }) => did)).toEqual(["status.write"]);
    const app = await openSubject("github", { credentials: "installation token" });
    try {
      await app.forge.setStatus(app.standin.head("main"), { ...status, annotations });
      expect(app.standin.events.map(({ did }) => did)).toEqual(["check.create"]);
    } finally {
      await app.close();
    }
  });

  test("an App whose token is refused asks for another, once", async () => {
    const app = await openSubject("github", { credentials: "app" });
    try {
      const number = someChange(app);
      await app.forge.saveComment(number, "<!-- a -->", "<!-- a -->\nx");
      app.standin.fault({ match: "comments.list", status: 401 });
      expect(await app.forge.comments(number)).toHaveLength(1);
      app.standin.fault({ match: "comments.list", times: 9, status: 401 });
      expect((await problemOf(app.forge.comments(number))).code).toBe("FORGE_REFUSED");
      expect(app.standin.requests.filter(({ path }) => path.endsWith("/access_tokens")).length).toBeLessThanOrEqual(3);
    } finally {
      await app.close();
    }
  });

  test("rules of a ruleset protect as well as those of the branch", async () => {
    const { standin, open } = subject;
    standin.protect("main", { as: "rules", requiredApprovals: 2, requiresCodeOwners: true, requiredStatuses: ["ci"] });
    expect(await open({ login: "ann" }).protection("main")).toMatchObject({
      exists: true,
      protected: true,
      requiredApprovals: 2,
      requiresCodeOwners: true,
      allowsForcePush: false,
      allowsDeletion: false,
      requiredStatuses: ["ci"],
    });
  });
});
