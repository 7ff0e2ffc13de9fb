import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDue, nextLook } from "./due.ts";

const at = (text: string): Date => new Date(`2026-11-21T${text}Z`);

describe("when a stack is looked at", () => {
  it("is every time without a schedule, and at once when it never was", () => {
    expect([isDue(undefined, at("09:59:59"), at("10:00:00")), isDue("0 3 * * *", undefined, at("10:00:00"))]).toEqual([true, true]);
  });

  it("is from the first start after the last look on", () => {
    expect([at("10:29:59"), at("10:30:00"), at("12:00:00")].map((now) => isDue("*/30 * * * *", at("10:00:07"), now))).toEqual([false, true, true]);
    expect(nextLook("0 3 * * *", at("10:00:00"))?.toISOString()).toBe("2026-11-22T03:00:00.000Z");
  });

  it("is never for a day that does not come, and an error for what is no schedule", () => {
    expect(isDue("0 0 31 2 *", at("10:00:00"), new Date("2029-01-01T00:00:00Z"))).toBe(false);
    expect(() => isDue("often", at("10:00:00"), at("11:00:00"))).toThrow(/"often" is no cron expression/);
  });

  it("is once per start, however often and irregularly it is asked, also over a runner that dies", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.boolean()), { maxLength: 100 }), (asks) => {
        let now = at("10:00:00").getTime();
        let last: Date | undefined;
        const looks: number[] = [];
        for (const [seconds, dies] of asks) {
          now += seconds * 1000;
          if (!isDue("*/30 * * * *", last, new Date(now)) || dies) continue;
          last = new Date(now);
          looks.push(Math.floor(now / 1_800_000));
        }
        expect(new Set(looks).size).toBe(looks.length);
      }),
    );
  });
});
