import { describe, expect, test, vi } from "vitest";
import { cloudLines, results, stateDigests } from "./evidence.ts";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { upUnguarded } from "./unguarded.ts";

vi.setConfig({ testTimeout: 300_000 });

/** One stack with as many queues as it is told, and a table that holds data. */
const store = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ queues: z.array(z.string()), key: z.string(), guard: z.boolean() }),
  program(args) {
    for (const name of args.queues) new aws.sqs.Queue(name, { name }, { protect: args.guard && name === "kept" });
    if (args.key !== "") new aws.dynamodb.Table("orders", { name: "orders", hashKey: args.key, attributes: [{ name: args.key, type: "S" }], billingMode: "PAY_PER_REQUEST" });
    return {};
  },
});
`;

const environment = `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  guards: { maxDestroy: { count: 2, percent: 50 } },
  stacks: { store: stack("stacks/store", { layer: "apps", args: values }) },
});
`;

interface Args {
  readonly queues: readonly string[];
  readonly key: string;
  readonly guard: boolean;
}
const all: Args = { queues: ["a", "b", "c", "d", "kept"], key: "id", guard: true };
const args = (more: Partial<Args>): Readonly<Record<string, Change>> => ({ "environments/dev/values.json": `${JSON.stringify({ ...all, ...more })}\n` });

const there = (home: Home): readonly string[] =>
  home.cloud
    .list()
    .filter(({ provider }) => provider === "aws")
    .map(({ id }) => id.split("/").at(-1) ?? "")
    .filter((id) => [...all.queues, "orders"].includes(id))
    .toSorted();

/** What would be lost, which guard says no to it, and what is there when nobody says no. */
const losses: readonly (readonly [
  string,
  Readonly<Record<string, Change>>,
  { readonly exit: number; readonly says: RegExp; readonly left: readonly string[]; readonly start?: Partial<Args> },
])[] = [
  [
    "more than the number allows",
    args({ queues: ["d", "kept"] }),
    { exit: 13, says: /^3 resources would be destroyed, 2 may be/, left: ["d", "kept", "orders"] },
  ],
  [
    "more of the stack than the share allows",
    args({ queues: [] }),
    { exit: 13, says: /^2 of 3 resources would be destroyed \(67 %\), 50 % may be/, left: ["orders"], start: { queues: ["a", "b"] } },
  ],
  [
    "everything",
    { "stacks/store/index.ts": (text) => text.replace("for (const name of args.queues)", "return {};\n    for (const name of args.queues)") },
    // What is protected the engine itself would not preview.
    { exit: 13, says: /^all 6 resources of the stack would be deleted/, left: [], start: { guard: false } },
  ],
  [
    "what holds data",
    args({ key: "" }),
    { exit: 11, says: /^what holds data would be lost: delete of aws:dynamodb\/table:Table orders/, left: ["a", "b", "c", "d", "kept"] },
  ],
  [
    "what holds data, by a replacement",
    args({ key: "name" }),
    { exit: 11, says: /^what holds data would be lost: replace of aws:dynamodb\/table:Table orders/, left: ["a", "b", "c", "d", "kept", "orders"] },
  ],
];

/** Two stacks: one owns a network, the other one too, and reads that of the first. */
const reads: Readonly<Record<string, Change>> = {
  "stacks/base/index.ts": `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({}),
  program() {
    const net = new aws.ec2.Vpc("base", { cidrBlock: "10.1.0.0/16" });
    return { vpcId: net.id };
  },
});
`,
  "stacks/store/index.ts": `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";
import type base from "../base/index.ts";

export default defineStack({
  args: z.object({}),
  program(args, ctx) {
    aws.ec2.Vpc.get("seen", ctx.stack<typeof base>("base").output("vpcId"));
    new aws.ec2.Vpc("own", { cidrBlock: "10.2.0.0/16" });
    return {};
  },
});
`,
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: { base: stack("stacks/base", { layer: "machines", args: {} }), store: stack("stacks/store", { layer: "apps", args: {} }) },
});
`,
};

describe.skipIf(engine === undefined || !isFull)("what a commit would destroy", () => {
  test("all that a stack owns, is refused with nothing touched also where the stack reads what others own; control: unguarded it is gone", async () => {
    const home = await newHome(reads);
    const networks = (): number => home.cloud.list().filter(({ type, createdBy }) => type.endsWith(":Vpc") && createdBy !== "").length;
    try {
      expect((await home.apply()).end).toBe("good");
      const before = [networks(), (await cloudLines(home)).length, await stateDigests(home), await results(home)];
      await home.land("early", { "stacks/store/index.ts": (text) => text.replace("    aws.ec2.Vpc.get", "    return {};\n    aws.ec2.Vpc.get") });
      const refused = await home.run(["apply", "dev"]);
      expect([refused.exit, refused.lines[0]]).toEqual([13, "GUARD_REFUSED: all 1 resource of the stack would be deleted"]);
      expect(refused.out).toMatch(/empties a stack of store/);
      expect([networks(), (await cloudLines(home)).length, await stateDigests(home), await results(home)]).toEqual(before);
      expect([before[0], await upUnguarded(home, "store"), networks()]).toEqual([2, "succeeded", 1]);
    } finally {
      await home.remove();
    }
  });

  test("what is protected is refused with nothing touched, also where somebody passes the guard: the engine does not even preview it", async () => {
    const home = await newHome({ "stacks/store/index.ts": store, "environments/dev/environment.ts": environment, ...args({}) });
    try {
      expect((await home.apply()).end).toBe("good");
      const before = [there(home), (await cloudLines(home)).length, await stateDigests(home), await results(home)];
      const without = args({ queues: ["a", "b", "c", "d"] });
      await home.land("less", without);
      const refused = await home.run(["apply", "dev"]);
      expect([refused.exit, refused.lines[0], refused.out]).toEqual([
        13,
        expect.stringMatching(/^GUARD_REFUSED: what is protected would be deleted \(aws:sqs\/queue:Queue kept\)/),
        expect.stringMatching(/stateful of store on dev: what holds data would be lost: delete of aws:sqs\/queue:Queue kept \(protected\)/),
      ]);
      expect([there(home), (await cloudLines(home)).length, await stateDigests(home), await results(home)]).toEqual(before);
      const passed = await home.run(["apply", "dev", "--override", "stateful", "--reason", "it is empty"]);
      expect([passed.exit, passed.lines[0]]).toEqual([13, expect.stringMatching(/^GUARD_REFUSED: what is protected would be deleted/)]);
      expect([there(home), (await cloudLines(home)).length, await stateDigests(home), await results(home)]).toEqual(before);
    } finally {
      await home.remove();
    }
  });

  test.each(losses)(
    "%s, is refused with nothing touched; control: with no guard before the engine it is gone",
    async (...[, files, { exit, says, left, start = {} }]) => {
      const home = await newHome({ "stacks/store/index.ts": store, "environments/dev/environment.ts": environment, ...args(start) });
      try {
        expect((await home.apply()).end).toBe("good");
        const before = [there(home), (await cloudLines(home)).length, await stateDigests(home), await results(home)];
        const born = home.cloud.list().find(({ id }) => id === "orders")?.createdAt;
        await home.land("less", files);
        const { end, problem } = await home.apply();
        expect([end, problem?.exitCode, problem?.what]).toEqual(["refused", exit, expect.stringMatching(says)]);
        expect([there(home), (await cloudLines(home)).length, await stateDigests(home), await results(home)]).toEqual(before);
        await upUnguarded(home, "store");
        expect(there(home)).toEqual(left);
        // Of what was replaced the name is there again, and the data is not.
        const lost = home.cloud.list().find(({ id }) => id === "orders")?.createdAt !== born || left.length < 6;
        expect(lost).toBe(true);
      } finally {
        await home.remove();
      }
    },
  );
});
