import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { picture, record, results, runs } from "./evidence.ts";
import { upUnguarded } from "./unguarded.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

/** One stack: a table that holds data, a network that holds none, and a label that a commit changes. */
const store = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ label: z.string() }),
  program(args) {
    const net = new aws.ec2.Vpc("net", { cidrBlock: "10.1.0.0/16", tags: { label: args.label } });
    new aws.ec2.SecurityGroup("nodes", { vpcId: net.id, description: "nodes" });
    new aws.dynamodb.Table("orders", { name: "orders", hashKey: "id", attributes: [{ name: "id", type: "S" }], billingMode: "PAY_PER_REQUEST" });
    return {};
  },
});
`;

const environment = `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  stacks: { store: stack("stacks/store", { layer: "apps", args: values }) },
});
`;

const label = (value: string): Readonly<Record<string, Change>> => ({ "environments/dev/values.json": `${JSON.stringify({ label: value })}\n` });
const asSales = 'new aws.dynamodb.Table("sales", ';
/** The table has another name in the program, which says that it is the same one. */
const rename: Readonly<Record<string, Change>> = {
  "stacks/store/index.ts": (text) =>
    text.replace('new aws.dynamodb.Table("orders", ', asSales).replace('"PAY_PER_REQUEST" });', '"PAY_PER_REQUEST" }, { aliases: [{ name: "orders" }] });'),
};
const count = (home: Home, type: string): number => home.cloud.list().filter((one) => one.type.endsWith(type) && one.createdBy !== "").length;

describe.skipIf(engine === undefined || !isFull)("a table that somebody deleted by hand", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome({ "stacks/store/index.ts": store, "environments/dev/environment.ts": environment, ...label("one") });
    const { end } = await home.apply();
    if (end !== "good") throw new Error(`the stack did not come up: ${end}`);
    home.cloud.delete("orders", { type: "Table" });
    home.cloud.delete("nodes", { type: "SecurityGroup" });
    await home.land("label", label("two"));
  });
  afterAll(async () => home?.remove());

  test("is not made again, empty, by the apply of another change nor by a repair of drift; both say so, and so does a preview", async () => {
    const before = [await picture(home), await results(home)];
    const held = await home.run(["apply", "dev"]);
    expect([held.exit, held.lines]).toEqual([
      11,
      [
        "HELD: what held data is gone from the cloud, and would be made again without it: aws:dynamodb/table:Table orders",
        "on dev.store",
        expect.stringMatching(/^Nothing was touched\. Restore it by hand and import it, or remove it from the program\. .*--override gone --reason "…"$/),
      ],
    ]);
    expect((await home.report("env/dev")).stacks[0]?.refusals.map(({ kind }) => kind)).toEqual(["gone"]);
    const fixed = await home.run(["drift", "fix", "dev"]);
    expect([fixed.exit, fixed.lines[0]]).toEqual([13, expect.stringMatching(/^GUARD_REFUSED: aws:dynamodb\/table:Table orders is gone and is stateful/)]);
    expect([await picture(home), await results(home)]).toEqual(before);
    expect([count(home, ":Table"), count(home, ":SecurityGroup")]).toEqual([0, 0]);
  });

  test("control: with no guard before the engine, the same commit makes it again, and nobody is told that it is empty", async () => {
    const twin = await home.copy();
    try {
      expect(await upUnguarded(twin, "store")).toBe("succeeded");
      expect(count(twin, ":Table")).toBe(1);
    } finally {
      await twin.remove();
    }
  });

  test("is not made again, empty, by a commit that gives it another name in the program; control: with no guard it is", async () => {
    const twin = await home.copy();
    try {
      await twin.land("rename", rename);
      const before = [await picture(twin), await results(twin)];
      const held = await twin.run(["apply", "dev"]);
      expect([held.exit, held.lines]).toEqual([
        11,
        [
          "HELD: what held data is gone from the cloud, and would be made again without it: aws:dynamodb/table:Table orders (as sales, if that is the same)",
          "on dev.store",
          expect.stringMatching(/^Nothing was touched\. Restore it by hand and import it, or remove it from the program in a change before .*--override gone/),
        ],
      ]);
      expect([await picture(twin), await results(twin), count(twin, ":Table")]).toEqual([...before, 0]);
      expect([await upUnguarded(twin, "store"), count(twin, ":Table")]).toEqual(["succeeded", 1]);
    } finally {
      await twin.remove();
    }
  });

  test("is made when a person says that an empty one will do; that is on record, and what holds no data comes back with it", async () => {
    const passed = await home.run(["apply", "dev", "--override", "gone", "--reason", "it was a copy"]);
    expect([passed.exit, passed.lines, count(home, ":Table"), count(home, ":SecurityGroup")]).toEqual([0, expect.anything(), 1, 1]);
    expect((await runs(home)).at(-1)).toMatchObject({ overrides: [{ guard: "gone", by: "ann", reason: "it was a copy" }] });
    expect((await record(home)).stacks["store"]?.result).toBe("good");
    // What holds no data is made again by whatever is applied next, and by a repair.
    home.cloud.delete("nodes", { type: "SecurityGroup" });
    await home.land("again", label("three"));
    expect([(await home.apply()).end, count(home, ":SecurityGroup")]).toEqual(["good", 1]);
    // While it is there, another name is no loss.
    const born = home.cloud.show("orders", { type: "Table" }).createdAt;
    await home.land("rename", rename);
    expect([(await home.apply()).end, home.cloud.show("orders", { type: "Table" }).createdAt]).toEqual(["good", born]);
  });

  test("is not made again, empty, under the name that it had before, on the way back from the commit that renamed it", async () => {
    home.cloud.delete("orders", { type: "Table" });
    const back = await home.run(["rollback", "dev", "--now", "--reason", "it is slow"]);
    expect([back.exit, `${back.out}${back.err}`]).toEqual([
      15,
      expect.stringMatching(/going back would make aws:dynamodb\/table:Table sales \(as orders, if that is the same\) again, which is gone from the cloud/),
    ]);
    expect(count(home, ":Table")).toBe(0);
  });
});
