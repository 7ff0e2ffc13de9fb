import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runChild, thisMachine } from "../../base/process/index.ts";
import { openStandin, type Standin } from "./standin.ts";

describe.each(["github", "gitlab"] as const)("git over HTTP at %s", (host) => {
  let standin: Standin;
  let folder: string;
  const hostRef = host === "github" ? "refs/pull/1/head" : "refs/merge-requests/1/head";

  beforeEach(async () => {
    standin = await openStandin(host);
    folder = mkdtempSync(join(thisMachine().tmp, "trueup-git-http-"));
  });
  afterEach(async () => {
    await standin.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const address = (login?: string): string => {
    const { credentials } = standin.settings(login === undefined ? {} : { login });
    const url = new URL(standin.gitUrl);
    url.username = "anybody";
    url.password = "token" in credentials ? credentials.token.reveal() : "";
    return url.toString();
  };
  const git = async (...args: readonly string[]): Promise<{ readonly exit: number | undefined; readonly err: string; readonly out: string }> => {
    const identity = { GIT_AUTHOR_NAME: "Ann", GIT_AUTHOR_EMAIL: "ann@example.com", GIT_COMMITTER_NAME: "Ann", GIT_COMMITTER_EMAIL: "ann@example.com" };
    const env = { PATH: thisMachine().path, HOME: folder, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
    const { exitCode, stderr, stdout } = await runChild(["git", ...args], { cwd: folder, env: { ...env, ...identity }, deadlineMs: 20_000 });
    return { exit: exitCode, err: stderr, out: stdout.trim() };
  };
  /** A clone as `login`, and one commit in it on `branch`. */
  const work = async (branch: string, login?: string): Promise<string> => {
    const clone = join(folder, `clone-${login ?? "us"}`);
    expect(await git("clone", "--quiet", address(login), clone)).toMatchObject({ exit: 0 });
    await git("-C", clone, "checkout", "--quiet", "-B", branch);
    writeFileSync(join(clone, "more.txt"), `${branch}\n`);
    await git("-C", clone, "add", "more.txt");
    await git("-C", clone, "commit", "--quiet", "-m", "More");
    return clone;
  };

  test("a clone is pushed back, the pull request follows, and the host knows who pushed", async () => {
    standin.push("ann", "feature");
    standin.openPullRequest("ann", { head: "feature" });
    const clone = await work("feature", "bob");
    await git("-C", clone, "reset", "--quiet", "--soft", "origin/feature");
    await git("-C", clone, "commit", "--quiet", "-m", "More of it");
    expect(await git("-C", clone, "push", "--quiet", "origin", "feature")).toMatchObject({ exit: 0 });
    const pushed = (await git("-C", clone, "rev-parse", "HEAD")).out;
    expect((await git("ls-remote", address(), hostRef)).out).toBe(`${pushed}\t${hostRef}`);
    expect(standin.events).toContainEqual(expect.objectContaining({ by: "bob", did: "git.push", on: "feature" }));
    expect(standin.requests.map(({ purpose, status }) => [purpose, status])).toContainEqual(["git.push", 200]);
  });

  test("without a token, without a right to read or to write: refused, and nothing is moved", async () => {
    const before = standin.head("main");
    expect((await git("ls-remote", standin.gitUrl)).err).toMatch(/could not read Username|terminal prompts disabled/);
    expect((await git("ls-remote", address("mallory"))).err).toMatch(/not found/);
    const clone = await work("theirs", "dan");
    expect(await git("-C", clone, "push", "--quiet", "origin", "theirs:main")).toMatchObject({ exit: 128, err: expect.stringMatching(/403/) as string });
    expect(standin.head("main")).toBe(before);
    expect(JSON.stringify(standin.requests)).not.toContain(standin.secrets()[0]);
  });

  test("a protected branch takes pushes from whom it names, forward only, and is not deleted", async () => {
    standin.protect("main", { mayPush: ["cyd"] });
    const before = standin.head("main");
    const bobs = await work("change", "bob");
    const refused = await git("-C", bobs, "push", "origin", "change:main");
    expect(refused).toMatchObject({ exit: 1, err: expect.stringMatching(/[Pp]rotected branch/) as string });
    expect(standin.head("main")).toBe(before);
    const cyds = await work("change", "cyd");
    expect(await git("-C", cyds, "push", "--quiet", "origin", "change:main")).toMatchObject({ exit: 0 });
    expect(await git("-C", cyds, "push", "--force", "origin", `${before}:main`)).toMatchObject({
      exit: 1,
      err: expect.stringContaining("force-push") as string,
    });
    expect(await git("-C", cyds, "push", "origin", ":main")).toMatchObject({ exit: 1, err: expect.stringContaining("deleted") as string });
    expect((await git("-C", cyds, "rev-parse", "HEAD")).out).toBe(standin.head("main"));
  });

  test("the host's own refs are nobody's to push", async () => {
    standin.push("ann", "feature");
    standin.openPullRequest("ann", { head: "feature" });
    const clone = await work("other", "cyd");
    expect(await git("-C", clone, "push", "origin", `+other:${hostRef}`)).toMatchObject({ exit: 1, err: expect.stringContaining("hidden ref") as string });
  });

  test("more pushes in a minute than the host lets through wait; without limits they do not", async () => {
    const clone = await work("one", "cyd");
    const push = async (branch: string): Promise<number | undefined> => (await git("-C", clone, "push", "--quiet", "origin", `one:${branch}`)).exit;
    standin.policy.limits = { pushesPerMinute: 2 };
    expect([await push("a"), await push("b"), await push("c")]).toEqual([0, 0, 1]);
    standin.policy.limits = {};
    expect(await push("c")).toBe(0);
  });

  test("an outage of git is an outage of git only", async () => {
    standin.fault({ match: "git", status: 503, times: 1 });
    expect((await git("ls-remote", address())).err).toMatch(/503/);
    expect((await git("ls-remote", address(), "refs/heads/main")).out).toContain(standin.head("main"));
  });
});
