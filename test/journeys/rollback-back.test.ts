import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, set, type Change, type Home } from "./estate.ts";
import { cloudLines, record, results, runs } from "./evidence.ts";
import { broken, ended, estateOf, inHome, made, mended, net, together, type Declared } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

const reader = (layer: Declared["layer"], reads: readonly string[], version = "1"): Declared => ({ layer, reads, args: { version } });
const versions = (version: string, ...names: readonly string[]): Readonly<Record<string, Change>> => together(...names.map((name) => set(name, { version })));
const stackOf = (urn: string): string => /^urn:pulumi:dev\.([^:]+)::/.exec(urn)?.[1] ?? urn;

/** Whose objects the engine changed since `from` lines of the cloud's ledger, in its order. */
const changedSince = async (home: Home, from: number): Promise<readonly string[]> =>
  (await cloudLines(home))
    .slice(from)
    .filter(({ phase, op }) => phase === "commit" && op !== "read")
    .map(({ op, urn }) => `${op} ${stackOf(urn)}`);

/** Four layers; in the second of them two stacks beside each other. */
const layers = estateOf({
  base: net(),
  left: reader("clusters", ["base"]),
  right: reader("clusters", ["base"]),
  middle: reader("apps", ["left", "right"]),
  last: reader("mesh", ["middle"]),
});

describe.skipIf(engine === undefined || !isFull)("the way back", () => {
  test("goes by the cloud's own ledger from the last wave to the first, no wave before the one above it is through", async () => {
    await inHome(layers, async (home) => {
      const from = (await cloudLines(home)).length;
      await home.land("fails", together(set("base", { tier: "large" }), versions("2", "left", "right", "middle", "last"), broken("last")));
      expect(ended(await home.apply())).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      const changed = await changedSince(home, from);
      const [there, back] = [changed.slice(0, 5), changed.slice(5)];
      const beside = ["update left", "update right"];
      expect([there[0], there.slice(1, 3).toSorted(), ...there.slice(3)]).toEqual(["update base", beside, "update middle", "update last"]);
      // Who went first read what was not yet back: they come once more, in the order of an apply.
      const again = ["update middle", "update last"];
      expect([...back.slice(0, 2), back.slice(2, 4).toSorted(), ...back.slice(4)]).toEqual(["update last", "update middle", beside, "update base", ...again]);
    });
  });

  test("whose own check says no freezes the unit, names its states, and undoes nothing a second time; thawed and retried the change goes on", async () => {
    await inHome(estateOf({ beside: net(), shop: { layer: "machines", args: { cidr: "10.2.0.0/16", tier: "small", table: "own" } } }), async (home) => {
      const well = join(home.folder, "well");
      await writeFile(well, "");
      const good = await home.land("asks", set("works", { shop: `test -e '${well}' || { echo ill; exit 1; }` }));
      expect((await home.apply()).problem?.lines).toBeUndefined();

      // What both commits ask for is gone: neither the change works, nor what it goes back to.
      const from = (await cloudLines(home)).length;
      await rm(well);
      await home.land("moves", set("shop", { tier: "large" }));
      const failed = await home.apply();
      expect(ended(failed)).toEqual(["failed", "ROLLBACK_FAILED", 15]);
      expect(failed.problem?.what).toMatch(/ill.*; and it could not be rolled back: command sh .*ill/);
      expect(failed.problem?.todo).toMatch(/^Its stacks are frozen\. Their states as they were: shop: \S+\. When it is in order: trueup thaw dev/);
      expect(await changedSince(home, from)).toEqual(["update shop", "update shop"]);
      expect([made(home, "shop", "net")[0]?.properties["tags"], made(home, "shop", "orders").length]).toMatchObject([{ tier: "small" }, 1]);
      const { stacks } = await record(home);
      expect([stacks["shop"]?.result, stacks["shop"]?.lastGood?.commit, stacks["beside"]?.result]).toEqual(["failed", good, "good"]);
      const { held } = await home.status();
      expect(held.find(({ kind }) => kind === "freeze")).toMatchObject({
        stacks: ["shop"],
        reason: expect.stringMatching(/ill.*; its rollback failed: .*ill/),
      });
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);

      // What was missing is there again, and a person says so.
      await writeFile(well, "");
      expect((await home.run(["thaw", "dev", "--reason", "it was the check's own file"])).exit).toBe(0);
      await home.run(["retry", "dev", "--reason", "nothing was wrong with it"]);
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect([made(home, "shop", "net")[0]?.properties["tags"], await results(home), (await home.status()).held]).toMatchObject([
        { tier: "large" },
        { beside: "good", shop: "good" },
        [],
      ]);
      expect(await changedSince(home, from)).toEqual(["update shop", "update shop", "update shop"]);
    });
  });
});

/** One more stack, which was never there before. */
function declares(name: string, reads: string): Readonly<Record<string, Change>> {
  const more = estateOf({ [name]: reader("apps", [reads]) });
  const line = String(more["environments/dev/environment.ts"])
    .split("\n")
    .find((one) => one.startsWith(`    ${name}: stack(`));
  return together(
    {
      [`stacks/${name}/index.ts`]: more[`stacks/${name}/index.ts`],
      "environments/dev/environment.ts": (text) => text.replace("  stacks: {\n", `  stacks: {\n${line}\n`),
    },
    set(name, { version: "1" }),
    mended(name),
  );
}

describe.skipIf(engine === undefined || !isFull)("a unit of which only a part was ever good", () => {
  const files = estateOf({ base: { layer: "machines", args: { cidr: "10.1.0.0/16", tier: "small", table: "own" } } });

  test("is frozen as it is where what is new was made and does not work: 15, the words say which was never good, and nothing older is lost", async () => {
    await inHome(files, async (home) => {
      const [older, good] = [made(home, "base", "orders"), (await record(home)).stacks["base"]?.lastGood];
      const from = (await cloudLines(home)).length;
      await home.land("adds", together(declares("fresh", "base"), set("base", { tier: "large" }), broken("fresh")));
      const failed = await home.apply();
      expect(ended(failed)).toEqual(["failed", "ROLLBACK_FAILED", 15]);
      expect(failed.problem?.what).toMatch(
        /broken.*says exit 1.*; it was not rolled back: fresh was never good, so that there is no commit at which all of it worked/,
      );
      expect(failed.problem?.todo).toMatch(/frozen.*trueup thaw dev/);
      expect(await changedSince(home, from)).toEqual(["update base", "create fresh"]);
      expect([made(home, "base", "orders"), made(home, "base", "net")[0]?.properties["tags"]]).toMatchObject([older, { tier: "large" }]);
      expect((await runs(home)).at(-1)).toMatchObject({ result: "failed" });
      expect((await record(home)).stacks).toMatchObject({ base: { lastGood: good }, fresh: { lastGood: null, result: "failed" } });
      const { held } = await home.status();
      expect(held.find(({ kind }) => kind === "freeze")?.stacks.toSorted()).toEqual(["base", "fresh"]);

      await home.land("mends", mended("fresh"));
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);
      expect((await home.run(["thaw", "dev", "--reason", "seen"])).exit).toBe(0);
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect([await results(home), made(home, "base", "orders"), (await home.status()).held]).toEqual([{ base: "good", fresh: "good" }, older, []]);
    });
  });

  test("goes back where nothing was made of what is new: the older part is where it was last good", async () => {
    await inHome(files, async (home) => {
      const [older, from] = [made(home, "base", "orders"), (await cloudLines(home)).length];
      home.cloud.fault.add({ kind: "fail-before", urn: "*dev.fresh::*", message: "no room" });
      await home.land("adds", together(declares("fresh", "base"), set("base", { tier: "large" })));
      const failed = await home.apply();
      expect([ended(failed), failed.problem?.what]).toEqual([["rolledBack", "ROLLED_BACK", 14], expect.stringMatching(/no room.*; rolled back: base to /)]);
      expect(await changedSince(home, from)).toEqual(["update base", "update base"]);
      expect([made(home, "base", "orders"), made(home, "base", "net")[0]?.properties["tags"], made(home, "fresh", "said")]).toMatchObject([
        older,
        { tier: "small" },
        [],
      ]);
    });
  });
});
