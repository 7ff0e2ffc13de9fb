import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { breaches } from "./law.ts";

/** A house that keeps the law: three rooms in two storeys, one of them with a file behind its door. */
const lawful = {
  "src/base/clock/index.ts": 'export { now } from "./now.ts";\n',
  "src/base/clock/now.ts": "export const now = (): number => 1;\n",
  "src/domain/planner/index.ts": 'export { plan } from "./plan.ts";\n',
  "src/domain/planner/plan.ts": 'import { now } from "../../base/clock/index.ts";\nexport const plan = (): number => now();\n',
  "src/adapters/git/index.ts": 'import { plan } from "../../domain/planner/index.ts";\nexport const git = (): number => plan();\n',
};

const deep = 'import { plan } from "../../domain/planner/plan.ts";\nexport const git = (): number => plan();\n';
const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ["a lawful house", {}, []],
  [
    "a storey that imports the one above it",
    {
      "src/base/clock/now.ts": 'import { git } from "../../adapters/git/index.ts";\nexport const now = (): typeof git => git;\n',
      "src/domain/planner/plan.ts": "export const plan = 1;\n",
    },
    ["src/base/clock/now.ts → src/adapters/git/index.ts: law-base"],
  ],
  ["an import past a door", { "src/adapters/git/index.ts": deep }, ["src/adapters/git/index.ts → src/domain/planner/plan.ts: one-door"]],
  [
    "a type taken past a door",
    { "src/adapters/git/index.ts": 'import type { plan } from "../../domain/planner/plan.ts";\nexport type Git = typeof plan;\n' },
    ["src/adapters/git/index.ts → src/domain/planner/plan.ts: one-door"],
  ],
  [
    "a circle inside a room",
    {
      "src/base/clock/now.ts": 'import { then } from "./then.ts";\nexport const now = (): number => then();\n',
      "src/base/clock/then.ts": 'import { now } from "./now.ts";\nexport const then = (): number => now();\n',
    },
    // A circle is told once, from where it was first come upon.
    ["src/base/clock/now.ts → src/base/clock/then.ts: no-cycles"],
  ],
  [
    "a room that may not know Pulumi",
    { "src/domain/planner/plan.ts": 'import { Output } from "@pulumi/pulumi";\nexport const plan = (): unknown => Output;\n' },
    [expect.stringMatching(/^src\/domain\/planner\/plan\.ts → \S*node_modules\/@pulumi\/pulumi\/\S+: pulumi-rooms$/)],
  ],
  [
    "user code",
    {
      "src/domain/planner/plan.ts": 'import vpc from "../../../stacks/vpc/index.ts";\nexport const plan = (): unknown => vpc;\n',
      "stacks/vpc/index.ts": "export default 1;\n",
    },
    ["src/domain/planner/plan.ts → stacks/vpc/index.ts: no-user-code"],
  ],
];

describe("the import law", () => {
  let root = "";
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "trueup-law-"));
    await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(root, "node_modules"));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it.each(cases)("finds in %s what is there and nothing else, having seen every file", async (_, changed, found) => {
    const files = { ...lawful, ...changed };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const { lines, seen, expected } = await breaches(root);
    expect(lines.toSorted()).toEqual(found);
    expect([seen, expected]).toEqual([expected, Object.keys(files).filter((path) => path.startsWith("src/")).length]);
  });
});
