import { describe, expect, test, vi } from "vitest";
import { engine, isFull, set, type Change, type Home } from "./estate.ts";
import { cloudLines, picture, record, results } from "./evidence.ts";
import { applyWith, broken, ended, estateOf, inHome, made, mended, objects, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

const deletes = async (home: Home): Promise<readonly string[]> =>
  (await cloudLines(home)).filter(({ op }) => op === "delete").map(({ urn, type }) => `${type} ${urn.split("::").at(-1)}`);

/** Its own table is older than what the other stack does with it. */
const data = { layer: "machines", args: { cidr: "10.1.0.0/16", tier: "small", table: "own" } } as const;
const shop = { layer: "machines", args: { cidr: "10.2.0.0/16", tier: "small" } } as const;

describe.skipIf(engine === undefined || !isFull)("a rollback", () => {
  test("deletes no older database that the failed commit took in: it stays frozen with 15, names the states, and a person goes on", async () => {
    await inHome(estateOf({ data, shop }), async (home) => {
      await home.land("takes", together(set("shop", { table: "orders", tier: "large" }), broken("shop")));
      const failed = await home.apply();
      expect(ended(failed)).toEqual(["failed", "ROLLBACK_FAILED", 15]);
      expect(failed.problem?.what).toMatch(
        /says exit 1.*; and it could not be rolled back: going back would delete aws:dynamodb\/table:Table orders: it may hold data/,
      );
      expect(await deletes(home)).toEqual([]);
      expect(home.cloud.list({ type: "aws:dynamodb/table:Table" }).map(({ id }) => id)).toEqual(["orders"]);
      const { held } = await home.status();
      expect(held.map(({ kind, stacks }) => [kind, stacks])).toContainEqual(["freeze", ["shop"]]);
      expect(held.find(({ kind }) => kind === "freeze")?.reason).toMatch(
        /says exit 1.*; its rollback failed: going back would delete .* orders: it may hold data/,
      );

      // Frozen is frozen, also for what would mend it; thawed, the next head is applied.
      await home.land("mends", mended("shop"));
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);
      expect((await home.run(["thaw", "dev", "--reason", "it works by hand"])).exit).toBe(0);
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect([await results(home), (await home.status()).held, await deletes(home)]).toEqual([{ data: "good", shop: "good" }, [], []]);
    });
  });

  test("deletes nothing else either that it only took in, however new that is to the state", async () => {
    await inHome(estateOf({ data, shop }), async (home) => {
      const [older] = made(home, "data", "net");
      await home.land("takes", together(set("shop", { takes: older?.id ?? "" }), broken("shop")));
      const failed = await home.apply();
      expect([ended(failed), failed.problem?.what]).toEqual([
        ["failed", "ROLLBACK_FAILED", 15],
        expect.stringMatching(/going back would delete aws:ec2\/vpc:Vpc given: /),
      ]);
      expect([await deletes(home), made(home, "data", "net")]).toEqual([[], [older]]);
    });
  });

  test("deletes nothing that was taken in by a commit before it, though the program no longer says so", async () => {
    await inHome(estateOf({ data, shop }), async (home) => {
      const [older] = made(home, "data", "net");
      await home.land("takes", together(set("shop", { takes: older?.id ?? "" }), broken("shop")));
      expect(ended(await home.apply())).toEqual(["failed", "ROLLBACK_FAILED", 15]);
      expect((await home.run(["thaw", "dev", "--reason", "it is ours now"])).exit).toBe(0);
      await home.land("forgets", { "stacks/network/index.ts": (text) => text.replace(", { import: args.takes }", "") });
      const failed = await home.apply();
      expect([ended(failed), failed.problem?.what]).toEqual([
        ["failed", "ROLLBACK_FAILED", 15],
        expect.stringMatching(/going back would delete aws:ec2\/vpc:Vpc given: it was there before, and was only taken in/),
      ]);
      expect([await deletes(home), made(home, "data", "net")]).toEqual([[], [older]]);
    });
  });

  test("deletes nothing that the failed commit took in for what it replaced", async () => {
    const away = (text: string): string => `if (args.cidr === "10.2.0.0/16") new aws.ec2.Vpc("away", ${text});`;
    const files = estateOf({ data: { ...data, args: { cidr: "10.1.0.0/16", tier: "small" } }, shop });
    const own = away(`{ cidrBlock: "10.8.0.0/16" }`);
    const source = String(files["stacks/network/index.ts"]).replace("const second =", `${own}\n    const second =`);
    await inHome({ ...files, "stacks/network/index.ts": source }, async (home) => {
      const [other] = made(home, "data", "net");
      const takes = away(`{ cidrBlock: "10.1.0.0/16", tags: { tier: "small" } }, { import: "${other?.id ?? ""}" }`);
      await home.land("takes", together({ "stacks/network/index.ts": (text) => text.replace(own, takes) }, broken("shop")));
      const failed = await home.apply();
      expect([ended(failed), failed.problem?.what]).toEqual([
        ["failed", "ROLLBACK_FAILED", 15],
        expect.stringMatching(/going back would replace aws:ec2\/vpc:Vpc away: nobody knows whether it is older/),
      ]);
      expect(made(home, "data", "net")).toEqual([other]);
    });
  });

  test("deletes and replaces what the failed commit itself made or replaced", async () => {
    await inHome(estateOf({ shop }), async (home) => {
      await home.land("replaces", together(set("shop", { cidr: "10.3.0.0/16" }), broken("shop")));
      const failed = await home.apply();
      expect(ended(failed)).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      expect(made(home, "shop", "net").map(({ properties }) => properties["cidrBlock"])).toEqual(["10.2.0.0/16"]);
      expect(await results(home)).toEqual({ shop: "good" });
    });
  });

  test("deletes what the failed commit made by half, also where it did nothing else", async () => {
    await inHome(estateOf({ shop }), async (home) => {
      const before = objects(home);
      home.cloud.fault.add({ kind: "partial", op: "create", type: "aws:ec2/vpc:Vpc" });
      await home.land("adds", set("shop", { second: "10.4.0.0/16" }));
      expect(ended(await home.apply())).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      expect([objects(home), await results(home)]).toEqual([before, { shop: "good" }]);
    });
  });

  test("loses nothing where the older one is gone already, for one that then was not made: it makes the older one again, and leaves it", async () => {
    const role = (path: string): string => `new aws.iam.Role("role", { name: "the-role", path: "/${path}/", assumeRolePolicy: "{}" });`;
    const network = (edit: (text: string) => string): Readonly<Record<string, Change>> => ({ "stacks/network/index.ts": edit });
    const files = estateOf({ shop });
    const source = String(files["stacks/network/index.ts"]).replace("const second =", `${role("one")}\n    const second =`);
    await inHome({ ...files, ...network(() => source) }, async (home) => {
      const paths = (): unknown => home.cloud.list({ type: "aws:iam/role:Role" }).map(({ inputs }) => inputs["path"]);
      expect(paths()).toEqual(["/one/"]);
      home.cloud.fault.add({ kind: "fail-before", op: "create", type: "aws:iam/role:Role", times: 1 });
      await home.land(
        "renews",
        network((text) => text.replace("/one/", "/two/")),
      );
      expect(ended(await home.apply())).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      expect([paths(), new Set(await deletes(home)).size, (await deletes(home)).length]).toEqual([["/one/"], 1, 2]);
      expect(await results(home)).toEqual({ shop: "good" });
    });
  });

  test("of what goes forward only is none: it stays frozen as it is with 15, and what stands beside it goes on", async () => {
    await inHome(estateOf({ data: { ...data, args: shop.args }, shop: { ...shop, more: 'rollback: "forward-only"' } }), async (home) => {
      await home.land("migrates", together(set("shop", { tier: "large" }), broken("shop")));
      const from = (await cloudLines(home)).length;
      const failed = await home.apply();
      expect(ended(failed)).toEqual(["failed", "ROLLBACK_FAILED", 15]);
      expect(failed.problem?.lines.join("\n")).toMatch(/it was not rolled back: shop goes forward only \(rollback: "forward-only"\)[^]*trueup thaw dev/);
      expect(made(home, "shop", "net")[0]?.properties["tags"]).toMatchObject({ tier: "large" });
      expect(
        (await cloudLines(home))
          .slice(from)
          .filter(({ phase }) => phase === "commit")
          .map(({ op }) => op),
      ).toEqual(["update"]);

      await home.land("beside", set("data", { tier: "large" }));
      const beside = await home.apply();
      expect(made(home, "data", "net")[0]?.properties["tags"]).toMatchObject({ tier: "large" });
      expect([ended(beside), await results(home)]).toEqual([expect.anything(), { data: "good", shop: "failed" }]);
    });
  });

  test("waits where the cloud asks to slow down, and goes on", async () => {
    await inHome(estateOf({ shop }), async (home) => {
      await home.land("fails", together(set("shop", { tier: "large" }), broken("shop")));
      const failed = await applyWith(home, {
        on: (stack, state) => {
          if (state === "rolling back") home.cloud.fault.add({ kind: "throttle", op: "update", urn: `*dev.${stack}::*`, times: 1 });
        },
      });
      expect(ended(failed)).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      const updates = (await cloudLines(home)).filter(({ op, phase }) => op === "update" && phase !== "begin").map(({ phase }) => phase);
      expect([made(home, "shop", "net")[0]?.properties["tags"], updates]).toMatchObject([{ tier: "small" }, ["commit", "fail", "commit"]]);
    });
  });

  test("that fails on its way freezes, tries nothing else, and says what the states were; a person thaws it and pushes what mends it", async () => {
    await inHome(estateOf({ shop }), async (home) => {
      await home.land("fails", together(set("shop", { tier: "large" }), broken("shop")));
      const failed = await applyWith(home, {
        on: (stack, state) => {
          if (state === "rolling back") home.cloud.fault.add({ kind: "fail-before", urn: `*dev.${stack}::*`, message: "the cloud is closed" });
        },
      });
      expect(ended(failed)).toEqual(["failed", "ROLLBACK_FAILED", 15]);
      expect(failed.problem?.what).toMatch(/broken.*; and it could not be rolled back: .*the cloud is closed/);
      expect(failed.problem?.todo).toMatch(/^Its stacks are frozen\. Their states as they were: shop: \S+\. When it is in order: trueup thaw dev/);
      expect((await record(home)).stacks["shop"]?.result).toBe("failed");
      home.cloud.fault.clear();
      const before = await picture(home);
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);
      await home.land("mends", together(set("shop", { tier: "medium" }), mended("shop")));
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);
      expect((await picture(home)).cloud).toBe(before.cloud);
      expect((await home.run(["thaw", "dev", "--reason", "looked at it"])).exit).toBe(0);
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect(made(home, "shop", "net")[0]?.properties["tags"]).toMatchObject({ tier: "medium" });
      expect([(await home.status()).held, objects(home)]).toEqual([[], expect.any(Array)]);
    });
  });
});
