import { describe, expect, test } from "vitest";
import type { Harm, SimulationBatch } from "./record.ts";
import { reliabilityReport } from "./report.ts";

/** So many runs from a seed on; those that missed, by seed. */
function batch(from: number, runs: number, missed: readonly (readonly [seed: number, harm: Harm])[] = []): SimulationBatch {
  const misses = missed.map(([seed, harm]) => ({ seed, kind: "engine killed", harm, what: "something" }));
  const facts = { date: "2026-11-21T15:00:00.000Z", commit: "abc1234", seconds: 1, faults: { "engine killed": runs } };
  return { rig: "simulation", ...facts, seeds: { from, to: from + runs - 1 }, runs, misses };
}

const since = (...batches: readonly SimulationBatch[]): string | undefined =>
  /- since the last miss on record: (.*)/.exec(reliabilityReport(batches).split("###")[2] ?? "")?.[1];

describe("what is told of simulated runs", () => {
  test("counts a run that went wrong once, however many misses tell it, and by each of its harms", () => {
    const told = reliabilityReport([
      batch(1, 100),
      batch(101, 100, [
        [150, "lost"],
        [150, "lost"],
        [150, "doubled"],
        [160, "lost"],
      ]),
    ]);
    expect(told).toContain("200 runs with 200 faults in 2 s. Runs that were harmed:");
    expect(told).toContain("- lost: 2 in 200: 1.00 %\n- doubled: 1 in 200: 0.50 %\n- overlapped: none in 200: the rate is below 1.50 % at 95 %");
    expect(told).toContain("- in any way: 2 in 200: 1.00 %");
  });

  test("since the last miss are the batches after it, and of its own what has a higher seed than every miss of it", () => {
    const missed = batch(101, 100, [
      [160, "lost"],
      [150, "lost"],
    ]);
    expect(since(batch(1, 100), missed)).toBe("none in 40: the rate is below 7.50 % at 95 %");
    expect(since(batch(1, 100), missed, batch(900, 60))).toBe("none in 100: the rate is below 3.00 % at 95 %");
    // The order of the record counts: seeds are drawn from anywhere.
    expect(since(batch(1, 100), missed, batch(50, 60))).toBe("none in 100: the rate is below 3.00 % at 95 %");
  });

  test("is everything where nothing ever missed, and nothing where the last run of all did", () => {
    expect(since(batch(1, 300))).toBe("none in 300: the rate is below 1.00 % at 95 %");
    expect(since(batch(1, 300, [[300, "stuck"]]))).toBe("nothing is known");
  });
});
