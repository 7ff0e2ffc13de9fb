import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseWhen, shownWhen } from "./when.ts";

const read = (text: string): string => {
  const when = parseWhen(text);
  return "at" in when ? when.at.toISOString() : `${when.fault} | ${when.todo}`;
};

describe("a time as a person writes it", () => {
  it.each([
    ["2026-11-24T08:00Z", "2026-11-24T08:00:00.000Z"],
    ["2026-11-24 08:00:30Z", "2026-11-24T08:00:30.000Z"],
    ["2026-11-24T08:00+01:00", "2026-11-24T07:00:00.000Z"],
    ["2026-11-24 08:00 Europe/Berlin", "2026-11-24T07:00:00.000Z"],
    ["2026-07-24 08:00 Europe/Berlin", "2026-07-24T06:00:00.000Z"],
    ["2026-11-24 08:00 UTC", "2026-11-24T08:00:00.000Z"],
  ])("%s is %s", (text, at) => expect(read(text)).toBe(at));

  it.each([
    ["2026-11-24T08:00", /does not say on which clock \| Write it like/],
    ["tomorrow", /"tomorrow" is no time/],
    ["2026-02-30T08:00Z", /no calendar has it/],
    ["2026-11-24T25:00Z", /no calendar has it/],
    ["2026-11-24T08:00+29:00", /no offset \+29:00/],
    ["2026-11-24 08:00 Europe/Berlni", /no IANA time zone/],
    ["", /is no time/],
    ["2026-11-24", /is no time/],
    ["2026-03-29 02:30 Europe/Berlin", /there is no 2026-03-29 02:30 in Europe\/Berlin.*They jump at 2026-03-29T01:00Z/],
    ["2026-10-25 02:30 Europe/Berlin", /comes twice.*Say which: 2026-10-25T00:30Z or 2026-10-25T01:30Z/],
  ])("%j is refused, with what to write instead", (text, says) => expect(read(text)).toMatch(says));

  it("is shown on the environment's clock and on UTC's, with the other day where it is one", () => {
    expect(shownWhen(new Date("2026-11-24T07:00:00Z"), "Europe/Berlin")).toBe("Tue 2026-11-24 08:00 Europe/Berlin (07:00Z)");
    expect(shownWhen(new Date("2026-11-23T23:30:00Z"), "Europe/Berlin")).toBe("Tue 2026-11-24 00:30 Europe/Berlin (2026-11-23 23:30Z)");
    expect(shownWhen(new Date("2026-11-24T07:00:00Z"), "UTC")).toBe("Tue 2026-11-24 07:00Z");
  });

  it("means the same when it is written as it is shown, except where clocks show it twice", () => {
    const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC");
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 2 * 365 * 24 * 60 }), (tz, minutes) => {
        const at = new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);
        const local = shownWhen(at, tz === "UTC" ? "Etc/UTC" : tz).slice(4, 20);
        const when = parseWhen(`${local} ${tz}`);
        expect("at" in when ? when.at.toISOString() : when.todo).toContain(at.toISOString().slice(0, 16));
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});
