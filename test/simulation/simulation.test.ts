import { describe, expect, test } from "vitest";
import { isFull } from "../journeys/estate.ts";
import { foundSeeds } from "./found.ts";
import { controls, type Control } from "./parts/controls.ts";
import { simulate } from "./parts/run.ts";

const seeds = isFull ? 5_000 : 150;
const losses = isFull ? 2_000 : 15;
/** Those whose damage shows only where commits are wrong. */
const ofUnits: ReadonlySet<Control> = new Set<Control>(["re-judging", "rollback guard", "destroy guard", "identity check", "veto"]);
/** Those whose damage shows only where something is rebuilt. */
const ofLosses: ReadonlySet<Control> = new Set<Control>(["taking in", "gate before a rebuild"]);
/** Those that take the longest. */
const onlyFull: ReadonlySet<Control> = new Set<Control>(["kill before takeover", "gate before a rebuild"]);
/** How many seeds a control may need until the damage shows. */
const mostForControl = 400;

describe("the workflows on a virtual clock", () => {
  test(`${losses} seeded losses are rebuilt: what still exists is taken in, and nothing is made twice`, { timeout: 900_000 }, async () => {
    const found: string[] = [];
    for (let seed = 500_001; seed <= 500_000 + losses; seed++)
      found.push(...(await simulate(seed)).violations.map(({ harm, what }) => `seed ${seed}: ${harm}: ${what}`));
    expect(found).toEqual([]);
  });

  test(`${seeds} seeded runs with faults lose nothing, double nothing, and end`, { timeout: 900_000 }, async () => {
    const found: string[] = [];
    let struck = 0;
    for (let at = 1; at <= seeds; at++) {
      const seed = at % 2 === 0 ? at : 100_000 + at;
      const result = await simulate(seed);
      struck += result.struck.length;
      found.push(...result.violations.map(({ harm, what }) => `seed ${seed}: ${harm}: ${what}`));
    }
    expect(found).toEqual([]);
    expect(struck).toBeGreaterThan(seeds / 2);
  });

  test.each(foundSeeds)("seed %i, which has found a defect, finds none", async (seed) => {
    expect((await simulate(seed)).violations).toEqual([]);
  });

  test("the same seed is the same run, step by step", async () => {
    for (const seed of [3, 209, 1_558]) {
      const [once, again, other] = [await simulate(seed, { tells: true }), await simulate(seed, { tells: true }), await simulate(seed + 1)];
      expect(again).toEqual(once);
      expect(other.digest).not.toBe(once.digest);
    }
  });
});

describe("control: without a guard its damage shows", () => {
  const shown: Readonly<Record<Control, readonly string[]>> = {
    gate: ["doubled"],
    lease: ["overlapped", "doubled"],
    "kill before takeover": ["overlapped", "doubled", "lost", "left behind"],
    "own lock": ["stuck"],
    "step journal": ["stuck", "doubled"],
    "re-judging": ["destroyed"],
    "rollback guard": ["destroyed"],
    "destroy guard": ["destroyed"],
    "identity check": ["doubled"],
    veto: ["repeated"],
    "taking in": ["doubled"],
    "gate before a rebuild": ["doubled", "lost"],
  };
  test.each((Object.keys(shown) as Control[]).filter((control) => isFull || !onlyFull.has(control)))("%s", { timeout: 300_000 }, async (control) => {
    const harms = new Set<string>();
    const first = ofLosses.has(control) ? 500_001 : ofUnits.has(control) ? 100_001 : 1;
    for (let seed = first; seed < first + mostForControl && !shown[control].some((harm) => harms.has(harm)); seed++)
      for (const { harm } of (await simulate(seed, { without: controls[control] })).violations) harms.add(harm);
    expect(shown[control].some((harm) => harms.has(harm))).toBe(true);
  });
});
