import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Problem } from "../../base/problem/index.ts";
import { processFacts } from "../../base/process/index.ts";
import type { Repository } from "./port.ts";
import { isPassingPush, pushedRow, readPush } from "./push.ts";
import { plainGit, testRemote, type TestRemote } from "./test-remote.ts";

let remote: TestRemote;
let ann: Repository;
let bob: Repository;
let root: string;

beforeEach(async () => {
  remote = testRemote();
  [ann, bob] = [await remote.open(), await remote.open()];
  root = await ann.write({ parent: undefined, files: { f: "0" }, message: "root" });
  await ann.moveRef("trueup/dev", undefined, root);
  await bob.fetch();
});
afterEach(() => remote.remove());

const child = (repository: Repository, text: string): Promise<string> => repository.write({ parent: root, files: { f: text }, message: text });

/** A hook that lets the first pusher wait at `held` until `go` is there; who comes while it waits passes. */
function holdFirstPusher(hook: "pre-receive" | "update"): { held: string; go: string } {
  const [held, go] = [join(remote.folder, "held"), join(remote.folder, "go")];
  remote.hook(hook, `if mkdir '${held}' 2>/dev/null; then i=0; while [ ! -e '${go}' ] && [ $i -lt 500 ]; do sleep 0.02; i=$((i+1)); done; fi; exit 0`);
  return { held, go };
}

async function appears(path: string): Promise<void> {
  for (let i = 0; i < 500 && !existsSync(path); i++) await sleep(10);
  expect(existsSync(path)).toBe(true);
}

describe("moving a branch", () => {
  for (const hook of ["pre-receive", "update"] as const) {
    test(`who is held in the remote's ${hook} hook while another takes the branch has lost`, async () => {
      const { held, go } = holdFirstPusher(hook);
      const slow = ann.moveRef("trueup/dev", root, await child(ann, "ann"));
      await appears(held);
      const bobs = await child(bob, "bob");
      expect(await bob.moveRef("trueup/dev", root, bobs)).toEqual({ kind: "moved" });
      writeFileSync(go, "");
      expect(await slow).toEqual({ kind: "lost" });
      expect(remote.git("rev-parse", "trueup/dev")).toBe(bobs);
    });
  }

  test("control: the same race without the condition overwrites the other's commit", async () => {
    const annsClone = join(remote.folder, "plain");
    plainGit(remote.folder, ["clone", "--quiet", "--branch=trueup/dev", remote.path, annsClone]);
    const bobs = await child(bob, "bob");
    expect(await bob.moveRef("trueup/dev", root, bobs)).toEqual({ kind: "moved" });
    plainGit(annsClone, ["commit", "--quiet", "--allow-empty", "-m", "ann"]);
    plainGit(annsClone, ["push", "--quiet", "--force", "origin", "HEAD:trueup/dev"]);
    await bob.fetch();
    expect(await bob.isAncestor(bobs, (await bob.branch("trueup/dev")) ?? "")).toBe(false);
  });

  test("a branch that is already there is lost to who would make it, also when it already has the value", async () => {
    expect(await bob.moveRef("trueup/dev", undefined, await child(bob, "bob"))).toEqual({ kind: "lost" });
    expect(await bob.moveRef("trueup/dev", undefined, root)).toEqual({ kind: "lost" });
    expect(await bob.moveRef("trueup/dev", root, root)).toEqual({ kind: "lost" });
    expect(remote.git("rev-parse", "trueup/dev")).toBe(root);
  });

  test("a branch that was deleted meanwhile is lost, not made again", async () => {
    remote.git("update-ref", "-d", "refs/heads/trueup/dev");
    expect(await bob.moveRef("trueup/dev", root, await child(bob, "bob"))).toEqual({ kind: "lost" });
    expect(remote.git("branch", "--list")).toBe("");
  });

  test("only a fast-forward is pushed", async () => {
    const sideways = await ann.write({ parent: undefined, files: { f: "9" }, message: "another root" });
    await expect(ann.moveRef("trueup/dev", root, sideways)).rejects.toMatchObject({ code: "BRANCH_REWRITTEN" });
    expect(remote.git("rev-parse", "trueup/dev")).toBe(root);
  });

  test("of 8 at once exactly one moves it, round after round", async () => {
    let head = root;
    for (let round = 0; round < 3; round++) {
      const next = await Promise.all(Array.from({ length: 8 }, (_, i) => ann.write({ parent: head, files: { f: `${round}.${i}` }, message: `${round}.${i}` })));
      const outcomes = await Promise.all(next.map((sha) => ann.moveRef("trueup/dev", head, sha)));
      expect(outcomes.filter((outcome) => outcome.kind === "moved")).toHaveLength(1);
      head = next[outcomes.findIndex((outcome) => outcome.kind === "moved")] ?? "";
      expect(remote.git("rev-parse", "trueup/dev")).toBe(head);
    }
  });

  for (const hook of ["pre-receive", "update"] as const) {
    test(`a remote whose ${hook} hook says no is told as refused, in its own words`, async () => {
      remote.hook(hook, "echo 'GH006: Protected branch update failed' >&2; exit 1");
      const refused = await ann.moveRef("trueup/dev", root, await child(ann, "ann")).catch((thrown: Problem) => thrown);
      expect(refused).toMatchObject({
        code: "PUSH_REFUSED",
        what: expect.stringContaining("hook declined"),
        detail: expect.stringContaining("GH006: Protected branch update failed"),
      });
      expect(remote.git("rev-parse", "trueup/dev")).toBe(root);
    });
  }

  test("a remote that does not answer in time is unreachable, and nothing of the push stays behind", async () => {
    const pidFile = join(remote.folder, "pid");
    remote.hook("pre-receive", `echo $$ > '${pidFile}'; exec sleep 60`);
    const hasty = await remote.open("hasty", { deadlines: { networkMs: 400 } });
    await hasty.fetch();
    const began = performance.now();
    await expect(hasty.moveRef("trueup/dev", root, await child(hasty, "x"))).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
    expect(performance.now() - began).toBeLessThan(8_000);
    // Gone, or a zombie that nobody of this machine has collected yet.
    expect([undefined, "Z"]).toContain(processFacts(Number(readFileSync(pidFile, "utf8")))?.state);
    expect(remote.git("rev-parse", "trueup/dev")).toBe(root);
  });
});

describe("reading what push says", () => {
  const said = (row: string): string => `To /somewhere\n${row}\nDone\n`;
  test.each([
    [" \tabc:refs/heads/x\t1..2", 0, "moved"],
    ["*\tabc:refs/heads/x\t[new branch]", 0, "moved"],
    ["=\tabc:refs/heads/x\t[up to date]", 0, "lost"],
    ["!\tabc:refs/heads/x\t[rejected] (stale info)", 1, "lost"],
    ["!\tabc:refs/heads/x\t[remote rejected] (failed to update ref)", 1, "lost"],
    ["!\tabc:refs/heads/x\t[remote rejected] (incorrect old value provided)", 1, "lost"],
    ["!\tabc:refs/heads/x\t[remote rejected] (pre-receive hook declined)", 1, "ask"],
    [" \tabc:refs/heads/y\t1..2", 0, "ask"],
    ["", 128, "ask"],
    [" \tabc:refs/heads/x\t1..2", 1, "ask"],
  ])("%j with exit %i is %s", (row, exitCode, reading) => {
    expect(readPush({ exitCode, stdout: said(row) }, "refs/heads/x")).toBe(reading);
  });

  test.each([
    ["error: RPC failed; HTTP 429 curl 22 The requested URL returned error: 429", "", true],
    ["fatal: unable to access 'https://forge/': The requested URL returned error: 503", "", true],
    ["fatal: unable to access 'https://forge/': The requested URL returned error: 403", "", false],
    ["", "!\tabc:refs/heads/x\t[remote rejected] (Internal Server Error)", true],
    ["remote: error: 429 is in a file's name", "!\tabc:refs/heads/x\t[remote rejected] (pre-receive hook declined)", false],
  ])("a host that asks to come later has refused nothing: %j %j is %s", (stderr, row, passes) => {
    expect(isPassingPush({ stdout: said(row), stderr }, "refs/heads/x")).toBe(passes);
  });

  test("only the row of the ref itself counts", () => {
    expect(pushedRow(said("!\tabc:refs/heads/x-other\t[rejected] (stale info)"), "refs/heads/x")).toBeUndefined();
  });
});
