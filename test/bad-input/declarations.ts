import { appStack, baseStack, environmentFile } from "./estate-files.ts";
import type { Clause } from "./clause.ts";
import { merge, type World } from "./world.ts";

const file = "environments/dev/environment.ts";
const declared =
  (stacks: string, more = "") =>
  async (world: World): Promise<void> =>
    merge(world, { [file]: environmentFile(stacks, more) });
const both = `${baseStack}\n    ${appStack}`;

/** What is wrong in the files of an environment: seen before the lease is taken, so not even the ledger moves. */
export const wrongDeclarations: readonly Clause[] = [
  {
    name: "a folder without environment.ts",
    onlyFull: true,
    make: async (world) => merge(world, { [file]: null, "environments/dev/values.json": "{}\n" }),
    code: "ENVIRONMENT_INVALID",
    says: [/environments\/dev has no environment\.ts/],
  },
  {
    name: "an unknown key, with the nearest one",
    make: declared(both, "aprovals: { min: 1 },"),
    code: "ENVIRONMENT_INVALID",
    says: [/"aprovals"/, /"approvals"/, /environments\/dev\/environment\.ts/],
  },
  {
    name: "a key of a stack that is unknown, with its path",
    onlyFull: true,
    make: declared(`base: stack<typeof base>("stacks/base", { layer: "machines", arg: {} } as never),`),
    code: "ENVIRONMENT_INVALID",
    says: [/"arg"/, /"args"/, /environments\/dev\/environment\.ts, stacks\.base/],
  },
  {
    name: "a stack path that does not exist",
    onlyFull: true,
    make: declared(`base: stack("stacks/bsae", { layer: "machines" }),`),
    code: "STACK_PATH_MISSING",
    says: [/stacks\/bsae/, /stacks\/base/, /environments\/dev\/environment\.ts/],
  },
  {
    name: "a circle of stacks, printed",
    onlyFull: true,
    make: declared(`base: stack<typeof base>("stacks/base", { layer: "machines", args: { size: 8 }, dependsOn: ["other"] }),
    other: stack<typeof base>("stacks/base", { layer: "machines", args: { size: 8 }, dependsOn: ["base"] }),`),
    code: "STACK_CYCLE",
    says: [/base.*other.*base|other.*base.*other/],
  },
  {
    name: "a dependency on a stack that is not there",
    onlyFull: true,
    make: declared(`base: stack<typeof base>("stacks/base", { layer: "machines", args: { size: 8 }, dependsOn: ["ap"] }),\n    ${appStack}`),
    code: "STACK_UNKNOWN",
    says: [/"ap"/, /"app"/],
  },
  {
    name: "two stacks of one name",
    onlyFull: true,
    make: declared(`${both}\n    base: stack<typeof base>("stacks/base", { layer: "apps", args: { size: 5 } }),`),
    code: "STACK_DUPLICATE",
    says: [/"base"/, /environments\/dev\/environment\.ts:\d+/],
  },
  {
    name: "an environment file that reads the clock",
    onlyFull: true,
    make: declared(both, `checks: [{ name: String(Date.now()), run: ["true"] }],`),
    code: "ENVIRONMENT_IMPURE",
    says: [/clock|time|Date/i, /environment\.ts:\d+/],
  },
  {
    name: "an environment file that reads a variable",
    onlyFull: true,
    make: declared(both, `checks: [{ name: process.env["HOME"] ?? "none", run: ["true"] }],`),
    code: "ENVIRONMENT_IMPURE",
    says: [/variable|HOME/, /environment\.ts:\d+/],
  },
  {
    name: "an environment file that reads the network",
    onlyFull: true,
    make: async (world) => merge(world, { [file]: `await fetch("http://127.0.0.1:9/");\n${environmentFile(both)}` }),
    code: "ENVIRONMENT_IMPURE",
    says: [/network|fetch/, /environment\.ts:1/],
  },
  {
    name: "an environment file that is no TypeScript",
    onlyFull: true,
    make: async (world) => merge(world, { [file]: "export default defineEnvironment({\n" }),
    code: "ENVIRONMENT_INVALID",
    says: [/environments\/dev\/environment\.ts/],
  },
  {
    name: "an environment file that never ends",
    onlyFull: true,
    make: async (world) => merge(world, { [file]: `for (;;) {}\n${environmentFile(both)}` }),
    code: "ENVIRONMENT_INVALID",
    says: [/end|10 s|seconds/],
  },
];
