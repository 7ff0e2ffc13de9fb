import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { thisMachine, type Machine } from "../../base/process/index.ts";
import { resolveEnvironment, resolveOrganisation } from "../../domain/environments/index.ts";
import { openPrograms, type PreparedProgram } from "./index.ts";
import { TestRepository, type Files } from "./testing/git-tree.ts";

const lock = JSON.stringify({ name: "estate", version: "1.0.0", lockfileVersion: 3, packages: { "": { name: "estate", version: "1.0.0" } } });
const files: Files = {
  "package.json": JSON.stringify({ name: "estate", version: "1.0.0", type: "module" }),
  "package-lock.json": lock,
  "Pulumi.yaml": "name: estate\nruntime: nodejs\nmain: stacks/index.ts\n",
  "stacks/index.ts": 'export { default } from "trueup/program";\n',
  "stacks/a/index.ts":
    'import { defineStack } from "trueup";\nimport "fake";\nimport type b from "../b/index.ts";\nexport type B = typeof b;\nconsole.log(typeof defineStack);\n',
  "stacks/b/index.ts": "export default 1;\n",
  "stacks/unused/index.ts": "export default 1;\n",
  "legacy/network/Pulumi.yaml": "name: network\nruntime: nodejs\n",
  "legacy/network/package.json": JSON.stringify({ name: "network", version: "1.0.0" }),
  "legacy/network/package-lock.json": JSON.stringify({
    name: "network",
    version: "1.0.0",
    lockfileVersion: 3,
    packages: { "": { name: "network", version: "1.0.0" } },
  }),
  "legacy/network/index.ts": "export {};\n",
  "policies/tags/index.js": "\n",
  "environments/dev/environment.ts": 'import "../shared.ts";\n',
  "environments/shared.ts": "export {};\n",
  "environments/dev/values.json": "{}",
  "environments/dev/a.yaml": "config: {}\n",
  "environments/Pulumi.dev.a.yaml": { link: "dev/a.yaml" },
  "environments/prod/environment.ts": "\n",
  "docs/large.md": "not needed",
};
const organisation = resolveOrganisation(undefined);
const environment = resolveEnvironment(
  "dev",
  {
    cloud: "sandbox",
    policies: { packs: ["policies/tags"] },
    stacks: { a: { kind: "stack", path: "stacks/a", layer: "apps" }, network: { kind: "project", path: "legacy/network", stack: "acme", layer: "machines" } },
  },
  organisation,
);

describe("prepared programs", { timeout: 60_000 }, () => {
  const repository = new TestRepository();
  const checkout = join(repository.folder, "checkout");
  mkdirSync(join(checkout, "node_modules/fake"), { recursive: true });
  mkdirSync(join(checkout, "node_modules/@scope/deep"), { recursive: true });
  writeFileSync(join(checkout, "node_modules/fake/package.json"), '{"name":"fake","main":"index.js"}');
  writeFileSync(join(checkout, "node_modules/fake/index.js"), "");
  writeFileSync(join(checkout, "package-lock.json"), lock);
  const machine: Machine = { ...thisMachine(), cache: join(repository.folder, "cache") };
  const work = join(repository.folder, "work");
  const programs = openPrograms({ machine, work, checkout });
  afterAll(async () => {
    await programs.close();
    repository.remove();
  });

  async function prepare(of: Files): Promise<ReadonlyMap<string, PreparedProgram>> {
    const tree = repository.tree(of);
    return programs.prepare(tree, environment, await programs.closures(tree, environment));
  }
  const rootOf = (prepared: ReadonlyMap<string, PreparedProgram>): string => prepared.get("a")?.repositoryRoot ?? "";

  it("hold what the stacks need and nothing else", async () => {
    const prepared = await prepare(files);
    const root = rootOf(prepared);
    expect(prepared.get("a")).toEqual({ directory: root, repositoryRoot: root, policyPacks: [join(root, "policies/tags")] });
    expect(prepared.get("network")?.directory).toBe(join(root, "legacy/network"));
    for (const path of [
      "Pulumi.yaml",
      "stacks/index.ts",
      "stacks/a/index.ts",
      "stacks/b/index.ts",
      "environments/dev/environment.ts",
      "environments/shared.ts",
      "environments/dev/values.json",
      "policies/tags/index.js",
    ]) {
      expect(realpathSync(join(root, path))).toContain(path);
    }
    for (const path of ["docs", "stacks/unused", "environments/prod"]) expect({ [path]: existsSync(join(root, path)) }).toEqual({ [path]: false });
    expect(readlinkSync(join(root, "environments/Pulumi.dev.a.yaml"))).toBe("dev/a.yaml");
  });

  it("are the whole commit where that is asked for, each copy its own, with packages, and gone when it was used", async () => {
    const tree = repository.tree(files);
    const left = await programs.whole(tree, (one) =>
      programs.whole(tree, async (other) => {
        const missing = Object.keys(files).filter((path) => !existsSync(join(one, path)));
        expect({ missing, isShared: one === other }).toEqual({ missing: [], isShared: false });
        expect(realpathSync(join(one, "node_modules/fake"))).toBe(realpathSync(join(checkout, "node_modules/fake")));
        expect(execFileSync(process.execPath, [join(one, "stacks/a/index.ts")], { cwd: one, encoding: "utf8" })).toBe("function\n");
        return [one, other];
      }),
    );
    // As large as the repository: kept until the end, a few hundred of them would fill an agent's disk.
    expect(left.filter((folder) => existsSync(folder))).toEqual([]);
    const failing = programs.whole(tree, (one) => Promise.reject(new Error(one)));
    const folder = await failing.catch((thrown: Error) => thrown.message);
    expect([folder, existsSync(folder)]).toEqual([expect.stringContaining(work), false]);
  });

  it("are private: what one run writes the other does not see", async () => {
    const [one, other] = [rootOf(await prepare(files)), rootOf(await prepare(files))];
    expect(one).not.toBe(other);
    writeFileSync(join(one, "environments/dev/a.yaml"), "encryptionsalt: x\n");
    expect(readFileSync(join(other, "environments/dev/a.yaml"), "utf8")).toBe("config: {}\n");
  });

  it("use the checkout's packages where the lockfile is the same, and run with them and with trueup", async () => {
    const root = rootOf(await prepare(files));
    expect(realpathSync(join(root, "node_modules/fake"))).toBe(realpathSync(join(checkout, "node_modules/fake")));
    expect(execFileSync(process.execPath, [join(root, "stacks/a/index.ts")], { cwd: root, encoding: "utf8" })).toBe("function\n");
    expect(readdirSync(join(checkout, "node_modules")).sort()).toEqual(["@scope", "fake"]);
  });

  it("install another lockfile once, into the cache", async () => {
    const other = { ...files, "package-lock.json": lock.replace('"lockfileVersion":3', '"lockfileVersion":3,"requires":true') };
    const [one, two] = await Promise.all([prepare(other), prepare(other)]);
    expect(existsSync(join(rootOf(one), "node_modules/fake"))).toBe(false);
    expect(existsSync(join(rootOf(two), "node_modules/trueup/package.json"))).toBe(true);
    // One for the repository, one for the project with a lockfile of its own.
    expect(readdirSync(join(machine.cache, "modules")).filter((name) => !name.startsWith("."))).toHaveLength(2);
    expect(readlinkSync(join(one.get("network")?.directory ?? "", "node_modules"))).toContain(machine.cache);
  });

  it("a lockfile that cannot be installed is said in three lines", async () => {
    const broken = {
      ...files,
      "package.json": JSON.stringify({ name: "estate", version: "1.0.0", dependencies: { nothing: "1" } }),
      "package-lock.json": `${lock} `,
    };
    await expect(prepare(broken)).rejects.toMatchObject({ code: "PLUGIN_MISSING", what: "the packages of the repository could not be installed" });
  });

  it("a day-old copy of a process that is gone is swept, a living one's is not", async () => {
    const sweeper = openPrograms({ machine, work: join(repository.folder, "swept"), checkout });
    const prepared = join(repository.folder, "swept/prepared");
    const left = join(prepared, "0123456789ab-999999999-1-01234567");
    const young = join(prepared, "0123456789ab-999999998-1-01234567");
    for (const folder of [left, young]) mkdirSync(folder, { recursive: true });
    utimesSync(left, 1, 1);
    const tree = repository.tree(files);
    await sweeper.prepare(tree, environment, await sweeper.closures(tree, environment));
    expect([existsSync(left), existsSync(young)]).toEqual([false, true]);
    await sweeper.close();
  });

  it("are gone after close", async () => {
    await programs.close();
    expect(readdirSync(join(work, "prepared"))).toEqual([]);
  });
});
