import { describe, expect, test, vi } from "vitest";
import { engine, isFull, set, type Home } from "./estate.ts";
import { cloudLines, results, runs, wholePicture } from "./evidence.ts";
import { broken, ended, estateOf, inHome, made, mended, net, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

const tier = (home: Home, stack: string): unknown => made(home, stack, "net").map(({ properties }) => properties["tags"]);
/** Stack → tier, as it lives. */
const tiers = (home: Home): unknown => [tier(home, "east"), tier(home, "west")];
const told = (east: string, west: string): object => [[{ tier: east }], [{ tier: west }]];

describe.skipIf(engine === undefined || !isFull)("two teams in one environment", () => {
  test("of whom one fails: the other's unit goes through in the same run, is not undone, and its later commits go on while the first is held", async () => {
    await inHome(estateOf({ east: net(), west: net() }), async (home) => {
      await home.land("east", together(set("east", { tier: "large" }), broken("east")));
      await home.land("west", set("west", { tier: "large" }));
      const both = await home.apply();
      expect([ended(both), tiers(home)]).toMatchObject([["rolledBack", "ROLLED_BACK", 14], told("small", "large")]);
      expect(both.units.map(({ phases }) => String(phases.at(-1)?.state)).toSorted()).toEqual(["good", "rolledBack"]);

      await home.land("west-again", set("west", { tier: "huge" }));
      const alone = await home.apply();
      expect([alone.stacks.map(({ affected, result }) => `${affected.stack.name} ${result}`), tiers(home)]).toMatchObject([
        ["west good"],
        told("small", "huge"),
      ]);
      expect(alone.end).toBe("good");
      // Each unit says in the ledger which way it went; what was held as well.
      const states = (...all: readonly string[]) => ({ phases: all.map((state) => expect.objectContaining({ state }) as unknown) });
      const units = [states("planned", "gated", "applying", "verifying", "good"), states("planned", "vetoed")];
      expect((await runs(home)).at(-1)).toMatchObject({ units });
      expect((await home.status()).held.map(({ kind, stacks }) => [kind, stacks])).toEqual([["veto", ["east"]]]);

      // What comes in between never makes the first one's head live, so that it stays in sight.
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);
      await home.land("mends", mended("east"));
      expect([ended(await home.apply()), tiers(home)]).toMatchObject([["good", undefined, undefined], told("large", "huge")]);
      expect([(await home.status()).held, ended(await home.apply())]).toEqual([[], ["nothing", undefined, undefined]]);
    });
  });

  test("of whom one is refused by a guard: the other's unit goes through, and the run says why the first did not", async () => {
    const guards = "guards: { maxDestroy: { count: 0 } },";
    await inHome(estateOf({ east: net(), west: net() }, guards), async (home) => {
      await home.land("east", set("east", { cidr: "10.7.0.0/16" }));
      await home.land("west", set("west", { tier: "large" }));
      const [before] = made(home, "east", "net");
      const run = await home.apply();
      expect([ended(run), tiers(home), made(home, "east", "net")]).toMatchObject([["refused", "GUARD_REFUSED", 13], told("small", "large"), [before]]);
      expect(run.units.map(({ unit, phases }) => [unit.waves.flat().map(({ stack }) => stack.name), phases.at(-1)?.state])).toEqual(
        expect.arrayContaining([
          [["east"], "refused"],
          [["west"], "good"],
        ]),
      );
      // A guard's no is no failure: it is asked again each time, and is passed by whoever may.
      expect([ended(await home.apply()), (await home.status()).held.filter(({ kind }) => kind === "veto")]).toEqual([["refused", "GUARD_REFUSED", 13], []]);
      expect(await results(home)).toEqual({ east: "good", west: "good" });
    });
  });
});

describe.skipIf(engine === undefined || !isFull)("trueup retry", () => {
  test("lets what failed go once more as it is, of one stack or of all, and tells who said so; it fails again like the first time", async () => {
    await inHome(estateOf({ east: net(), west: net() }), async (home) => {
      await home.land("east", together(set("east", { tier: "large" }), broken("east")));
      await home.land("west", set("west", { tier: "large" }));
      const fault = home.cloud.fault.add({ kind: "fail-before", urn: "*dev.west::*", message: "the cloud is tired" });
      // Of west nothing moved: it is not rolled back, and all the same not tried again as it is.
      expect(ended(await home.apply())).toEqual(["failed", "ENGINE_FAILED", 1]);
      expect(tiers(home)).toMatchObject(told("small", "small"));
      expect((await home.status()).held.map(({ kind, stacks }) => `${kind} ${stacks.join()}`).toSorted()).toEqual(["veto east", "veto west"]);
      home.cloud.fault.clear(fault.id);
      expect(ended(await home.apply())).toEqual(["refused", "HELD", 11]);

      const asked = await home.run(["retry", "dev", "--stack", "west", "--reason", "the cloud is well"]);
      expect([asked.exit, asked.out]).toEqual([0, expect.stringContaining("west")]);
      const west = await home.apply();
      expect([west.end, tiers(home), west.stacks.map(({ affected }) => affected.stack.name)]).toMatchObject(["good", told("small", "large"), ["west"]]);

      expect((await home.run(["retry", "dev"])).exit).toBe(0);
      const again = await home.apply();
      expect([ended(again), tiers(home)]).toMatchObject([["rolledBack", "ROLLED_BACK", 14], told("small", "large")]);
      expect((await home.status()).held.map(({ kind, stacks }) => [kind, stacks])).toEqual([["veto", ["east"]]]);
    });
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp, number])[] = [
    ["nothing failed", ["retry", "dev"], /^USAGE: nothing is held because it failed$/, 2],
    ["a stack that nobody declared", ["retry", "dev", "--stack", "esat"], /^USAGE: nothing with esat in it is held because it failed$/, 2],
    ["an environment that there is not", ["retry", "prod"], /^ENVIRONMENT_UNKNOWN: .*prod/, 6],
    ["no environment", ["retry"], /^USAGE: /, 2],
    ["a stack without a name", ["retry", "dev", "--stack"], /^USAGE: .*--stack/, 2],
    ["a reason that says nothing", ["retry", "dev", "--reason", " "], /^USAGE: no reason was given/, 2],
    ["a reason that is a book", ["retry", "dev", "--reason", "x".repeat(5_000)], /^USAGE: the reason has 5000 characters/, 2],
    ["two environments", ["retry", "dev", "prod"], /^USAGE: /, 2],
  ];
  test("said where it means nothing ends with three lines and changes nothing; of a stack that is held by another name it tells which", async () => {
    await inHome(estateOf({ east: net() }), async (home) => {
      const before = await wholePicture(home);
      for (const [name, args, says, code] of wrong) {
        const { exit, lines } = await home.run(args);
        expect([name, exit, lines.length, lines[0]]).toEqual([name, code, 3, expect.stringMatching(says)]);
      }
      expect(await wholePicture(home)).toEqual(before);
      await home.land("fails", together(set("east", { tier: "large" }), broken("east")));
      expect(ended(await home.apply())).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      const [held, lines] = [await wholePicture(home), (await cloudLines(home)).length];
      const near = await home.run(["retry", "dev", "--stack", "esat"]);
      expect([near.exit, near.lines[2]]).toEqual([2, expect.stringMatching(/Held are: east\. .*east/)]);
      expect([await wholePicture(home), (await cloudLines(home)).length]).toEqual([held, lines]);
    });
  });
});
