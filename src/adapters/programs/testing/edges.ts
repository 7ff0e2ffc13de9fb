import { resolveEnvironment, resolveOrganisation } from "../../../domain/environments/index.ts";
import type { Files } from "./git-tree.ts";

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

export const estate: Files = {
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

export const stackOf = (name: string, more: object = {}) => ({ kind: "stack", path: `stacks/${name}`, layer: "apps", ...more });
export const declared = {
  cloud: "sandbox",
  policies: { packs: ["policies/tags"] },
  stacks: {
    network: { kind: "project", path: "legacy/network", stack: "acme", layer: "machines" },
    a: stackOf("a", { args: { count: 1 } }),
    b: stackOf("b"),
    c: stackOf("c"),
  },
};
export const organisation = resolveOrganisation(undefined);
export const environment = resolveEnvironment("dev", declared, organisation);

function withLock(change: (packages: Record<string, Record<string, unknown>>) => void): Files {
  const copy = structuredClone(lock) as { packages: Record<string, Record<string, unknown>> };
  change(copy.packages);
  return { "package-lock.json": JSON.stringify(copy) };
}
const set = (key: string, integrity: string): Files => withLock((packages) => Object.assign(packages[key] ?? {}, { integrity }));

const all = ["network", "a", "b", "c"];
const programsOnly = ["a", "b", "c"];
/** One change each: what it is, the files that it puts over the estate's, and the stacks that it reaches by their closure. */
export const edges: readonly [string, Files, readonly string[]][] = [
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
