import { describe, expect, it } from "vitest";
import { nextTry } from "./patience.ts";

const at = new Date("2026-11-21T08:00:00.000Z");
const failed = (count: number): { at: Date; result: string }[] => Array.from({ length: count }, () => ({ at, result: "failed" }));
const minutes = (attempts: Parameters<typeof nextTry>[0]): number | undefined => {
  const next = nextTry(attempts);
  return next === undefined ? undefined : (next.getTime() - at.getTime()) / 60_000;
};

describe("a head that did not become live", () => {
  it.each([
    [0, undefined],
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 60],
    [30, 60],
  ])("is tried again after %i failures in %s minutes", (count, wait) => {
    expect(minutes(failed(count))).toBe(wait);
  });

  it("is tried at once when its last try was cancelled, and begins to count anew after a good one", () => {
    expect(minutes([{ at, result: "cancelled" }, ...failed(3)])).toBeUndefined();
    expect(minutes([...failed(1), { at, result: "good" }, ...failed(5)])).toBe(5);
    expect(minutes([{ at, result: "good" }])).toBeUndefined();
  });
});
