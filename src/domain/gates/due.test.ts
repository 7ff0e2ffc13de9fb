import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDue, nextLook } from "./due.ts";

const at = (text: string): Date => new Date(`2026-11-21T${text}Z`);

describe("when a stack is looked at", () => {
  it("is every time without a schedule, and at once when it never was", () => {
    expect([isDue({}, at("09:59:59"), at("10:00:00")), isDue({ schedule: "0 3 * * *" }, undefined, at("10:00:00"))]).toEqual([true, true]);
  });

  it("is from the first start after the last look on", () => {
    expect([at("10:29:59"), at("10:30:00"), at("12:00:00")].map((now) => isDue({ schedule: "*/30 * * * *" }, at("10:00:07"), now))).toEqual([
      false,
      true,
      true,
    ]);
    expect(nextLook({ schedule: "0 3 * * *" }, at("10:00:00"))?.toISOString()).toBe("2026-11-22T03:00:00.000Z");
  });

  it("is by the clocks of its zone, also over the night in which they are put back", () => {
    const night = { schedule: "0 3 * * *", tz: "Europe/Berlin" };
    const next = (after: string): string | undefined => nextLook(night, new Date(after))?.toISOString();
    expect([next("2026-10-23T12:00:00Z"), next("2026-10-24T12:00:00Z"), next("2026-11-21T10:00:00Z")]).toEqual([
      "2026-10-24T01:00:00.000Z",
      "2026-10-25T02:00:00.000Z",
      "2026-11-22T02:00:00.000Z",
    ]);
  });

  it("is never for a day that does not come, and an error for what is no schedule", () => {
    expect(isDue({ schedule: "0 0 31 2 *" }, at("10:00:00"), new Date("2029-01-01T00:00:00Z"))).toBe(false);
    expect(() => isDue({ schedule: "often" }, at("10:00:00"), at("11:00:00"))).toThrow(/"often" is no cron expression/);
  });

  it("is once per start, however often and irregularly it is asked, also over a runner that dies", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.boolean()), { maxLength: 100 }), (asks) => {
        let now = at("10:00:00").getTime();
        let last: Date | undefined;
        const looks: number[] = [];
        for (const [seconds, dies] of asks) {
          now += seconds * 1000;
          if (!isDue({ schedule: "*/30 * * * *" }, last, new Date(now)) || dies) continue;
          last = new Date(now);
          looks.push(Math.floor(now / 1_800_000));
        }
        expect(new Set(looks).size).toBe(looks.length);
      }),
    );
  });
});
