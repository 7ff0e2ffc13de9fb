import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRecord } from "../../scripts/torture/record.ts";
import { foundSeeds } from "../simulation/found.ts";
import { replayedSeeds } from "./simulated.ts";

const root = join(import.meta.dirname, "../..");

interface Row {
  readonly seeds: readonly number[];
  /** Where it is played, in words and by the tests that are named. */
  readonly played: string;
  readonly named: readonly { readonly file: string; readonly title: string }[];
  /** Seeds whose simulated sequence the tests play. */
  readonly replayed: readonly number[];
}

function rowOf(line: string): readonly Row[] {
  const [, seeds = "", , played = "", beside = ""] = line.split("|").map((cell) => cell.trim());
  if (!/^\d/.test(seeds)) return [];
  const named = [...`${played}; ${beside}`.matchAll(/`([^`]+\.ts)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title }));
  const replayed = /simulated\.test\.ts` "[^"]+" \(([\d, ]+)\)/.exec(played)?.[1] ?? "";
  return [{ seeds: seeds.split(", ").map(Number), played, named, replayed: replayed === "" ? [] : replayed.split(", ").map(Number) }];
}

const rows = readFileSync(join(root, "docs/replays.md"), "utf8").split("\n").flatMap(rowOf);

describe("the table of what the simulation found", () => {
  test("has every seed that found something, those on record too, once", () => {
    const missed = readRecord(join(root, "docs/reliability.jsonl")).flatMap((batch) =>
      batch.rig === "simulation" ? batch.misses.map(({ seed }) => seed) : [],
    );
    const told = rows.flatMap(({ seeds }) => seeds);
    expect([...new Set([...foundSeeds, ...missed])].filter((seed) => !told.includes(seed))).toEqual([]);
    expect(told.filter((seed, at) => told.indexOf(seed) !== at)).toEqual([]);
  });

  test("names only tests that there are", () => {
    const absent = rows.flatMap(({ named }) => named).filter(({ file, title }) => !readFileSync(join(root, file), "utf8").includes(title));
    expect([rows.flatMap(({ named }) => named).length > 10, absent]).toEqual([true, []]);
  });

  test("says of each row how it is played on the real engine, or why it is not", () => {
    expect(rows.filter(({ played, named }) => named.length === 0 && !/^not: .{10,}$/.test(played)).map(({ seeds }) => seeds)).toEqual([]);
  });

  test("names as played by their sequence those that are, and all of them", () => {
    expect(rows.flatMap(({ replayed }) => replayed).toSorted((a, b) => a - b)).toEqual(replayedSeeds);
  });
});
