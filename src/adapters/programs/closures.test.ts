import { afterAll, describe, expect, it } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import { thisMachine } from "../../base/process/index.ts";
import { resolveEnvironment, type Environment } from "../../domain/environments/index.ts";
import { closureDigest, type Closure } from "../../domain/planner/index.ts";
import { openPrograms } from "./index.ts";
import { scanModule } from "./modules/scan.ts";
import { declared, edges, environment, estate, organisation, stackOf } from "./testing/edges.ts";
import { TestRepository, type Files } from "./testing/git-tree.ts";

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
describe("what a change of the commit reaches", () => {
  it.each(edges)("%s", async (_, edit, stacks) => {
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
