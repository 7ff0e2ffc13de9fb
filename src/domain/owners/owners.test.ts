import { expect, test } from "vitest";
import { demandedOwners, isOwnedBy, namedOwners, namelessOwners, teamsAmong } from "./owners.ts";
import { parseCodeOwners } from "./parse.ts";
import type { Dialect } from "./code-owners.ts";

const demands = (dialect: Dialect, text: string, ...paths: readonly string[]): readonly string[] =>
  demandedOwners(parseCodeOwners(text, "CODEOWNERS", dialect), paths).map(
    ({ section, owners, required, paths: of }) => `${section === "" ? "" : `[${section}] `}${required} of ${owners.join(" ")}: ${of.join(" ")}`,
  );
const faults = (dialect: Dialect, text: string): readonly string[] =>
  parseCodeOwners(text, "CODEOWNERS", dialect).faults.map(({ line, what }) => `${line}: ${what}`);

test("GitHub: the last line that matches decides, also when it names nobody", () => {
  const text = "* @acme/all\n/apps/ @octo @cat # both\n\n# no owner:\n/apps/github\n*.md docs@acme.example\n";
  expect(demands("github", text, "readme", "apps/a.ts", "apps/github/x", "apps/b.md", "apps/b.ts")).toEqual([
    "1 of @acme/all: readme",
    "1 of @octo @cat: apps/a.ts apps/b.ts",
    "1 of docs@acme.example: apps/b.md",
  ]);
});

test.each([
  ["docs/*", "docs/a.md", true],
  ["docs/*", "docs/deep/a.md", false],
  ["apps/", "x/apps/y", true],
  ["/apps/", "x/apps/y", false],
  ["/build/logs/", "build/logs/deep/a", true],
  ["**/logs", "scripts/logs/x", true],
  ["*.js", "a/b/c.js", true],
  ["*.js", "a/b/c.JS", false],
  ["*", ".github/CODEOWNERS", true],
  ["/a\\ b/", "a b/c", true],
  ["a?c", "abc", true],
  ["a?c", "a/c", false],
] as const)("GitHub: %s and %s: %s", (pattern, path, owned) => {
  expect(demands("github", `${pattern} @ann`, path)).toHaveLength(owned ? 1 : 0);
});

test("GitHub: what it does not understand is skipped and told, line by line", () => {
  const text = "* @ann\n!keep @bob\n\\#x @bob\na[bc] @bob\nlib/ bob\n[Section] @bob\n";
  expect(demands("github", text, "keep", "#x", "ab", "lib/x")).toEqual(["1 of @ann: keep #x ab lib/x"]);
  expect(faults("github", text).map((fault) => fault.slice(0, 2))).toEqual(["2:", "3:", "4:", "5:", "6:"]);
  expect(faults("github", "* @ann @acme/team a@b.example\n/x\n")).toEqual([]);
});

test("GitLab: each section asks for itself; its number, its default owners, and none for an optional one", () => {
  const text = "* @general\n\n[Documentation][2] @docs/team\ndocs/\nREADME.md @ann\n\n^[Database] @db\nmodel/\n";
  expect(demands("gitlab", text, "docs/a", "README.md", "model/x")).toEqual([
    "1 of @general: docs/a README.md model/x",
    "[Documentation] 2 of @docs/team: docs/a",
    "[Documentation] 2 of @ann: README.md",
  ]);
});

test("GitLab: sections of one name are one, whatever its case, and optional only when every heading says so", () => {
  const text = "[Docs][2] @ann\n*.go\n^[docs] @bob\n*.rb\n";
  expect(demands("gitlab", text, "x.go", "x.rb")).toEqual(["[Docs] 2 of @ann: x.go", "[Docs] 2 of @bob: x.rb"]);
  expect(demands("gitlab", "^[Docs] @ann\n*.go\n^[docs] @bob\n*.rb\n", "x.go", "x.rb")).toEqual([]);
});

test("GitLab: an exclusion takes a path out of its section for good, and out of no other", () => {
  const text = "* @all\n!pom.xml\npom.xml @ann\n[Build]\n*.xml @build\n";
  expect(demands("gitlab", text, "pom.xml", "a.xml")).toEqual(["1 of @all: a.xml", "[Build] 1 of @build: pom.xml a.xml"]);
});

test.each([
  ["docs/*", "docs/a.md", true],
  ["docs/*", "deep/docs/a.md", true],
  ["/docs/*", "deep/docs/a.md", false],
  ["/docs/**/*.md", "docs/a/b.md", true],
  ["docs", "docs/a", false],
  ["docs/", "x/docs/a/b", true],
  ["\\#pound", "#pound", true],
  ["path\\ with\\ spaces/", "path with spaces/x", true],
  ["[ab].ts", "a.ts", true],
  ["/x[!a]", "xb", true],
  ["/x[z-a]", "xb", false],
  ["*", ".gitlab-ci.yml", true],
] as const)("GitLab: %s and %s: %s", (pattern, path, owned) => {
  // A heading first, so that a set of characters at the start of a line is not one.
  const text = pattern.startsWith("[") ? `/${pattern} @ann` : `${pattern} @ann`;
  expect(demands("gitlab", text, path)).toHaveLength(owned ? 1 : 0);
});

test("GitLab: what it cannot use is told; nobody is asked where nobody is named", () => {
  expect(demands("gitlab", "a\nb nobody\nc nobody @ann\n", "a", "b", "c")).toEqual(["1 of @ann: c"]);
  expect(faults("gitlab", "a\nb nobody\n[\nx @ann\n[S][0]\ny @ann\n")).toHaveLength(4);
  expect(faults("gitlab", "a @@maintainer\n[S][2] @ann\nb\n")).toEqual([]);
});

test("who an owner is", () => {
  const ann = { login: "Ann", teams: ["@acme/platform"], permission: "write" };
  expect(["@ann", "@acme/Platform", "@@developer", "@@developers", "7+ann@users.noreply.github.com"].map((name) => isOwnedBy(name, ann))).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(["@anna", "@acme/other", "@@maintainer", "ann@acme.example", "ann"].map((name) => isOwnedBy(name, ann))).toEqual([false, false, false, false, false]);
  expect(namelessOwners(["@ann", "ann@acme.example", "7+ann@users.noreply.github.com"])).toEqual(["ann@acme.example"]);
});

test("which owners are asked about as teams", () => {
  const owners = namedOwners(parseCodeOwners("* @ann @acme/platform @@owner\n", "CODEOWNERS", "gitlab"));
  expect(teamsAmong(owners, { dialect: "github" })).toEqual(["@acme/platform"]);
  expect(teamsAmong(owners, { dialect: "gitlab" })).toEqual(["@acme/platform", "@ann"]);
});
