import { afterAll, describe, expect, it } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { resolveEnvironment, resolveOrganisation, type Environment } from "../../domain/environments/index.ts";
import { closureDigest, type Closure } from "../../domain/planner/index.ts";
import { openPrograms } from "./index.ts";
import { scanModule } from "./modules/scan.ts";
import { TestRepository, type Files } from "./testing/git-tree.ts";

const lock = {
  name: "estate",
  lockfileVersion: 3,
  packages: {
    "": { name: "estate", dependencies: { trueup: "1", "@acme/tags": "1", "used-by-b": "1" } },
    "node_modules/trueup": { version: "1.0.0", integrity: "sha512-trueup" },
    "node_modules/@acme/tags": { version: "1.2.3", integrity: "sha512-tags", dependencies: { deep: "^2" } },
    "node_modules/@acme/tags/node_modules/deep": { version: "2.0.0", integrity: "sha512-deep2" },
    "node_modules/deep": { version: "1.0.0", integrity: "sha512-deep1" },
    "node_modules/used-by-b": { version: "3.0.0", integrity: "sha512-b", peerDependencies: { deep: "*" } },
    "node_modules/unused": { version: "9.0.0", integrity: "sha512-unused" },
    "node_modules/workspace": { resolved: "packages/workspace", link: true },
    "packages/workspace": { version: "0.0.0", dependencies: { unused: "*" } },
  },
};

const estate: Files = {
  "package.json": JSON.stringify({ name: "estate", type: "module", scripts: { a: "b" } }),
  "package-lock.json": JSON.stringify(lock),
  "Pulumi.yaml": "name: estate\nruntime: nodejs\nmain: stacks/index.ts\n",
  "tsconfig.json": "{}",
  "README.md": "hello",
  "stacks/index.ts": 'export { default } from "trueup/program";\n',
  "stacks/lib/tags.ts": 'import tags from "@acme/tags"; export * from "./names.js"; export { tags };\n',
  "stacks/lib/names.ts": "export const names = 1;\n",
  "stacks/lib/unused.ts": "export const unused = 1;\n",
  "stacks/a/index.ts":
    'import { tags } from "../lib/tags.ts";\nimport type b from "../b/index.ts";\nimport data from "../lib/data.json" with { type: "json" };\nimport "./local";\nexport default (ctx) => [tags, data, ctx.stack<typeof b>("b").output("url")];\n',
  "stacks/a/local/index.ts": "export {};\n",
  "stacks/a/notes.md": "in the folder\n",
  "stacks/lib/data.json": "{}",
  "stacks/b/index.ts":
    'import { readFileSync } from "node:fs";\nimport { join } from "node:path";\nimport "used-by-b";\nexport default (name) => [readFileSync("../lib/b.yaml"), new FileAsset("www/static"), join(import.meta.dirname, "..", "..", "charts", name), readFileSync(`../templates/${name}.txt`), require("../lib/old")];\n',
  "stacks/lib/b.yaml": "b",
  "stacks/lib/old.cjs": "module.exports = 1;\n",
  "stacks/www/static/page.html": "<html>",
  "stacks/templates/x.txt": "x",
  "charts/one/values.yaml": "one",
  "stacks/c/index.ts": 'import "workspace";\nconst values = "../../environments/dev/values.json"; export default values;\n',
  "packages/workspace/package.json": '{"name":"workspace","main":"main.ts"}',
  "packages/workspace/main.ts": 'import "../shared/x.ts";\n',
  "packages/shared/x.ts": "export {};\n",
  "legacy/network/Pulumi.yaml": "name: network\nruntime: nodejs\n",
  "legacy/network/index.ts": 'import "../common/y";\nconst other = new pulumi.StackReference("acme/estate/dev.a");\n',
  "legacy/network/anything.bin": "x",
  "legacy/common/y.ts": "export {};\n",
  "policies/tags/PulumiPolicy.yaml": "runtime: nodejs\n",
  "policies/tags/index.js": 'require("../shared/rules.js");\n',
  "policies/shared/rules.js": "module.exports = {};\n",
  "environments/dev/environment.ts": "// a comment\n",
  "environments/dev/values.json": "{}",
  "environments/dev/a.yaml": "config: {}\n",
  "environments/Pulumi.dev.a.yaml": { link: "dev/a.yaml" },
  "environments/prod/values.json": "{}",
};

const stackOf = (name: string, more: object = {}) => ({ kind: "stack", path: `stacks/${name}`, layer: "apps", ...more });
const declared = {
  cloud: "sandbox",
  policies: { packs: ["policies/tags"] },
  stacks: {
    network: { kind: "project", path: "legacy/network", stack: "acme", layer: "machines" },
    a: stackOf("a", { args: { count: 1 } }),
    b: stackOf("b"),
    c: stackOf("c"),
  },
};
const organisation = resolveOrganisation(undefined);
const environment = resolveEnvironment("dev", declared, organisation);

const repository = new TestRepository();
const programs = openPrograms({ machine: thisMachine(), work: `${repository.folder}/work`, checkout: repository.folder });
afterAll(() => repository.remove());

async function closures(files: Files, of: Environment = environment): Promise<Map<string, Closure>> {
  return new Map((await programs.closures(repository.tree(files), of)).map((closure) => [closure.stack, closure]));
}
const before = closures(estate);

/** The stacks whose digest an edit changes. */
async function affected(edit: Files, of: Environment = environment): Promise<string[]> {
  const [old, now] = [await before, await closures({ ...estate, ...edit }, of)];
  return [...now.keys()].filter((stack) => closureDigest(old.get(stack) as Closure) !== closureDigest(now.get(stack) as Closure));
}
function withLock(change: (packages: Record<string, Record<string, unknown>>) => void): Files {
  const copy = structuredClone(lock) as { packages: Record<string, Record<string, unknown>> };
  change(copy.packages);
  return { "package-lock.json": JSON.stringify(copy) };
}
const set = (key: string, integrity: string): Files => withLock((packages) => Object.assign(packages[key] ?? {}, { integrity }));

describe("what a change of the commit reaches", () => {
  const all = ["network", "a", "b", "c"];
  const programsOnly = ["a", "b", "c"];
  const cases: readonly [string, Files, readonly string[]][] = [
    [
      "a library that one program imports",
      { "stacks/lib/tags.ts": 'import tags from "@acme/tags"; export * from "./names.js"; export { tags }; export const more = 1;\n' },
      ["a"],
    ],
    ["a library behind a re-export, written .js for .ts", { "stacks/lib/names.ts": "export const names = 2;\n" }, ["a"]],
    ["a library that nobody imports", { "stacks/lib/unused.ts": "export const unused = 2;\n" }, []],
    ["a folder's index, imported without ending", { "stacks/a/local/index.ts": "export const x = 1;\n" }, ["a"]],
    ["any file in the program's own folder", { "stacks/a/notes.md": "other" }, ["a"]],
    ["imported json", { "stacks/lib/data.json": '{"a":1}' }, ["a"]],
    ["a program that others only take types from", { "stacks/b/index.ts": "export default 1;\n" }, ["b"]],
    ["a file named in a string, relative to the module", { "stacks/lib/b.yaml": "changed" }, ["b"]],
    ["a file in a folder named in a string, relative to where programs run", { "stacks/www/static/page.html": "changed" }, ["b"]],
    ["a new file in a folder that a joined path leads into", { "charts/two/values.yaml": "two" }, ["b"]],
    ["a file below a template's fixed beginning", { "stacks/templates/x.txt": "changed" }, ["b"]],
    ["a required file without ending", { "stacks/lib/old.cjs": "module.exports = 2;\n" }, ["b"]],
    ["the dispatcher", { "stacks/index.ts": 'export { default } from "trueup/program"; // changed\n' }, programsOnly],
    ["a module of a linked workspace package", { "packages/workspace/main.ts": 'import "../shared/x.ts"; export {};\n' }, ["c"]],
    ["what a linked workspace package imports", { "packages/shared/x.ts": "export const x = 1;\n" }, ["c"]],
    ["values that a program names", { "environments/dev/values.json": '{"a":1}' }, ["c"]],
    ["values of another environment", { "environments/prod/values.json": '{"a":1}' }, []],
    ["a stack's own config", { "environments/dev/a.yaml": "config: {a: b}\n" }, ["a"]],
    ["a stack's config link", { "environments/Pulumi.dev.a.yaml": "config: {}\n" }, ["a"]],
    ["a comment in environment.ts", { "environments/dev/environment.ts": "// another comment\n" }, []],
    ["Pulumi.yaml", { "Pulumi.yaml": "name: estate\nruntime: nodejs\nmain: stacks/index.ts\ndescription: x\n" }, programsOnly],
    ["tsconfig.json", { "tsconfig.json": '{"a":1}' }, all],
    ["a script in package.json", { "package.json": JSON.stringify({ name: "estate", type: "module", scripts: { a: "c" } }) }, []],
    ["the module type in package.json", { "package.json": JSON.stringify({ name: "estate" }) }, all],
    ["a text that nothing reads", { "README.md": "changed" }, []],
    ["any file of an existing project's folder", { "legacy/network/anything.bin": "y" }, ["network"]],
    ["what an existing project imports from outside", { "legacy/common/y.ts": "export const y = 1;\n" }, ["network"]],
    ["a policy", { "policies/tags/index.js": 'require("../shared/rules.js"); // changed\n' }, all],
    ["what a policy imports", { "policies/shared/rules.js": "module.exports = 1;\n" }, all],
    ["a package that one program imports", set("node_modules/used-by-b", "sha512-other"), ["b"]],
    ["a package below it, by the nested copy", set("node_modules/@acme/tags/node_modules/deep", "sha512-other"), ["a"]],
    ["a package below it, by the shared copy and a peer dependency", set("node_modules/deep", "sha512-other"), ["b"]],
    ["the package of the dispatcher", set("node_modules/trueup", "sha512-other"), programsOnly],
    ["a package that a workspace package imports", set("node_modules/unused", "sha512-other"), ["c"]],
    ["a new package that nobody imports", withLock((packages) => Object.assign(packages, { "node_modules/new": { version: "1.0.0" } })), []],
  ];
  it.each(cases)("%s", async (_, edit, stacks) => {
    expect(await affected(edit)).toEqual(stacks);
  });

  it("the arguments of one stack touch that stack, its runbook touches none", async () => {
    const change = (more: object): Environment =>
      resolveEnvironment("dev", { ...declared, stacks: { ...declared.stacks, a: stackOf("a", more) } }, organisation);
    expect(await affected({}, change({ args: { count: 2 } }))).toEqual(["a"]);
    expect(await affected({}, change({ args: { count: 1 }, runbook: "docs/x.md", rollback: "forward-only" }))).toEqual([]);
  });
});

describe("a closure says how it came about", () => {
  it("who imports what, which outputs are read, which packages are reached", async () => {
    const a = (await before).get("a") as Closure;
    expect(a.importedBy).toMatchObject({ "stacks/lib/tags.ts": "stacks/a/index.ts", "stacks/lib/names.ts": "stacks/lib/tags.ts" });
    expect(a.reads).toEqual([{ stack: "b", output: "url" }]);
    expect(a.packages).toEqual({ "@acme/tags@1.2.3": "sha512-tags", "deep@2.0.0": "sha512-deep2", "trueup@1.0.0": "sha512-trueup" });
    expect(a.unresolved).toEqual([]);
    expect(Object.keys(a.policies)).toEqual(["policies/shared/rules.js", "policies/tags/PulumiPolicy.yaml", "policies/tags/index.js"]);
  });

  it("a raw StackReference to a declared stack is a read of it", async () => {
    expect((await before).get("network")?.reads).toEqual([{ stack: "a" }]);
  });

  it("imports that cannot be followed are named with file and line", async () => {
    const wild = {
      ...estate,
      "stacks/a/index.ts": 'const name = "x";\nawait import(name);\nrequire(name + 1);\nimport "./nowhere.ts";\nimport "not-installed";\n',
    };
    expect((await closures(wild)).get("a")?.unresolved).toEqual([
      "stacks/a/index.ts:2 import() of a computed name",
      "stacks/a/index.ts:3 require() of a computed name",
      "stacks/a/index.ts:4 ./nowhere.ts is no file of this commit",
      "package not-installed is in no lockfile",
    ]);
    expect((await closures({ ...estate, "stacks/a/index.ts": "export default {{\n" })).get("a")?.unresolved[0]).toContain("stacks/a/index.ts:1 a syntax error");
  });

  it("a lockfile of another tool counts as a whole", async () => {
    const { "package-lock.json": _, ...others } = estate;
    const closure = (await closures({ ...others, "yarn.lock": "x" })).get("b");
    expect(Object.keys(closure?.packages ?? {})).toEqual(["yarn.lock"]);
    expect(closure?.unresolved).toEqual([]);
  });

  it("a repository that is trueup itself: its own sources are followed and trusted", async () => {
    const closure = (
      await closures({
        ...estate,
        "package.json": JSON.stringify({ name: "trueup", exports: { ".": "./src/declare/index.ts", "./program": "./src/program/index.ts" } }),
        "src/program/index.ts": 'export { default } from "./dispatch.ts";\n',
        "src/program/dispatch.ts": "export default async (path) => import(path);\n",
      })
    ).get("b");
    expect(closure?.files).toHaveProperty(["src/program/dispatch.ts"]);
    expect(closure?.unresolved).toEqual([]);
  });
});

describe("a program that is not there", () => {
  const missing = async (stacks: object): Promise<unknown> =>
    closures(estate, resolveEnvironment("dev", { cloud: "sandbox", stacks }, organisation)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  it("names file, path and the nearest folder", async () => {
    const problem = await missing({ shop: { ...stackOf("a"), path: "stack/a" } });
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ code: "STACK_PATH_MISSING", what: "there is no folder stack/a", on: "environments/dev/environment.ts, stacks.shop" });
    expect((problem as Problem).todo).toContain('Did you mean "stacks/a"?');
  });
  it("an existing project without Pulumi.yaml", async () => {
    expect(await missing({ x: { kind: "project", path: "legacy/common", stack: "x", layer: "apps" } })).toMatchObject({
      code: "STACK_PATH_MISSING",
      what: "legacy/common has no Pulumi.yaml",
    });
  });
});

describe("reads of other stacks, from a program's text", () => {
  const reads = (text: string) => scanModule("x.ts", text).reads;
  it.each([
    ['ctx.stack("a").output("x")', [{ stack: "a", output: "x" }]],
    [
      'const s = ctx.stack<typeof a>("a"); s.output("x"); s.output("y")',
      [
        { stack: "a", output: "x" },
        { stack: "a", output: "y" },
      ],
    ],
    ['const s = ctx.stack("a"); use(s)', [{ stack: "a" }]],
    ['const s = ctx.stack("a"); s.output(name)', [{ stack: "a" }]],
    ['use(ctx.stack("a"))', [{ stack: "a" }]],
    ['const s = ctx.stack("a");', []],
    ["ctx.stack(name).output('x')", []],
    ['ctx.output("x")', []],
    ["const url = ctx.stack<typeof b>('b').output('url'); use({ url })", [{ stack: "b", output: "url" }]],
    ["const all = merge(ctx.stack('b')); use(all.output('url'))", [{ stack: "b" }]],
  ])("%s", (text, expected) => expect(reads(text)).toEqual(expected));
});
