import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cronFault, type Window } from "../environments/index.ts";
import { parseCron } from "./cron.ts";
import { shownWindows } from "./window-text.ts";
import { windowsOpen } from "./windows.ts";

const allow = (more: Partial<Window> = {}): Window => ({ kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin", ...more });
const deny = (more: Partial<Window> = {}): Window => allow({ kind: "deny", ...more });
const open = (windows: readonly Window[], at: string, action: "apply" | "rollback" | "drift" = "apply"): boolean =>
  windowsOpen(windows, action, new Date(at)).open;

describe("windows", () => {
  it.each([
    ["2026-11-20T07:00:00Z", true],
    ["2026-11-20T06:59:59.999Z", false],
    ["2026-11-20T15:59:59.999Z", true],
    ["2026-11-20T16:00:00Z", false],
    ["2026-11-21T10:00:00Z", false],
    ["2026-07-20T06:00:00Z", true],
    ["2026-07-20T15:00:00Z", false],
  ])("working hours in Berlin at %s: open %s (winter and summer time)", (at, is) => expect(open([allow()], at)).toBe(is));

  it("is open without windows, closed by any active deny, and restricts only the actions it names", () => {
    expect(open([], "2026-11-21T10:00:00Z")).toBe(true);
    expect(open([allow(), deny({ cron: "0 9 20 11 *", duration: "1h" })], "2026-11-20T08:30:00Z")).toBe(false);
    expect(open([allow(), deny({ cron: "0 9 20 11 *", duration: "1h" })], "2026-11-20T09:30:00Z")).toBe(true);
    expect(open([allow()], "2026-11-21T10:00:00Z", "drift")).toBe(true);
  });

  it("lets a rollback pass what closes an apply and does not name rollbacks, and says so", () => {
    const christmas = new Date("2026-12-24T20:00:00Z");
    const freeze = deny({ cron: "0 0 20 12 *", duration: "20d" });
    const passes = (windows: readonly Window[]) => windowsOpen(windows, "rollback", christmas);
    expect(open([freeze], "2026-12-24T20:00:00Z")).toBe(false);
    expect(passes([freeze])).toEqual({
      open: true,
      passes: true,
      by: [freeze],
      reason: "a rollback passes the closed window deny 0 0 20 12 * for 20d Europe/Berlin",
    });
    expect(passes([allow()])).toEqual({
      open: true,
      passes: true,
      by: [allow()],
      reason: "a rollback passes the closed window allow 0 8 * * 1-5 for 9h Europe/Berlin",
    });
    // What is closed for something else alone is not in its way, and what is open neither.
    expect(passes([deny({ for: ["drift"], cron: "0 0 20 12 *", duration: "20d" })])).toMatchObject({ open: true, by: [], reason: "no window restricts it" });
    expect(windowsOpen([freeze], "rollback", new Date("2026-11-20T10:00:00Z"))).toMatchObject({ by: [], reason: "no window restricts it" });
  });

  it("holds a rollback back by a window that names it: a deny, and an allow that is closed", () => {
    const freeze = deny({ for: ["apply", "rollback"], cron: "0 0 20 12 *", duration: "20d" });
    expect(windowsOpen([freeze], "rollback", new Date("2026-12-24T12:00:00Z"))).toEqual({
      open: false,
      by: [freeze],
      reason: "a window denies it: deny 0 0 20 12 * for 20d Europe/Berlin",
      opensAt: new Date("2027-01-08T23:00:00Z"),
    });
    const day = allow({ for: ["rollback"] });
    expect([open([day], "2026-11-20T16:00:00Z", "rollback"), open([day], "2026-11-20T15:00:00Z", "rollback")]).toEqual([false, true]);
    expect(windowsOpen([day], "rollback", new Date("2026-11-20T16:00:00Z"))).toMatchObject({ opensAt: new Date("2026-11-23T07:00:00Z"), by: [day] });
    // Inside its own window it still passes the other one, and says so.
    const answer = windowsOpen([day, deny({ cron: "0 9 20 11 *", duration: "1h" })], "rollback", new Date("2026-11-20T08:30:00Z"));
    expect(answer).toMatchObject({ open: true, reason: expect.stringContaining("passes"), closesAt: new Date("2026-11-20T16:00:00Z") });
  });

  it("says when it opens next, also when a freeze lies over the next window", () => {
    expect(windowsOpen([allow()], "apply", new Date("2026-11-21T10:00:00Z")).opensAt?.toISOString()).toBe("2026-11-23T07:00:00.000Z");
    expect(windowsOpen([allow(), deny({ cron: "0 0 23 11 *", duration: "36h" })], "apply", new Date("2026-11-21T10:00:00Z")).opensAt?.toISOString()).toBe(
      "2026-11-24T11:00:00.000Z",
    );
    expect(windowsOpen([allow({ cron: "0 8 31 2 *" })], "apply", new Date("2026-11-21T10:00:00Z")).opensAt).toBeUndefined();
    expect(windowsOpen([allow(), deny({ cron: "0 12 * * *", duration: "1h" })], "apply", new Date("2026-11-20T07:30:00Z")).closesAt?.toISOString()).toBe(
      "2026-11-20T11:00:00.000Z",
    );
  });

  it("reaches over midnight and over a change of clocks with the elapsed length", () => {
    const night = allow({ cron: "0 22 * * *", duration: "8h" });
    // 25 October 2026: Berlin goes back at 03:00 CEST; 22:00 CEST is 20:00Z, eight hours later is 04:00Z = 05:00 CET.
    expect(open([night], "2026-10-25T03:59:00Z")).toBe(true);
    expect(open([night], "2026-10-25T04:00:00Z")).toBe(false);
  });

  it("starts once in an hour that comes twice, and at the jump in an hour that is skipped", () => {
    const early = allow({ cron: "30 2 * * *", duration: "15m" });
    expect(open([early], "2026-10-25T00:35:00Z")).toBe(true);
    expect(open([early], "2026-10-25T01:35:00Z")).toBe(false);
    // 29 March 2026: 02:00 becomes 03:00 at 01:00Z.
    expect(open([early], "2026-03-29T00:59:00Z")).toBe(false);
    expect(open([early], "2026-03-29T01:05:00Z")).toBe(true);
    expect(open([early], "2026-03-29T01:35:00Z")).toBe(false);
  });

  it("opens in both of a repeated hour when the hour is not named", () => {
    const often = allow({ cron: "30 * * * *", duration: "5m" });
    expect([open([often], "2026-10-25T00:32:00Z"), open([often], "2026-10-25T01:32:00Z")]).toEqual([true, true]);
  });

  it.each([
    ["Australia/Lord_Howe", "2026-11-19T22:00:00Z"],
    ["Asia/Kathmandu", "2026-11-20T03:15:00Z"],
    ["Pacific/Kiritimati", "2026-11-19T19:00:00Z"],
  ])("knows %s", (tz, at) => {
    const nine = allow({ cron: "0 9 * * *", duration: "1h", tz });
    expect(open([nine], at)).toBe(true);
    expect(open([nine], new Date(Date.parse(at) - 1).toISOString())).toBe(false);
  });

  it("agrees, minute by minute, with a clock that is simply watched", () => {
    const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata");
    const hours = fc.integer({ min: 4, max: 23 });
    let openings = 0;
    fc.assert(
      fc.property(
        fc.record({ tz: zones, hour: hours, minute: fc.nat({ max: 59 }), length: fc.integer({ min: 1, max: 1_500 }), offset: fc.nat({ max: 365 * 24 * 60 }) }),
        ({ tz, hour, minute, length, offset }) => {
          const at = Date.UTC(2026, 0, 10) + offset * 60_000;
          const reading = new Intl.DateTimeFormat("en-GB", { timeZone: tz, hour: "2-digit", minute: "2-digit" });
          const wanted = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
          // The model walks back over every minute that a window of this length could have begun at.
          let isOpen = false;
          for (let back = 0; back < length && !isOpen; back++) isOpen = reading.format(at - back * 60_000) === wanted;
          if (isOpen) openings++;
          expect(windowsOpen([allow({ cron: `${minute} ${hour} * * *`, duration: `${length}m`, tz })], "apply", new Date(at)).open).toBe(isOpen);
        },
      ),
      { numRuns: 120, seed: 21 },
    );
    expect(openings).toBeGreaterThan(30);
  });

  it("refuses a window that cannot be read", () => {
    expect(() => windowsOpen([allow({ cron: "0 25 * * *" })], "apply", new Date())).toThrow(expect.objectContaining({ code: "ENVIRONMENT_INVALID" }));
    expect(() => windowsOpen([allow({ duration: "400d" })], "apply", new Date())).toThrow(expect.objectContaining({ code: "ENVIRONMENT_INVALID" }));
  });
});

describe("cron expressions", () => {
  it("knows lists, ranges, steps, names, seven for Sunday, and either day field when both are restricted", () => {
    expect(parseCron("*/20 8-10,22 * * *")).toMatchObject({ minutes: [0, 20, 40], hours: [8, 9, 10, 22] });
    const day = (cron: string, at: { month: number; day: number; weekday: number }): boolean => parseCron(cron)?.isDay(at) === true;
    expect(day("0 0 * jan-mar 7", { month: 2, day: 1, weekday: 0 })).toBe(true);
    expect([
      day("0 0 13 * fri", { month: 3, day: 13, weekday: 2 }),
      day("0 0 13 * fri", { month: 3, day: 6, weekday: 5 }),
      day("0 0 13 * fri", { month: 3, day: 7, weekday: 6 }),
    ]).toEqual([true, true, false]);
  });

  it("accepts exactly what the check of environment files accepts", () => {
    const field = fc.constantFrom("*", "*/5", "1-5", "0", "7", "60", "mon", "jan", "1/2", "5-1", "*/0", "1,2,3", "");
    fc.assert(
      fc.property(fc.array(field, { minLength: 4, maxLength: 6 }), (parts) => {
        const text = parts.join(" ");
        expect(parseCron(text) !== undefined).toBe(cronFault(text) === undefined);
      }),
      { numRuns: 500, seed: 4 },
    );
  });
});

describe("windows as people say them", () => {
  it("says days and hours, and shows as written what is more than that", () => {
    expect(
      shownWindows([
        allow(),
        deny({ for: ["apply", "drift"], cron: "30 22 * * 6,0", duration: "90m", tz: "UTC" }),
        allow({ cron: "0 8 1 * *" }),
        allow({ cron: "0 6 * * *", duration: "1h" }),
      ]),
    ).toEqual(["Mon–Fri 08–17 Europe/Berlin", "closed for apply, drift Sat, Sun 22:30–00 UTC", "0 8 1 * * for 9h Europe/Berlin", "daily 06–07 Europe/Berlin"]);
  });
});
