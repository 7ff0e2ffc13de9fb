import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { plainGit } from "../../adapters/git/test-remote.ts";
import { thisMachine } from "../../base/process/index.ts";
import { openStandin, type Standin } from "./standin.ts";

describe.each(["github", "gitlab"] as const)("the stand-in for %s", (host) => {
  let standin: Standin;
  let folder: string;
  const hostRef = host === "github" ? "refs/pull/1/head" : "refs/merge-requests/1/head";
  const git = (...args: readonly string[]): string => plainGit(standin.path, args);

  beforeEach(async () => {
    standin = await openStandin(host);
    folder = mkdtempSync(join(thisMachine().tmp, "trueup-standin-"));
  });
  afterEach(async () => {
    await standin.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const address = (path: string): { readonly url: string; readonly headers: Record<string, string> } => {
    const { api, credentials, repository } = standin.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    const root = host === "github" ? `${api}/repos/${repository}` : `${api}/projects/${encodeURIComponent(repository)}`;
    return { url: root + path, headers: host === "github" ? { authorization: `token ${token}` } : { "private-token": token } };
  };
  const ask = async (path: string, more: RequestInit = {}): Promise<Response> => {
    const { url, headers } = address(path);
    return fetch(url, { ...more, headers: { ...headers, "content-type": "application/json" } });
  };
  const one = host === "github" ? "/pulls/1" : "/merge_requests/1";
  const comments = host === "github" ? "/issues/1/comments" : "/merge_requests/1/notes";

  test("every object that it writes is one to git", () => {
    standin.push("ann", "feature", { files: { "environments/prod/environment.ts": "a", "environments/prod.md": "b", "environments-old": "c" } });
    standin.merge("ann", standin.openPullRequest("ann", { head: "feature" }), "merge");
    expect(git("fsck", "--strict", "--full")).not.toMatch(/error|missing|broken/);
    expect(git("ls-tree", "-r", "--name-only", "main").split("\n")).toEqual([
      "README.md",
      "environments-old",
      "environments/prod.md",
      "environments/prod/environment.ts",
    ]);
  });

  test("a push by git itself moves the head of a pull request", async () => {
    standin.push("ann", "feature");
    standin.openPullRequest("ann", { head: "feature" });
    expect(git("rev-parse", hostRef)).toBe(standin.head("feature"));
    const clone = join(folder, "clone");
    plainGit(folder, ["clone", "--quiet", "--branch=feature", standin.path, clone]);
    writeFileSync(join(clone, "more.txt"), "more\n");
    plainGit(clone, ["add", "more.txt"]);
    plainGit(clone, ["commit", "--quiet", "-m", "More"]);
    plainGit(clone, ["push", "--quiet", "origin", "feature"]);
    const head = plainGit(clone, ["rev-parse", "HEAD"]);
    expect(await (await ask(one)).text()).toContain(head);
    expect(git("rev-parse", hostRef)).toBe(head);
  });

  test.each([
    ["merge", 2, "a.txt b.txt"],
    ["squash", 1, "a.txt b.txt"],
    ["rebase", 1, "a.txt b.txt"],
  ] as const)("%s really merges", (style, parents, files) => {
    standin.push("ann", "feature", { files: { "a.txt": "a" } });
    standin.push("ann", "feature", { files: { "b.txt": "b" } });
    const number = standin.openPullRequest("ann", { head: "feature" });
    const onto = standin.push("bob", "main", { files: { "c.txt": "c" } });
    const tip = standin.merge("cyd", number, style);
    expect(git("log", "-1", "--format=%P", "main").split(" ")).toHaveLength(parents);
    expect(git("merge-base", "--is-ancestor", onto, tip)).toBe("");
    expect(git("diff", "--name-only", onto, tip).split("\n").join(" ")).toBe(files);
    expect(git("rev-list", "--count", "--no-merges", `${onto}..${tip}`)).toBe(style === "squash" ? "1" : "2");
  });

  test("a conflict is not merged", () => {
    standin.push("ann", "feature", { files: { "README.md": "one\n" } });
    const number = standin.openPullRequest("ann", { head: "feature" });
    const before = standin.push("bob", "main", { files: { "README.md": "two\n" } });
    expect(() => standin.merge("cyd", number, "merge")).toThrow("conflict");
    expect(standin.head("main")).toBe(before);
  });

  test.runIf(host === "gitlab")("where pipelines must succeed a merge waits for a head with statuses, all of them good", async () => {
    standin.policy.pipelinesMustSucceed = true;
    const head = standin.push("ann", "feature", { files: { "a.txt": "a" } });
    const number = standin.openPullRequest("ann", { head: "feature" });
    const report = (state: string): Promise<Response> =>
      ask(`/statuses/${head}`, { method: "POST", body: JSON.stringify({ state, name: "trueup/preview (dev)" }) });
    const merge = async (): Promise<number> => (await ask(`${one}/merge`, { method: "PUT", body: "{}" })).status;
    expect([await merge(), ((await (await ask(one)).json()) as { detailed_merge_status: string }).detailed_merge_status]).toEqual([405, "ci_must_pass"]);
    await report("failed");
    expect(await merge()).toBe(405);
    await report("success");
    expect([await merge(), standin.stateOf(number)]).toEqual([200, "merged"]);
  });

  test("pages have the usual size and no more than 100, and say which comes next", async () => {
    standin.push("ann", "feature");
    standin.openPullRequest("ann", { head: "feature" });
    for (let index = 0; index < 130; index++) standin.comment("ann", 1, `line ${index}`);
    const sizes = async (query: string): Promise<readonly [number, boolean]> => {
      const answer = await ask(comments + query);
      return [((await answer.json()) as unknown[]).length, (answer.headers.get("link") ?? "").includes('rel="next"')];
    };
    expect(await sizes("")).toEqual([host === "github" ? 30 : 20, true]);
    expect(await sizes("?per_page=500")).toEqual([100, true]);
    expect(await sizes("?per_page=100&page=2")).toEqual([30, false]);
    expect(await sizes("?per_page=100&page=3")).toEqual([0, false]);
  });

  test("a dropped connection did or did not take effect, as arranged", async () => {
    standin.push("ann", "feature");
    standin.openPullRequest("ann", { head: "feature" });
    for (const [drop, count] of [
      ["before", 0],
      ["after", 1],
      ["during", 2],
    ] as const) {
      standin.fault({ match: "comment.create", drop });
      const said = ask(comments, { method: "POST", body: JSON.stringify({ body: "x" }) }).then((answer) => answer.json());
      await expect(said).rejects.toThrow(/fetch failed|terminated|other side closed|JSON/);
      expect(standin.comments(1)).toHaveLength(count);
    }
    expect(standin.requests.map(({ status }) => status)).toEqual(["dropped", "dropped", "dropped"]);
  });

  test("the log knows whose token it was, and not the token", async () => {
    await ask("");
    const logged = JSON.stringify(standin.requests);
    expect(standin.requests).toMatchObject([{ method: "GET", status: 200, authorized: true, token: expect.stringContaining(standin.us) as string }]);
    expect(standin.secrets().filter((secret) => logged.includes(secret))).toEqual([]);
  });

  test("nobody gets in without a token, and nobody without a right writes", async () => {
    const { url } = address("");
    expect((await fetch(url)).status).toBe(401);
    standin.setPermission(standin.us, "none");
    expect((await ask("")).status).toBe(404);
    standin.setPermission(standin.us, "read");
    expect((await ask(`/statuses/${standin.head("main")}`, { method: "POST", body: '{"state":"success"}' })).status).toBe(403);
  });
});
