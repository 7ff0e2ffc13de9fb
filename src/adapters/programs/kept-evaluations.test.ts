import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../base/process/index.ts";
import { openPrograms, type Tree } from "./index.ts";
import { KeptEvaluations } from "./kept-evaluations.ts";
import { TestRepository } from "./testing/git-tree.ts";

const environment = `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };
import { region } from "../../shared/region.ts";
export default defineEnvironment({ cloud: "sandbox", stacks: { shop: stack("stacks/shop", { layer: "apps", args: { ...values, region } }) } });
`;

const files = {
  "environments/dev/environment.ts": environment,
  "environments/dev/values.json": '{"count":3}',
  "shared/region.ts": 'export const region: string = "eu-central-1";\n',
  "elsewhere.txt": "nobody's business",
};

describe("an environment file that was evaluated once", () => {
  const repository = new TestRepository();
  const cache = join(repository.folder, "cache");
  const kept = (): string[] => readdirSync(join(cache, "evaluations"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));

  /** As a process of its own would ask: nothing is remembered but what is in the cache. */
  async function args(tree: Tree): Promise<{ readonly args: unknown; readonly kept: number }> {
    const programs = openPrograms({ machine: { ...thisMachine(), cache }, work: join(repository.folder, "work"), checkout: repository.folder });
    try {
      const { stacks } = await programs.environment(tree, "dev");
      return { args: stacks[0]?.args, kept: kept().length };
    } finally {
      await programs.close();
    }
  }

  beforeAll(() => {
    mkdirSync(join(cache, "evaluations"), { recursive: true });
  });
  afterAll(() => repository.remove());

  it("is not evaluated again while all that it sees is the same: what was kept is believed", async () => {
    expect(await args(repository.tree(files))).toEqual({ args: { count: 3, region: "eu-central-1" }, kept: 1 });
    const path = join(cache, "evaluations", kept()[0] ?? "");
    // Another truth, to see that it is the one that is told.
    writeFileSync(path, readFileSync(path, "utf8").replace('"count":3', '"count":7'));
    expect((await args(repository.tree({ ...files, "elsewhere.txt": "changed" }))).args).toEqual({ count: 7, region: "eu-central-1" });
  });

  it.each([
    ["a value beside it", { "environments/dev/values.json": '{"count":4}' }, { count: 4, region: "eu-central-1" }],
    ["what it imports", { "shared/region.ts": 'export const region = "eu-west-1";\n' }, { count: 3, region: "eu-west-1" }],
    ["itself", { "environments/dev/environment.ts": environment.replace("...values", "count: 9") }, { count: 9, region: "eu-central-1" }],
    [
      "a link in place of a file",
      { "environments/dev/values.json": { link: "other.json" }, "environments/dev/other.json": '{"count":5}' },
      { count: 5, region: "eu-central-1" },
    ],
  ])("is evaluated when %s is another", async (_, change, wanted) => {
    const before = kept().length;
    expect(await args(repository.tree({ ...files, ...change }))).toEqual({ args: wanted, kept: before + 1 });
  });

  it("is evaluated when what was kept is broken", async () => {
    const tree = repository.tree({ ...files, "environments/dev/values.json": '{"count":6}' });
    await args(tree);
    for (const name of kept()) writeFileSync(join(cache, "evaluations", name), "{");
    expect((await args(tree)).args).toEqual({ count: 6, region: "eu-central-1" });
  });

  it("is evaluated when the cache cannot be used", async () => {
    const none = new KeptEvaluations(join(repository.folder, "git/HEAD"), [import.meta.filename]);
    const ingredients = { file: "x", seen: new Map() };
    await none.keep(ingredients, 1);
    expect(await none.find(ingredients)).toBeUndefined();
  });

  it("is evaluated by another evaluator, and kept a month after the last use", async () => {
    const evaluator = join(repository.folder, "evaluator");
    cpSync(join(import.meta.dirname, "evaluate"), evaluator, { recursive: true });
    const folder = join(repository.folder, "months");
    const ingredients = { file: "x", seen: new Map([["x", "file 1"]]) };
    await new KeptEvaluations(folder, [evaluator]).keep(ingredients, { a: 1 });
    expect(await new KeptEvaluations(folder, [evaluator]).find(ingredients)).toEqual({ data: { a: 1 } });
    const [path = ""] = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
    const old = Date.now() / 1000 - 3 * 24 * 3_600;
    utimesSync(join(folder, path), old, old);
    await new KeptEvaluations(folder, [evaluator]).find(ingredients);
    expect(statSync(join(folder, path)).mtimeMs / 1000).toBeGreaterThan(old + 24 * 3_600);
    appendFileSync(join(evaluator, "main.ts"), "\n// another one\n");
    expect(await new KeptEvaluations(folder, [evaluator]).find(ingredients)).toBeUndefined();
  });
});
