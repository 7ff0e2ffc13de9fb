import { describe, expect, test, vi } from "vitest";
import { liftHolds, setHold } from "../../src/workflows/holds/index.ts";
import { engine, isFull, newHome, set, type Change, type Home } from "./estate.ts";
import { cloudLines, record, results, runs } from "./evidence.ts";
import { doneSince } from "./main-job.ts";
import { applyWith, broken, ended, estateOf, inHome, made, mended, net, objects, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

const says = (home: Home, stack: string): unknown => made(home, stack, "said").map(({ properties }) => properties["data"]);
const reader = (layer: "clusters" | "apps", reads: readonly string[]): Parameters<typeof estateOf>[0][string] => ({ layer, reads, args: { version: "1" } });

/** Three waves; two stacks of the second run at once. */
const threeWaves = estateOf({
  base: net(),
  left: reader("clusters", ["base"]),
  right: reader("clusters", ["base"]),
  last: reader("apps", ["left", "right"]),
});

describe.skipIf(engine === undefined || !isFull)("a unit of three waves whose second one fails", () => {
  test("lets end what runs, begins no third wave, and goes back; who reads what was replaced on the way reads what is there", async () => {
    await inHome(threeWaves, async (home) => {
      const before = await record(home);
      const [old] = made(home, "base", "net");
      await home.land("fails", together(set("base", { cidr: "10.3.0.0/16" }), ...["left", "right", "last"].map((name) => set(name, { version: "2" }))));
      home.cloud.fault.add({ kind: "fail-before", urn: "*dev.left::*", times: 1, message: "left is tired" });
      home.cloud.fault.add({ kind: "latency", urn: "*dev.right::*", times: 1, latencyMs: 8_000 });
      const [begun, from] = [[] as string[], (await cloudLines(home)).length];
      const failed = await applyWith(home, { on: (stack, state) => void begun.push(`${stack} ${state}`) });
      expect([ended(failed), failed.problem?.what]).toEqual([["rolledBack", "ROLLED_BACK", 14], expect.stringContaining("left is tired")]);
      expect([begun.includes("right applied") || begun.includes("right verified"), begun.includes("last applying")]).toEqual([true, false]);
      // Two networks have been there since the first: the new one, and the one that took its place.
      const [net] = made(home, "base", "net");
      const id = net?.id;
      expect([made(home, "base", "net").length, net?.properties["cidrBlock"], id === old?.id]).toEqual([1, "10.1.0.0/16", false]);
      expect([says(home, "left"), says(home, "right")]).toEqual([[{ base: id, version: "1" }], [{ base: id, version: "1" }]]);
      expect(says(home, "last")).toEqual([{ left: `${id} 1`, right: `${id} 1`, version: "1" }]);
      const done = await doneSince(home, from);
      expect(done.filter((one) => one.endsWith(" net")).toSorted()).toEqual(["create net", "create net", "delete net", "delete net"]);
      const after = await record(home);
      expect(await results(home)).toEqual({ base: "good", left: "good", right: "good", last: "good" });
      expect(Object.values(after.stacks).map(({ lastGood }) => lastGood?.commit)).toEqual(Object.values(before.stacks).map(({ lastGood }) => lastGood?.commit));
      expect((await home.drift()).stacks.flatMap(({ findings }) => findings)).toEqual([]);

      // The cloud is well: said so, the same goes through.
      home.cloud.fault.clear();
      expect((await home.run(["retry", "dev", "--reason", "left was tired"])).exit).toBe(0);
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect(says(home, "last")).toEqual([{ left: `${made(home, "base", "net")[0]?.id} 2`, right: expect.any(String), version: "2" }]);
    });
  });
});

const twoWaves = (more = ""): Readonly<Record<string, Change>> => estateOf({ base: net(), last: reader("apps", ["base"]) }, more);

describe.skipIf(engine === undefined || !isFull)("a unit that is at work", () => {
  test("goes back where a merge came meanwhile too; that merge is what the next apply tries, and where it mends nothing is held any more", async () => {
    await inHome(twoWaves(), async (home) => {
      const before = objects(home);
      const bad = await home.land("fails", together(set("base", { tier: "large" }), set("last", { version: "2" }), broken("last")));
      let merging: Promise<string> | undefined;
      const failed = await applyWith(home, {
        on: (stack, state) => {
          if (stack === "base" && state === "applying") merging ??= home.land("mends", mended("last"));
        },
      });
      const mend = await merging;
      expect([ended(failed), objects(home), failed.branch.head]).toEqual([["rolledBack", "ROLLED_BACK", 14], before, bad]);
      expect((await home.status()).held).toMatchObject([{ kind: "veto" }]);
      const next = await home.apply();
      expect([ended(next), next.branch.head]).toEqual([["good", undefined, undefined], mend]);
      expect([says(home, "last"), (await home.status()).held]).toEqual([[expect.objectContaining({ version: "2" })], []]);
    });
  });

  test("goes back where a window closes between its waves, passing the window; when it opens it comes again by itself", async () => {
    const windows = 'windows: [{ kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin" }],';
    // An hour is left: on a busy machine too, a run fits into that.
    const monday = Date.parse("2026-11-23T15:00:00.000Z");
    const home = await newHome(twoWaves(windows));
    try {
      let at = monday;
      const clock = (): Date => new Date(at);
      expect(ended(await applyWith(home, { at: clock }))).toEqual(["good", undefined, undefined]);
      const before = objects(home);
      await home.land("moves", together(set("base", { tier: "large" }), set("last", { version: "2" })));
      const stopped = await applyWith(home, {
        at: clock,
        on: (stack, state) => {
          if (stack === "base" && state === "verified") at = monday + 61 * 60_000;
        },
      });
      expect([ended(stopped), objects(home)]).toEqual([["rolledBack", "ROLLED_BACK", 14], before]);
      expect(stopped.problem?.what).toMatch(/^no window for it is open: .*; rolled back: /);
      expect((await home.status()).held.filter(({ kind }) => kind === "veto")).toEqual([]);
      const closed = await applyWith(home, { at: clock });
      expect([ended(closed), closed.problem?.what]).toEqual([["refused", expect.any(String), 11], expect.stringMatching(/^no window for it is open/)]);
      at = Date.parse("2026-11-24T07:30:00.000Z");
      expect(ended(await applyWith(home, { at: clock }))).toEqual(["good", undefined, undefined]);
      expect(says(home, "last")).toEqual([expect.objectContaining({ version: "2" })]);
    } finally {
      await home.remove();
    }
  });

  test("is left as it is where somebody froze it before it failed; thawed, what mends it goes on from there", async () => {
    await inHome(twoWaves(), async (home) => {
      await home.land("fails", together(set("base", { tier: "large" }), set("last", { version: "2" }), set("works", { last: "sleep 15; exit 1" })));
      const estate = await home.open();
      let freezing: Promise<unknown> | undefined;
      const failed = await applyWith(home, {
        on: (stack, state) => {
          if (stack !== "last" || state !== "applying") return;
          freezing ??= setHold(estate, { environment: "dev", kind: "freeze", reason: "I look at it" }, new Date(Date.now() + 3_600_000));
        },
      });
      await freezing;
      expect([ended(failed), (await runs(home)).at(-1)?.["result"]]).toEqual([["failed", "VERIFY_FAILED", 1], "failed"]);
      expect([made(home, "base", "net")[0]?.properties["tags"], says(home, "last")]).toMatchObject([{ tier: "large" }, [{ version: "2" }]]);
      await home.land("mends", mended("last"));
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);
      await liftHolds(estate, { environment: "dev", kind: "freeze", reason: "seen" });
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect((await home.status()).held).toEqual([]);
    });
  });
});
