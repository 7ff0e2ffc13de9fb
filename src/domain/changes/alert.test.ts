import { describe, expect, it } from "vitest";
import { alertsFrom, pageOf } from "./alert.ts";

const start = Date.parse("2026-11-21T00:00:00Z");
const minute = 60_000;
const at = (minutes: number): Date => new Date(start + minutes * minute);
const fresh = { tries: 0, lastTry: undefined, fightSince: undefined };
const seen = (...minutes: readonly number[]): Parameters<typeof alertsFrom>[0] => ({
  ...fresh,
  paths: minutes.map((one) => ({ firstSeen: at(one).toISOString() })),
});

describe("a finding alerts", () => {
  it("at once where no age is asked for, and else to the millisecond when its oldest path is that old", () => {
    expect([alertsFrom(seen(0), undefined, at(0)), alertsFrom(seen(0), 0, at(0))]).toEqual([undefined, undefined]);
    expect(alertsFrom(seen(5, 0, 9), 10 * minute, at(9))).toEqual(at(10));
    expect(alertsFrom(seen(5, 0, 9), 10 * minute, new Date(start + 10 * minute - 1))).toEqual(at(10));
    expect(alertsFrom(seen(5, 0, 9), 10 * minute, at(10))).toBeUndefined();
  });

  it("counted from this look on, where nobody remembers it yet", () => {
    expect(alertsFrom(undefined, 10 * minute, at(3))).toEqual(at(13));
  });

  it("however young it is, when no repair will touch it any more: a person is called", () => {
    const young = { paths: [{ firstSeen: at(0).toISOString() }] };
    expect(alertsFrom({ ...fresh, ...young, tries: 5, lastTry: at(0).toISOString() }, 60 * minute, at(1))).toBeUndefined();
    expect(alertsFrom({ ...fresh, ...young, fightSince: at(0).toISOString() }, 60 * minute, at(1))).toBeUndefined();
    expect(alertsFrom({ ...fresh, ...young, tries: 4, lastTry: at(0).toISOString() }, 60 * minute, at(1))).toEqual(at(60));
  });
});

describe("a page", () => {
  const named = { ...fresh, stack: "shop", type: "t:T", name: "web" };
  it("is for what was tried five times and for a fight, and for nothing that is still repaired", () => {
    expect(pageOf({ ...named, tries: 4, lastTry: at(0).toISOString() }, "dev", at(0))).toBeUndefined();
    expect(pageOf({ ...named, tries: 5, lastTry: at(0).toISOString() }, "dev", at(0))?.what).toMatch(/web still drifts after 5 tries/);
    expect(pageOf({ ...named, fightSince: at(0).toISOString() }, "dev", at(0))?.what).toMatch(/three times within a day: someone else owns this/);
  });
});
