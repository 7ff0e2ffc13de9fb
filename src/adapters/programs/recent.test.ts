import { describe, expect, it } from "vitest";
import { Recent } from "./recent.ts";

describe("recent answers", () => {
  it("are asked for once, also by two who ask at the same time, and the one that nobody asked for longest is given up", async () => {
    const recent = new Recent<number>(2);
    let asked = 0;
    const of = (question: string): Promise<number> => recent.of(question, () => Promise.resolve(++asked));
    expect(await Promise.all([of("a"), of("a"), of("b"), of("a")])).toEqual([1, 1, 2, 1]);
    expect(await of("c")).toBe(3);
    expect([await of("a"), await of("b")]).toEqual([1, 4]);
  });

  it("that failed are asked for again", async () => {
    const recent = new Recent<string>(2);
    await expect(recent.of("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await recent.of("a", () => Promise.resolve("yes"))).toBe("yes");
  });

  it("that are heavy are given up sooner, down to a few", async () => {
    const recent = new Recent<number>(10, { of: (weight) => weight, most: 100, least: 2 });
    const asked: string[] = [];
    const of = (question: string, weight: number): Promise<number> => recent.of(question, () => (asked.push(question), Promise.resolve(weight)));
    for (const question of ["a", "b", "c"]) await of(question, 30);
    await of("a", 30);
    await of("d", 40);
    // 130 without the giving up of b, which nobody asked for longest.
    for (const question of ["a", "c", "d"]) await of(question, 1);
    expect(asked).toEqual(["a", "b", "c", "d"]);
    await of("vast", 1_000);
    for (const question of ["d", "vast"]) await of(question, 1);
    expect(asked.slice(4)).toEqual(["vast"]);
    await of("c", 1);
    expect(asked.slice(5)).toEqual(["c"]);
  });
});
