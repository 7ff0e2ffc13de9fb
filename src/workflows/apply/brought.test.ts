import { describe, expect, test } from "vitest";
import { broughtBy, broughtTrailer } from "./brought.ts";

const sha = (number: number): string => number.toString(16).padStart(40, "0");
const line = (from: number, to: number): readonly string[] => Array.from({ length: to - from + 1 }, (_, at) => sha(from + at));

describe("what a head brings beside itself", () => {
  test("is nothing where it is the only one, or nothing is new", () => {
    expect([broughtBy(sha(1), [sha(1)]), broughtBy(sha(1), [])]).toEqual([undefined, undefined]);
    expect(broughtTrailer(undefined)).toEqual({});
  });

  test("is each commit before it, the oldest first", () => {
    const brings = broughtBy(sha(3), line(1, 3));
    expect(brings).toEqual({ commits: [sha(1), sha(2)], leftOut: 0 });
    expect(broughtTrailer(brings)).toEqual({ Brings: `${sha(1)}, ${sha(2)}` });
  });

  test("of many names the newest and counts the rest, in a trailer of a bounded length", () => {
    const brings = broughtBy(sha(100), line(1, 100));
    expect(brings).toEqual({ commits: line(50, 99), leftOut: 49 });
    const { Brings: words = "" } = broughtTrailer(brings);
    expect(words).toBe(`${line(90, 99).join(", ")} and 89 more`);
    expect(words.length).toBeLessThan(500);
  });
});
