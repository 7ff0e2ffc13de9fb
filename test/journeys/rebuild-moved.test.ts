import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { cloudLines, record, results } from "./evidence.ts";
import { acting, killEngine, until } from "./killing.ts";
import { single } from "./single.ts";

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

const net = (shape: number): string => `new aws.ec2.Vpc("net", { cidrBlock: "10.${shape}.0.0/16" });
    `;
const turns = (from: string, to: string): Readonly<Record<string, Change>> => ({
  "stacks/machines/index.ts": (text) => text.replace(`${from}return { vpcId`, `${to}return { vpcId`),
});

describe.skipIf(engine === undefined || !isFull)("a state that is lost with all its copies, after an engine died while it replaced an object", () => {
  test("is not put together from the one of both that the ledger knows: a person says which should be there, and no other is left", async () => {
    const home = await newHome(single("", 'rollback: "forward-only",'));
    const nets = (): readonly string[] => home.cloud.list().flatMap(({ createdBy, id }) => (createdBy.endsWith("::net") ? [id] : []));
    const made = async (): Promise<number> => (await cloudLines(home)).filter(({ op, phase }) => op === "create" && phase === "commit").length;
    const rebuild = () => home.run(["rebuild", "dev", "--yes", "--reason", "its state is gone"], { deadlineMs: 300_000 });
    try {
      await home.land("one", turns("", net(7)));
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      const [older = ""] = nets();
      await home.land("two", turns(net(7), net(8)));
      home.cloud.fault.add({ kind: "latency", latencyMs: 15_000, op: "create", urn: "*::net" });
      const before = await made();
      const applying = home.run(["apply", "dev"]);
      const isAsked = ({ op, phase, urn }: Awaited<ReturnType<typeof cloudLines>>[number]): boolean =>
        op === "create" && phase === "begin" && urn.endsWith("::net");
      await until("another one", async () => ((await cloudLines(home)).filter(isAsked).length === 2 ? true : undefined));
      killEngine((await acting(home)).at(-1) ?? 0);
      expect((await applying).exit).toBeGreaterThan(0);
      home.cloud.fault.clear();
      await until("what it had asked for", async () => (nets().length === 2 ? true : undefined));
      expect(await made()).toBe(before + 1);
      await loseStateOf(home, "machines");
      await rm(join(home.clone, ".trueup/backups"), { recursive: true, force: true });
      const [, newer = ""] = nets();
      const asked = await rebuild();
      expect([asked.exit, asked.err]).toEqual([13, expect.stringContaining(`the cloud has 2 objects that it may be: ${older}, ${newer}`)]);
      expect([asked.err, nets()]).toEqual([expect.stringContaining("delete what should not be there"), [older, newer]]);
      home.cloud.delete(newer);
      expect((await rebuild()).exit).toBe(0);
      expect([nets(), await made(), (await record(home)).lease]).toEqual([[older], before + 1, null]);
    } finally {
      await home.remove();
    }
  });
});
