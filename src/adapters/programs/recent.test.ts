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
});
