import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { thisMachine } from "../../base/process/index.ts";
import { patternMatcher } from "./pattern.ts";

const names = ["a", "b", "ab", "a.x", "b.x", "c"] as const;
const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const paths = fc.uniqueArray(path, { minLength: 8, maxLength: 12 });
const word = fc.constantFrom(...names, "*.x", "a*", "*b", "?", "*a*", "\\a");
const segment = fc.oneof({ weight: 4, arbitrary: word }, { weight: 1, arbitrary: fc.constantFrom("*", "**") });

const githubPattern = fc
  .record({ rooted: fc.boolean(), segments: fc.array(segment, { minLength: 1, maxLength: 4 }), folder: fc.boolean() })
  .map(({ rooted, segments, folder }) => `${rooted ? "/" : ""}${segments.join("/")}${folder ? "/" : ""}`)
  // The one documented difference: below a folder, `*` alone is no deeper than the folder. A folder's name that is only stars is left out with it.
  .filter((pattern) => !/(^|\/)\*\/?$/.test(pattern));

interface Row {
  readonly pattern: string;
  readonly paths: readonly string[];
}

/** What git itself ignores: each pattern alone, in a folder of its own, all in one process. */
function ignoredByGit(rows: readonly Row[]): ReadonlySet<string> {
  const root = mkdtempSync(join(tmpdir(), "owners-"));
  const git = (args: readonly string[], input?: string): string =>
    execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      env: { PATH: thisMachine().path, HOME: root, GIT_CONFIG_NOSYSTEM: "1" },
      ...(input === undefined ? {} : { input }),
    });
  try {
    git(["init", "--quiet"]);
    for (const [index, { pattern, paths: files }] of rows.entries()) {
      mkdirSync(join(root, `r${index}`));
      writeFileSync(join(root, `r${index}/.gitignore`), `${pattern}\n`);
      // A pattern for folders only asks the disk what is one.
      for (const file of files) mkdirSync(join(root, `r${index}`, file, ".."), { recursive: true });
    }
    const asked = rows.flatMap(({ paths: files }, index) => files.map((file) => `r${index}/${file}`));
    return new Set(git(["check-ignore", "--no-index", "--stdin", "-z"], asked.join("\0")).split("\0"));
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Files of one tree: none is a folder of another. */
const asTree = (files: readonly string[]): readonly string[] => files.filter((one) => !files.some((other) => other.startsWith(`${one}/`)));

test("a GitHub pattern covers what git would ignore by it", () => {
  const rows = fc.sample(fc.record({ pattern: githubPattern, paths: paths.map(asTree) }), { numRuns: 120, seed: 20_261_121 });
  const ignored = ignoredByGit(rows);
  const differing = rows.flatMap(({ pattern, paths: files }, index) => {
    const matches = patternMatcher(pattern, "github");
    return files
      .filter((file) => matches(file) !== ignored.has(`r${index}/${file}`))
      .map((file) => `${pattern} ${file}: git says ${ignored.has(`r${index}/${file}`)}`);
  });
  expect(differing).toEqual([]);
  expect(ignored.size).toBeGreaterThan(100);
});

test("git would notice a matcher that reaches below a lone star, or that anchors nothing", () => {
  const rows = [
    { pattern: "docs/*", paths: ["docs/a", "docs/a/b"] },
    { pattern: "/a", paths: ["a", "b/a"] },
  ];
  expect([...ignoredByGit(rows)].filter((one) => one !== "").sort()).toEqual(["r0/docs/a", "r0/docs/a/b", "r1/a"]);
  expect(["docs/a", "docs/a/b"].map(patternMatcher("docs/*", "github"))).toEqual([true, false]);
});

test("a GitLab pattern covers what a glob of path names covers", () => {
  const gitlab = fc
    .record({ rooted: fc.boolean(), segments: fc.array(segment, { minLength: 1, maxLength: 4 }), folder: fc.boolean() })
    .map(({ rooted, segments, folder }) => ({ rooted, folder, segments: segments.at(-1) === "**" ? [...segments, "a"] : segments }))
    // Node's own glob misses files where more than two parts of any depth stand in one pattern; git, above, does not.
    .filter(({ rooted, folder, segments }) => segments.filter((one) => one === "**").length + (rooted ? 0 : 1) + (folder ? 1 : 0) <= 2);
  fc.assert(
    fc.property(gitlab, path, ({ rooted, segments, folder }, file) => {
      const written = `${rooted ? "/" : ""}${segments.join("/")}${folder ? "/" : ""}`;
      const glob = `/${rooted ? "" : "**/"}${segments.join("/")}${folder ? "/**/*" : ""}`;
      expect(patternMatcher(written, "gitlab")(file)).toBe(matchesGlob(`/${file}`, glob));
    }),
    { seed: 7, numRuns: 2000 },
  );
});
