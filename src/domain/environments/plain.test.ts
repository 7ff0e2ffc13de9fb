import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cronFault, durationMs, plainData, rangeFault } from "./index.ts";

describe("plain data", () => {
  it("every JSON value survives unchanged", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(plainData(value)).toEqual({ data: JSON.parse(JSON.stringify(value)) });
      }),
    );
  });

  const cycle: Record<string, unknown> = {};
  cycle["self"] = { back: cycle };
  let laughs: unknown = "ha";
  for (let i = 0; i < 30; i++) laughs = [laughs, laughs];
  let deep: unknown = 1;
  for (let i = 0; i < 100; i++) deep = { deep };
  const cases: readonly [string, unknown, string][] = [
    ["a function", { a: { f: () => 1 } }, "a.f is a function"],
    ["a symbol", { a: Symbol("x") }, "a is a symbol"],
    ["a bigint", [1n], "[0] is a bigint"],
    ["a date", { at: new Date(0) }, "at is a Date"],
    ["a map", { m: new Map() }, "m is a Map"],
    ["not a number", { n: Number.NaN }, "n is NaN"],
    ["a cycle", cycle, "self.back contains itself"],
    ["a small thing that unfolds without end", { laughs }, "more than 200000 values"],
    ["a deep nest", deep, "deeper than 64"],
  ];
  it.each(cases)("%s is refused with its path", (_, value, what) => {
    const result = plainData(value);
    expect("finding" in result ? result.finding.what : "accepted").toContain(what);
  });

  it("members that are shared but no cycle are fine", () => {
    const tags = { team: "shop" };
    expect(plainData({ a: tags, b: tags })).toEqual({ data: { a: tags, b: tags } });
  });
});

describe("notations", () => {
  it.each([
    ["30s", 30_000],
    ["10m", 600_000],
    ["9h", 32_400_000],
    ["2d", 172_800_000],
  ])("%s is a duration", (text, ms) => expect(durationMs(text)).toBe(ms));
  it.each(["9 h", "h", "-1h", "1.5h", ""])("%s is none", (text) => expect(durationMs(text)).toBeUndefined());
  it.each(["*/30 * * * *", "0 8 * * 1-5", "0 8 1,15 jan-mar MON", "59 23 31 12 7"])("%s is a cron expression", (text) =>
    expect(cronFault(text)).toBeUndefined(),
  );
  it.each(["* * * *", "60 * * * *", "* * 0 * *", "*/0 * * * *", "5-1 * * * *", "a * * * *", "1/2/3 * * * *"])("%s is none", (text) =>
    expect(cronFault(text)).toBeTypeOf("string"),
  );
  it.each([">=1.19 <2", "^1.2.3", "~1.2", "1.x || >=2.5.0 <3", "1.2.3 - 2.0.0", "*", ">= 1.0.0"])("%s is a range", (text) =>
    expect(rangeFault(text)).toBeUndefined(),
  );
  it.each(["", "newest", "1.2.3.4", ">=a"])("%s is none", (text) => expect(rangeFault(text)).toBeTypeOf("string"));
});
