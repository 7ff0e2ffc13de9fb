import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { results } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000 });

const shared = 'new aws.iam.Role("shared", { name: "shared", assumeRolePolicy: "{}" });';

const program = (more: string): string => `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({}),
  program() {
    const net = new aws.ec2.Vpc("net", { cidrBlock: "10.1.0.0/16" });
    ${more}
    return { vpcId: net.id };
  },
});
`;

const files: Readonly<Record<string, Change>> = {
  "stacks/left/index.ts": program(shared),
  "stacks/right/index.ts": program(""),
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  cloud: "sandbox",
  guards: { maxDestroy: { count: 2, percent: 100 } },
  stacks: { left: stack("stacks/left", { layer: "machines", args: {} }), right: stack("stacks/right", { layer: "apps", args: {} }) },
});
`,
};

const roles = (home: Home): readonly string[] => home.cloud.list({ type: "aws:iam/role:Role" }).map(({ id, createdBy }) => `${id} ${createdBy}`);

async function loseStateOf(home: Home, stack: string): Promise<void> {
  const folder = join(home.clone, ".trueup/state/.pulumi/stacks");
  for (const name of await readdir(folder, { recursive: true })) if (name.includes(`dev.${stack}.`)) await rm(join(folder, name));
}

describe.skipIf(engine === undefined || !isFull)("a state that is lost after something of it was given to another stack", () => {
  test("comes back without that: what the other stack has now lives on", async () => {
    const home = await newHome(files);
    try {
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      await home.land("moves", { "stacks/left/index.ts": program(""), "stacks/right/index.ts": program(shared) });
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      const before = roles(home);
      await loseStateOf(home, "left");
      expect((await home.run(["rebuild", "dev", "--yes", "--reason", "its state is gone"], { deadlineMs: 300_000 })).exit).toBe(0);
      expect(await results(home)).toEqual({ left: "good", right: "good" });
      const applied = await home.run(["apply", "dev", "--all"]);
      expect([applied.exit, applied.out, roles(home)]).toEqual([0, expect.not.stringContaining("delete"), before]);
      expect((await home.run(["drift", "dev"])).exit).toBe(0);
    } finally {
      await home.remove();
    }
  });
});
