import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { thisMachine } from "../../base/process/index.ts";
import { lookAtClone } from "./clone.ts";
import { openRepository } from "./repository.ts";
import type { Repository } from "./port.ts";
import { plainGit, testRemote, type TestRemote } from "./test-remote.ts";

let remote: TestRemote;
let repository: Repository;

beforeEach(async () => {
  remote = testRemote();
  repository = await remote.open();
});
afterEach(() => remote.remove());

async function push(branch: string, parent: string | undefined, files: Record<string, string | null>): Promise<string> {
  const sha = await repository.write({ parent, files, message: parent === undefined ? "First\n\nwith a body" : "Second" });
  expect(await repository.moveRef(branch, parent, sha)).toEqual({ kind: "moved" });
  return sha;
}

describe("reading", () => {
  test("files, folders, commits and differences read as git itself tells them", async () => {
    const first = await push("env/dev", undefined, { "a/b/c.txt": "one\n", "a/b.txt": "dot sorts before slash", "z.json": "{}", "ü/ß.txt": "umlaut" });
    const second = await push("env/dev", first, { "a/b/c.txt": "two\n", "z.json": null, "new/deep/file": "x" });
    expect((await repository.list(second, "")).map((entry) => `${entry.mode} ${entry.blob} ${entry.path}`)).toEqual(
      remote.git("-c", "core.quotePath=false", "ls-tree", "-r", "--format=%(objectmode) %(objectname) %(path)", second).split("\n"),
    );
    expect((await repository.list(second, "a")).map((entry) => entry.path)).toEqual(["a/b.txt", "a/b/c.txt"]);
    expect(await repository.list(second, "not/there")).toEqual([]);
    expect(String(await repository.read(second, "a/b/c.txt"))).toBe("two\n");
    expect(await repository.read(second, "a/b")).toBeUndefined();
    expect(await repository.changedPaths(first, second)).toEqual(remote.git("diff-tree", "-r", "--name-only", "--no-renames", first, second).split("\n"));
    expect(await repository.commit(first)).toMatchObject({
      subject: "First",
      body: "with a body",
      parents: [],
      author: { name: "trueup", email: "trueup@localhost" },
    });
    expect((await repository.firstParents(undefined, second, 10)).map((commit) => commit.subject)).toEqual(["First", "Second"]);
    expect((await repository.firstParents(first, second, 10)).map((commit) => commit.sha)).toEqual([second]);
    expect((await repository.firstParents(undefined, second, 1)).map((commit) => commit.sha)).toEqual([second]);
    expect(await repository.isAncestor(first, second)).toBe(true);
    expect(await repository.isAncestor(second, first)).toBe(false);
    expect(await repository.isAncestor("1".repeat(40), first)).toBe(false);
    expect(remote.git("fsck", "--strict", "--no-dangling")).toBe("");
  });

  test("where no branch moved nothing is fetched; where one moved, came or went all are", async () => {
    const first = await push("env/dev", undefined, { f: "1" });
    expect(await repository.fetchIfMoved()).toBe(true);
    // Whatever is fetched brings this one back: its absence shows that nothing was.
    const mirror = join(remote.folder, "mirror-0");
    plainGit(mirror, ["update-ref", "-d", "refs/heads/env/dev"]);
    expect([await repository.fetchIfMoved(), await repository.branch("env/dev")]).toEqual([false, undefined]);
    remote.git("update-ref", "refs/heads/other", first);
    expect([await repository.fetchIfMoved(), await repository.branch("env/dev"), await repository.branch("other")]).toEqual([true, first, first]);
    remote.git("update-ref", "-d", "refs/heads/other");
    expect([await repository.fetchIfMoved(), await repository.branch("other")]).toEqual([true, undefined]);
    expect(await repository.fetchIfMoved()).toBe(false);
  });

  test("a remote that cannot be asked is not one that did not move, and one without branches is fetched once", async () => {
    const gone = await remote.open("gone", { remote: join(remote.folder, "gone.git") });
    await expect(gone.fetchIfMoved()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
    expect([await repository.fetchIfMoved(), await repository.fetchIfMoved()]).toEqual([true, false]);
  });

  test("the head of a pull request comes also from a fork, moves when it is pushed over, and outlives a fetch of the branches", async () => {
    const first = await push("feature", undefined, { f: "1" });
    const second = await push("other", undefined, { f: "2" });
    remote.git("update-ref", "refs/pull/7/head", first);
    expect(await repository.fetchRef("refs/pull/7/head")).toBe(first);
    remote.git("update-ref", "refs/pull/7/head", second);
    expect(await repository.fetchRef("refs/pull/7/head")).toBe(second);
    await repository.fetch();
    expect((await repository.commit(second)).sha).toBe(second);
    expect(await repository.branches("")).toEqual(["feature", "other"]);
    for (const ref of ["refs/pull/8/head", "refs/heads/feature", "--upload-pack=x", "refs/pull/../../7/head"])
      await expect(repository.fetchRef(ref)).rejects.toMatchObject({ code: "REF_INVALID" });
  });

  test("a branch that is deleted on the remote is gone after a fetch, and one that takes its folder's name arrives", async () => {
    const sha = await push("feature", undefined, { f: "1" });
    remote.git("branch", "-D", "feature");
    remote.git("branch", "feature/x", sha);
    await repository.fetch();
    expect(await repository.branch("feature")).toBeUndefined();
    expect(await repository.branch("feature/x")).toBe(sha);
  });

  test("what a person writes is resolved, and what nothing has as a name is refused", async () => {
    const first = await push("env/dev", undefined, { f: "1" });
    const second = await push("env/dev", first, { f: "2" });
    for (const [words, sha] of [
      ["env/dev", second],
      ["env/dev~1", first],
      [first, first],
      [first.slice(0, 10), first],
    ] as const)
      expect(await repository.resolve(words)).toBe(sha);
    for (const words of ["nope", "", "--all", "-h", "a b", "env/dev\nx", "1".repeat(40), `${second}:f`])
      await expect(repository.resolve(words)).rejects.toMatchObject({ code: "REF_INVALID" });
  });

  test("many large and small files come back whole when read at once", async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, `${i}`.repeat(i % 3 === 0 ? 700_000 : i)]));
    const sha = await repository.write({ parent: undefined, files, message: "m" });
    const read = await Promise.all(Object.keys(files).map((path) => repository.read(sha, path)));
    expect(read.map(String)).toEqual(Object.values(files));
  });
});

describe("merging", () => {
  test("two branches that fit give the tree that git merge gives; two that do not are refused with the file's name", async () => {
    const base = await push("main", undefined, { a: "1\n", b: "1\n" });
    const left = await repository.write({ parent: base, files: { a: "2\n" }, message: "left" });
    const right = await repository.write({ parent: base, files: { b: "2\n" }, message: "right" });
    const clash = await repository.write({ parent: base, files: { a: "3\n" }, message: "clash" });
    const tree = await repository.mergeTree(left, right);
    expect([String(await repository.read(tree, "a")), String(await repository.read(tree, "b"))]).toEqual(["2\n", "2\n"]);
    await expect(repository.mergeTree(left, clash)).rejects.toMatchObject({ code: "MERGE_CONFLICT", what: "the change does not merge: a" });
  });
});

describe("writing", () => {
  test("an executable file stays executable, an orphan tree keeps nothing, and an emptied commit is a commit", async () => {
    const clone = join(remote.folder, "clone");
    plainGit(remote.folder, ["clone", "--quiet", remote.path, clone]);
    writeFileSync(join(clone, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
    plainGit(clone, ["add", "."]);
    plainGit(clone, ["commit", "--quiet", "-m", "Run"]);
    plainGit(clone, ["push", "--quiet", "origin", "HEAD:main"]);
    await repository.fetch();
    const head = await repository.resolve("main");
    const next = await repository.write({ parent: head, files: { "run.sh": "#!/bin/sh\necho\n", other: "" }, message: "m" });
    expect((await repository.list(next, "")).map((entry) => entry.mode)).toEqual(["100644", "100755"]);
    const orphan = await repository.write({ parent: head, files: { only: "x" }, message: "m", orphanTree: true });
    expect((await repository.list(orphan, "")).map((entry) => entry.path)).toEqual(["only"]);
    const emptied = await repository.write({ parent: orphan, files: { only: null }, message: "m" });
    expect(await repository.list(emptied, "")).toEqual([]);
  });

  test("a path that is no path inside a repository is refused", async () => {
    for (const path of ["", "/etc/passwd", "../x", "a/../../x", ".git/config", "a/.GIT/hooks/x", "a//b", "git~1", "a\0b"]) {
      await expect(repository.write({ parent: undefined, files: { [path]: "x" }, message: "m" })).rejects.toMatchObject({ code: "REF_INVALID" });
    }
  });
});

describe("opening", () => {
  test("ten that open one mirror at once all get it, and fetch into it at once", async () => {
    const sha = await push("env/dev", undefined, { f: "1" });
    for (let i = 0; i < 15; i++) remote.git("branch", `b${i}`, sha);
    const all = await Promise.all(Array.from({ length: 10 }, () => remote.open("shared")));
    await Promise.all(all.map((one) => one.fetch()));
    expect(await Promise.all(all.map((one) => one.branch("b14")))).toEqual(Array.from({ length: 10 }, () => sha));
  });

  test("a folder that holds something else is left alone", async () => {
    mkdirSync(join(remote.folder, "mine"));
    writeFileSync(join(remote.folder, "mine", "note.txt"), "keep me");
    await expect(remote.open("mine")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(readFileSync(join(remote.folder, "mine", "note.txt"), "utf8")).toBe("keep me");
  });

  test("a remote that is not there is said, by fetch and by push, with nothing changed", async () => {
    const gone = await remote.open("gone", { remote: join(remote.folder, "nowhere.git") });
    await expect(gone.fetch()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
    const sha = await gone.write({ parent: undefined, files: { f: "1" }, message: "m" });
    await expect(gone.moveRef("env/dev", undefined, sha)).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
  });

  test("a remote that takes the question and never answers is given up, with no process left", async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const silent = await remote.open("silent", { remote: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.git`, deadlines: { networkMs: 50 } });
    await expect(silent.fetch()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE", detail: expect.stringContaining("no answer within 500 ms") });
    await expect.poll(() => new Promise((resolve) => server.getConnections((_, open) => resolve(open)))).toBe(0);
    server.close();
  });

  test("a remote that would run a program is refused", async () => {
    for (const url of ["ext::sh -c touch% /tmp/x", "--upload-pack=x", "fd::3", "git://example.invalid/x", "", "a\nb"]) {
      await expect(openRepository({ remote: url, mirror: join(remote.folder, "m"), machine: thisMachine() })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    }
  });

  test("a clone tells its root and remote, and a commit that was never pushed can be brought from it", async () => {
    await push("main", undefined, { f: "1" });
    const clone = join(remote.folder, "clone");
    plainGit(remote.folder, ["clone", "--quiet", remote.path, clone]);
    mkdirSync(join(clone, "deep"));
    symlinkSync("../f", join(clone, "deep", "link"));
    plainGit(clone, ["checkout", "--quiet", "--detach"]);
    plainGit(clone, ["add", "."]);
    plainGit(clone, ["commit", "--quiet", "-m", "Local"]);
    expect(await lookAtClone(join(clone, "deep"), "origin", thisMachine())).toEqual({ root: clone, remote: remote.path });
    await expect(lookAtClone(clone, "upstream", thisMachine())).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    const sha = await repository.fetchLocal(clone, "HEAD");
    expect(await repository.commit(sha)).toMatchObject({ subject: "Local" });
    await expect(repository.fetchLocal(clone, "nope")).rejects.toMatchObject({ code: "REF_INVALID" });
  });
});
