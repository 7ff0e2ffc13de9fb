import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { branchRefOf, pathParts, quoted } from "./names.ts";
import type { Repository } from "./port.ts";
import { parseRemote } from "./remote.ts";
import { plainGit, testRemote, type TestRemote } from "./test-remote.ts";

const nasty = fc.constantFrom(
  "-",
  "--",
  "..",
  ".",
  "/",
  ".git",
  ".lock",
  "@{",
  "~",
  "^",
  ":",
  "\\",
  "\0",
  "\n",
  "\t",
  " ",
  "*",
  "refs/heads/",
  "\u202e",
  "\ud800",
  "é",
  "😀",
  "git~1",
  "x",
  "'",
  '"',
  "$(id)",
  ";",
);
const anyName = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.array(fc.oneof(nasty, fc.string({ maxLength: 3 })), { maxLength: 8 }).map((parts) => parts.join("")),
  fc.string({ unit: "grapheme" }),
);
const runs = { numRuns: 3_000, seed: 20261121 };

/** undefined for a Problem of this code; anything else is thrown on. */
function refusedOr<T>(act: () => T, code: string): T | undefined {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === code) return undefined;
    throw thrown;
  }
}

const onlyRefInvalid = (thrown: unknown): undefined =>
  refusedOr<undefined>(() => {
    throw thrown;
  }, "REF_INVALID");

describe("names are data", () => {
  test("no name becomes an option or another kind of ref", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const ref = branchRefOf(name);
        if (ref === undefined) return;
        expect(ref.startsWith("refs/heads/")).toBe(true);
        expect(ref).not.toMatch(/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\/$|\/-?$/u);
      }),
      runs,
    );
  });

  test("what we take for a branch name is what git takes for one", () => {
    const names = fc
      .sample(anyName, { numRuns: 150, seed: 7 })
      .filter((name) => !name.includes("\0") && !/\p{Surrogate}/u.test(name) && !name.startsWith("refs/heads/"));
    const gitTakes = (name: string): boolean => {
      try {
        plainGit("/", ["check-ref-format", "--branch", name]);
        return true;
      } catch {
        return false;
      }
    };
    // Ours may be stricter, never laxer.
    const ours = names.filter((name) => branchRefOf(name) !== undefined);
    expect(ours.length).toBeGreaterThan(10);
    expect(ours.filter((name) => !gitTakes(name))).toEqual([]);
  });

  test("no path leaves its folder", () => {
    fc.assert(
      fc.property(anyName, (path) => {
        const parts = pathParts(path);
        if (parts === undefined) return;
        expect(normalize(join("/root", ...parts)).startsWith("/root/")).toBe(true);
        expect(parts.some((part) => part.toLowerCase() === ".git" || part === "")).toBe(false);
      }),
      runs,
    );
  });

  test("no name writes control characters or turns text around in a message", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(quoted(name)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
      runs,
    );
  });

  test("no remote but a path or an ordinary URL is taken, and none shows its password", () => {
    fc.assert(
      fc.property(anyName, fc.string({ minLength: 6, unit: fc.constantFrom("a", "b", "X", "0", "9", "-", "_", ".") }), (name, password) => {
        const path = encodeURIComponent(name.replaceAll(/\p{Surrogate}/gu, ""));
        for (const text of [`https://ann:${password}@host.example/x.git`, `https://${password}@host.example/${path}`]) {
          const remote = parseRemote(text, undefined);
          expect([remote.url.includes(`${password}@`), JSON.stringify(remote).includes(`${password}@`), remote.shown.includes("@")]).toEqual([
            false,
            false,
            false,
          ]);
          expect(remote.credentials?.password.reveal()).toBe(password);
        }
        const taken = refusedOr(() => parseRemote(name, undefined).url, "CONFIG_INVALID");
        expect(taken ?? "/").toMatch(/^\/|^(https?|ssh|file):\/\/|^[\w.@-]+:/);
        expect(taken ?? "").not.toMatch(/^-|^[a-z]+::|\p{Cc}/u);
      }),
      runs,
    );
  });
});

describe("names against real git", () => {
  let remote: TestRemote;
  let repository: Repository;
  let head: string;
  beforeAll(async () => {
    remote = testRemote();
    repository = await remote.open();
    head = await repository.write({ parent: undefined, files: { "a/b": "1" }, message: "m" });
    await repository.moveRef("main", undefined, head);
  });
  afterAll(() => remote.remove());

  test("any name given to a read gives a commit, a file, nothing, or a clear refusal", async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        const [found, branch, listed, resolved] = [
          await repository.read(head, name),
          await repository.branch(name),
          await repository.list(head, name),
          await repository.resolve(name).catch(onlyRefInvalid),
        ];
        expect([
          found === undefined || name === "a/b",
          branch === undefined || branch === head,
          listed.length === 0 || ["", "a", "a/b"].includes(name),
        ]).toEqual([true, true, true]);
        expect([undefined, head]).toContain(resolved);
        await repository.commit(name).catch(onlyRefInvalid);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test("any name given to a write ends inside the folder, as exactly that name, or is refused", async () => {
    const folder = mkdtempSync(join(thisMachine().tmp, "trueup-names-"));
    const out = join(folder, "in", "out");
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        const sha = await repository.write({ parent: undefined, files: { [name]: "x" }, message: name }).catch(onlyRefInvalid);
        if (sha === undefined || Buffer.byteLength(name) > 200) return;
        expect((await repository.list(sha, "")).map((entry) => entry.path)).toEqual([name]);
        rmSync(out, { recursive: true, force: true });
        await repository.materialise(sha, [name], out);
        expect(statSync(join(out, name)).isFile()).toBe(true);
        expect([readdirSync(folder), readdirSync(join(folder, "in"))]).toEqual([["in"], ["out"]]);
      }),
      { numRuns: 40, seed: 5 },
    );
    expect(existsSync(join(folder, "in"))).toBe(true);
    rmSync(folder, { recursive: true, force: true });
  });
});
