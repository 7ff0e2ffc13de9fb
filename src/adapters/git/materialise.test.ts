import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Repository } from "./port.ts";
import { plainGit, testRemote, type TestRemote } from "./test-remote.ts";

let remote: TestRemote;
let repository: Repository;
let clone: string;
let out: string;

beforeEach(async () => {
  remote = testRemote();
  repository = await remote.open();
  clone = join(remote.folder, "clone");
  out = join(remote.folder, "out");
  plainGit(remote.folder, ["init", "--quiet", clone]);
});
afterEach(() => remote.remove());

/** All names below a folder; links are not followed. */
function everything(folder: string, prefix = ""): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => [prefix + entry.name, ...(entry.isDirectory() ? everything(join(folder, entry.name), `${prefix}${entry.name}/`) : [])])
    .sort();
}

async function commit(links: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(clone, path, ".."), { recursive: true });
    writeFileSync(join(clone, path), content, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(join(clone, path, ".."), { recursive: true });
    symlinkSync(target, join(clone, path));
  }
  plainGit(clone, ["add", "--all"]);
  plainGit(clone, ["commit", "--quiet", "--message", "m"]);
  return repository.fetchLocal(clone, "HEAD");
}

describe("files of a commit on the disk", () => {
  test("are exactly those asked for, with their content, exec bit and links inside", async () => {
    const sha = await commit(
      { "env/Pulumi.dev.yaml": "dev/machines.yaml", "stacks/up": ".." },
      { "env/dev/machines.yaml": "a: 1", "bin/go.sh": "#!/bin/sh", "not/asked": "x", "stacks/x.ts": "x" },
    );
    await repository.materialise(sha, ["env/Pulumi.dev.yaml", "env/dev/machines.yaml", "bin/go.sh", "stacks/up"], out);
    expect(everything(out)).toEqual(["bin", "bin/go.sh", "env", "env/Pulumi.dev.yaml", "env/dev", "env/dev/machines.yaml", "stacks", "stacks/up"]);
    expect(readFileSync(join(out, "env/Pulumi.dev.yaml"), "utf8")).toBe("a: 1");
    expect(readlinkSync(join(out, "env/Pulumi.dev.yaml"))).toBe("dev/machines.yaml");
    expect(lstatSync(join(out, "bin/go.sh")).mode & 0o111).toBe(0o111);
    expect(lstatSync(join(out, "env/dev/machines.yaml")).mode & 0o111).toBe(0);
  });

  test("are written again over what is there", async () => {
    const sha = await commit({}, { a: "1" });
    await repository.materialise(sha, ["a"], out);
    writeFileSync(join(out, "a"), "edited");
    await repository.materialise(sha, ["a"], out);
    expect(readFileSync(join(out, "a"), "utf8")).toBe("1");
  });

  test("a file that the commit has not is named", async () => {
    const sha = await commit({}, { "a/b": "1" });
    for (const path of ["a/c", "a"])
      await expect(repository.materialise(sha, [path], out)).rejects.toMatchObject({ code: "STACK_PATH_MISSING", what: expect.stringContaining(path) });
  });
});

describe("links that lead out", () => {
  test.each([
    ["an absolute one", { out: "/etc/passwd" }],
    ["one that climbs", { "a/out": "../../secret" }],
    ["one that climbs and comes back", { out: "../out/x" }],
    ["one that climbs by another link", { "deep/er/s": "../..", out: "deep/er/s/../x" }],
    ["one that climbs behind what is not there yet", { out: "later/../../x" }],
    ["two that point at each other", { a: "b", b: "a" }],
  ])("%s is refused and no link is left", async (_, links) => {
    const sha = await commit(links, { "deep/er/file": "x" });
    await expect(repository.materialise(sha, [...Object.keys(links), "deep/er/file"], out)).rejects.toMatchObject({ code: "REF_INVALID" });
    const left = everything(out);
    expect(left.filter((path) => lstatSync(join(out, path)).isSymbolicLink())).toEqual([]);
  });

  test("a folder that somebody replaced by a link is not written through", async () => {
    const sha = await commit({}, { "a/b": "1" });
    const outside = join(remote.folder, "outside");
    mkdirSync(outside);
    mkdirSync(out);
    symlinkSync(outside, join(out, "a"));
    await expect(repository.materialise(sha, ["a/b"], out)).rejects.toMatchObject({ code: "REF_INVALID" });
    expect(readdirSync(outside)).toEqual([]);
  });

  test("a file that somebody replaced by a link is replaced, not followed", async () => {
    const sha = await commit({}, { a: "1" });
    const outside = join(remote.folder, "outside");
    writeFileSync(outside, "mine");
    mkdirSync(out);
    symlinkSync(outside, join(out, "a"));
    await repository.materialise(sha, ["a"], out);
    expect([readFileSync(outside, "utf8"), readFileSync(join(out, "a"), "utf8")]).toEqual(["mine", "1"]);
  });
});

describe("a hostile commit", () => {
  const rawTree = (rows: readonly (readonly [string, string, string])[]): Buffer =>
    Buffer.concat(rows.flatMap(([mode, name, sha]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, "hex")]));

  test.each(["..", ".git", ".GIT", "git~1", "a/b", "", ".", ".git\u200c"])("with a file named %j is refused by every way of reading it", async (name) => {
    const mirror = join(remote.folder, "mirror-0");
    const blob = plainGit(mirror, ["hash-object", "-w", "--stdin"], { input: "x" });
    const file = join(remote.folder, "tree");
    writeFileSync(file, rawTree([["100644", name, blob]]));
    const tree = plainGit(mirror, ["hash-object", "-w", "-t", "tree", "--literally", file]);
    await expect(repository.list(tree, "")).rejects.toMatchObject({ code: "REF_INVALID" });
    await expect(repository.materialise(tree, [name], out)).rejects.toMatchObject({ code: "REF_INVALID" });
    rmSync(file);
  });

  test("runs no hook, filter or fsmonitor of the clone it comes from", async () => {
    const ran = join(remote.folder, "ran");
    const script = join(remote.folder, "evil.sh");
    writeFileSync(script, `#!/bin/sh\ntouch '${ran}'\ncat\n`, { mode: 0o755 });
    await commit(
      {},
      { ".gitattributes": "* filter=evil diff=evil merge=evil\n", a: "1", ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch\n' },
    );
    for (const [key, value] of [
      ["core.fsmonitor", script],
      ["filter.evil.smudge", script],
      ["merge.evil.driver", script],
      ["diff.evil.textconv", script],
      ["core.pager", script],
      ["core.sshCommand", script],
    ])
      plainGit(clone, ["config", key ?? "", value ?? ""]);
    for (const hook of ["post-checkout", "reference-transaction", "pre-push", "post-merge"])
      writeFileSync(join(clone, ".git", "hooks", hook), `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 });
    const sha = await repository.fetchLocal(clone, "HEAD");
    await repository.materialise(sha, ["a", ".gitattributes", ".gitmodules"], out);
    await repository.mergeTree(sha, sha);
    await repository.changedPaths(sha, sha);
    expect(existsSync(ran)).toBe(false);
  });

  test("a file that is too large to be read is written whole, in its place among others, and only refused where it is read", async () => {
    const size = 65 * 1024 * 1024;
    mkdirSync(join(clone, "artefacts"));
    // Pieces that differ: a piece that is lost or doubled shows.
    writeFileSync(join(clone, "artefacts/large.bin"), Buffer.alloc(size, Buffer.from("0123456789abcdefghijk")));
    plainGit(clone, ["config", "core.bigFileThreshold", "1m"]);
    const sha = await commit({}, { "a.txt": "a\n", "b.txt": "b\n", "artefacts/run.sh": "#!/bin/sh\n" });
    const paths = (await repository.list(sha, "")).map(({ path }) => path);
    await repository.materialise(sha, paths, out);
    expect(plainGit(clone, ["hash-object", join(out, "artefacts/large.bin")])).toBe(plainGit(clone, ["rev-parse", `${sha}:artefacts/large.bin`]));
    expect(["a.txt", "b.txt"].map((path) => readFileSync(join(out, path), "utf8"))).toEqual(["a\n", "b\n"]);
    await expect(repository.read(sha, "artefacts/large.bin")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(String(await repository.read(sha, "a.txt"))).toBe("a\n");
  });
});
