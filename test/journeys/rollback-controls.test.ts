import { afterEach, describe, expect, test, vi } from "vitest";
import { engine, isFull, set, type Home } from "./estate.ts";
import { cloudLines } from "./evidence.ts";
import { broken, ended, estateOf, inHome, made, net, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

/** Which guard is off now. */
const off = vi.hoisted(() => ({ rollbackGuard: false, veto: false, judgingAgain: false }));

vi.mock("../../src/domain/units/rollback-guard.ts", async (original) => {
  const real = await original<typeof import("../../src/domain/units/rollback-guard.ts")>();
  return { ...real, rollbackRefusals: (asked: Parameters<typeof real.rollbackRefusals>[0]) => (off.rollbackGuard ? [] : real.rollbackRefusals(asked)) };
});
vi.mock("../../src/domain/units/veto.ts", async (original) => {
  const real = await original<typeof import("../../src/domain/units/veto.ts")>();
  const vetoOf: typeof real.vetoOf = (unit, vetoes) => (off.veto ? undefined : real.vetoOf(unit, vetoes));
  return { ...real, vetoOf };
});
vi.mock("../../src/workflows/inspection/index.ts", async (original) => {
  const real = await original<typeof import("../../src/workflows/inspection/index.ts")>();
  const judgeAgain: typeof real.judgeAgain = async (...asked) => (off.judgingAgain ? { problem: undefined, overridden: [] } : real.judgeAgain(...asked));
  return { ...real, judgeAgain };
});
afterEach(() => void Object.assign(off, { rollbackGuard: false, veto: false, judgingAgain: false }));

const tables = (home: Home): readonly string[] => home.cloud.list({ type: "aws:dynamodb/table:Table" }).map(({ id }) => id);

/**
 * A table by a name that comes from elsewhere; by another name it is another table. Where the name is not known yet the program takes the one that it was
 * told, so that a preview shows nothing.
 */
const store = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

interface Read {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<string>;
}

export default defineStack({
  args: z.object({ assumes: z.string() }),
  async program({ assumes }, ctx) {
    const read = ctx.stack("base").output("says") as unknown as Read;
    const id = (await read.isKnown) ? await read.promise() : assumes;
    const table = new aws.dynamodb.Table("orders", { name: "orders-" + id, hashKey: "id", attributes: [{ name: "id", type: "S" }], billingMode: "PAY_PER_REQUEST" });
    return { says: table.name };
  },
});
`;

describe.skipIf(engine === undefined || !isFull)("controls: what would happen", () => {
  test("without the guard of a rollback: a database that is older than the failed commit is deleted", async () => {
    const own = { layer: "machines", args: { cidr: "10.1.0.0/16", tier: "small", table: "own" } } as const;
    await inHome(estateOf({ data: own, shop: net() }), async (home) => {
      off.rollbackGuard = true;
      expect(tables(home)).toEqual(["orders"]);
      await home.land("takes", together(set("shop", { table: "orders" }), broken("shop")));
      expect([ended(await home.apply()), tables(home)]).toEqual([["rolledBack", "ROLLED_BACK", 14], []]);
    });
  });

  test("without the veto: what failed is applied again with every look, and taken back again", async () => {
    await inHome(estateOf({ shop: net() }), async (home) => {
      const changes = async (): Promise<number> => (await cloudLines(home)).filter(({ phase }) => phase === "commit").length;
      const begun = await changes();
      await home.land("fails", together(set("shop", { tier: "large" }), broken("shop")));
      expect([ended(await home.apply()), (await changes()) - begun]).toEqual([["rolledBack", "ROLLED_BACK", 14], 2]);
      expect([ended(await home.apply()), (await changes()) - begun]).toEqual([["refused", "HELD", 11], 2]);
      off.veto = true;
      expect([ended(await home.apply()), (await changes()) - begun]).toEqual([["rolledBack", "ROLLED_BACK", 14], 4]);
    });
  });

  test("without judging again what was unknown: a table is replaced that no guard lets go, and with it all is taken back before that", async () => {
    const reads = { layer: "apps", reads: ["base"], args: { assumes: "" } } as const;
    const files = { ...estateOf({ base: net(), store: reads }, "guards: { maxDestroy: { count: 0 } },"), "stacks/store/index.ts": store };
    await inHome(files, async (home) => {
      const before = tables(home);
      expect(before).toEqual([`orders-${made(home, "base", "net")[0]?.id ?? ""}`]);
      await home.land("second", together(set("base", { second: "10.8.0.0/16" }), set("store", { assumes: before[0]?.slice("orders-".length) })));
      const judged = await home.apply();
      expect([ended(judged), tables(home), made(home, "base", "second")]).toEqual([["rolledBack", "ROLLED_BACK", 14], before, []]);
      expect(judged.problem?.what).toMatch(/replace/);
      expect((await home.run(["retry", "dev"])).exit).toBe(0);
      off.judgingAgain = true;
      expect([ended(await home.apply()), tables(home)]).toEqual([["good", undefined, undefined], [`orders-${made(home, "base", "second")[0]?.id ?? ""}`]]);
    });
  });
});
