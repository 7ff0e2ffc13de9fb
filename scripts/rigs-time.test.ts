import { expect, test } from "vitest";
import { rigsTime } from "./rigs-time.ts";

const file = (name: string, ms: number): { readonly file: string; readonly ms: number } => ({ file: `/clone/test/${name}`, ms });

test("what the rigs take of the slice is told, other files left out, and that it is over their bound", () => {
  expect(rigsTime([file("journeys/drift.test.ts", 600_000), file("torture/torture.test.ts", 61_000), file("simulation/simulation.test.ts", 60_500)], 20)).toBe(
    "torture and simulation: 2 min 1 s in 2 files, at most 3 min 0 s",
  );
  const long = [file("torture/torture.test.ts", 120_000), file("simulation/simulation.test.ts", 61_000)];
  const over = "torture and simulation: 3 min 1 s in 2 files, OVER their 3 min 0 s: ";
  expect(rigsTime(long, 1.5)).toBe(`${over}leave something of test/torture/torture.test.ts, the longest, to the full run`);
  expect(rigsTime(long, 20)).toBe(`${over}others had work on this machine (a load of 20.0); look again where nothing else runs`);
  expect(rigsTime([file("journeys/torture/x.test.ts", 1)], 1)).toBeUndefined();
});
