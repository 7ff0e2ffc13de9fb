import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thisMachine } from "../../base/process/index.ts";
import type { Window } from "../environments/index.ts";
import { windowsOpen } from "./windows.ts";

/** What part of the drawn runs there are. */
const share = thisMachine().variable("TRUEUP_TEST_SIZE") === "full" ? 1 : 1 / 3;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What a wall clock shows. `minute`: minutes since 1970 on that clock. */
interface Reading {
  readonly minute: number;
  readonly hour: number;
  readonly ofHour: number;
  readonly weekday: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const readings = new Map<string, Reading>();

/** Another way to read a clock than the code's own: Swedish dates are ISO dates. */
function read(tz: string, at: number): Reading {
  const key = `${tz} ${at}`;
  const known = readings.get(key);
  if (known !== undefined) return known;
  const clock = clocks.get(tz) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: tz, dateStyle: "short", timeStyle: "short" });
  clocks.set(tz, clock);
  const wall = new Date(`${clock.format(at).replace(" ", "T")}:00Z`);
  const reading = { minute: wall.getTime() / minuteMs, hour: wall.getUTCHours(), ofHour: wall.getUTCMinutes(), weekday: wall.getUTCDay() };
  readings.set(key, reading);
  return reading;
}

interface Daily {
  readonly tz: string;
  readonly minute: number;
  /** undefined: every hour. */
  readonly hour: number | undefined;
  readonly weekdays: readonly number[];
}

const cronOf = ({ minute, hour, weekdays }: Daily): string => `${minute} ${hour ?? "*"} * * ${weekdays.length === 7 ? "*" : weekdays.join(",")}`;

const matches = ({ minute, hour, weekdays }: Daily, wall: { readonly hour: number; readonly ofHour: number; readonly weekday: number }): boolean =>
  wall.ofHour === minute && (hour === undefined || wall.hour === hour) && weekdays.includes(wall.weekday);

const wallOf = (minute: number): { hour: number; ofHour: number; weekday: number } => {
  const date = new Date(minute * minuteMs);
  return { hour: date.getUTCHours(), ofHour: date.getUTCMinutes(), weekday: date.getUTCDay() };
};

/**
 * The model: a person who watches the clock on the wall. A window begins when the clock shows its minute; when the clock jumps over it, at the jump;
 * and when the clock shows it a second time, only where the hour is not named.
 */
function begins(daily: Daily, at: number): boolean {
  const now = read(daily.tz, at);
  const before = read(daily.tz, at - minuteMs);
  const jumped = Array.from({ length: Math.max(0, now.minute - before.minute - 1) }, (_, index) => wallOf(before.minute + 1 + index));
  if (jumped.some((wall) => matches(daily, wall))) return true;
  if (!matches(daily, now)) return false;
  const isSecondTime = [30, 60, 120].some((back) => read(daily.tz, at - back * minuteMs).minute === now.minute);
  return daily.hour === undefined || !isSecondTime;
}

function modelOpen(daily: Daily, lengthMinutes: number, at: number): boolean {
  for (let back = 0; back < lengthMinutes; back++) if (begins(daily, at - back * minuteMs)) return true;
  return false;
}

const windowOf = (daily: Daily, lengthMinutes: number): Window => ({
  kind: "allow",
  for: ["apply"],
  cron: cronOf(daily),
  duration: `${lengthMinutes}m`,
  tz: daily.tz,
});
const isOpen = (window: Window, at: number): boolean => windowsOpen([window], "apply", new Date(at)).open;

const everyDay = [0, 1, 2, 3, 4, 5, 6];

/** Where clocks change: by an hour, by half an hour, by two, at midnight, south of the equator. `at`: the first instant of the new time. */
const gaps = [
  { tz: "Europe/Berlin", at: "2026-03-29T01:00:00Z", minutes: 60 },
  { tz: "America/New_York", at: "2026-03-08T07:00:00Z", minutes: 60 },
  { tz: "Australia/Lord_Howe", at: "2026-10-03T15:30:00Z", minutes: 30 },
  { tz: "Antarctica/Troll", at: "2026-03-29T01:00:00Z", minutes: 120 },
  { tz: "America/Havana", at: "2026-03-08T05:00:00Z", minutes: 60 },
] as const;
const folds = [
  { tz: "Europe/Berlin", at: "2026-10-25T01:00:00Z", minutes: 60 },
  { tz: "America/New_York", at: "2026-11-01T06:00:00Z", minutes: 60 },
  { tz: "Australia/Lord_Howe", at: "2026-04-04T15:00:00Z", minutes: 30 },
  { tz: "America/Havana", at: "2026-11-01T05:00:00Z", minutes: 60 },
] as const;

/** The instants, minute by minute, at which a window of one minute is open around a change of clocks. */
function openAround(window: Window, change: number): readonly number[] {
  return Array.from({ length: 300 }, (_, index) => change + (index - 150) * minuteMs).filter((at) => isOpen(window, at));
}

describe("windows where clocks change", () => {
  it.each(gaps)("each local minute that $tz skips opens once, at the jump", ({ tz, at, minutes }) => {
    const jump = Date.parse(at);
    const first = read(tz, jump - minuteMs).minute + 1;
    expect(read(tz, jump).minute - first).toBe(minutes);
    for (let skipped = 0; skipped < minutes; skipped++) {
      const wall = wallOf(first + skipped);
      expect(openAround(windowOf({ tz, minute: wall.ofHour, hour: wall.hour, weekdays: everyDay }, 1), jump)).toEqual([jump]);
    }
  });

  it.each(folds)("each local minute that $tz shows twice opens once where its hour is named, and twice where it is not", ({ tz, at, minutes }) => {
    const back = Date.parse(at);
    const first = read(tz, back).minute;
    expect(read(tz, back - minuteMs).minute + 1 - first).toBe(minutes);
    for (let repeated = 0; repeated < minutes; repeated++) {
      const wall = wallOf(first + repeated);
      const [once, again] = [back + (repeated - minutes) * minuteMs, back + repeated * minuteMs];
      expect(openAround(windowOf({ tz, minute: wall.ofHour, hour: wall.hour, weekdays: everyDay }, 1), back)).toEqual([once]);
      const often = windowOf({ tz, minute: wall.ofHour, hour: undefined, weekdays: everyDay }, 1);
      expect([isOpen(often, once), isOpen(often, again), isOpen(often, again + minuteMs)]).toEqual([true, true, false]);
    }
  });

  it("agree with a person who watches the clock on the wall: over midnight, on lists of weekdays, in and around each change", () => {
    const changes = [...gaps, ...folds];
    let [openings, overnight, seconds] = [0, 0, 0];
    fc.assert(
      fc.property(
        fc.record({
          change: fc.constantFrom(...changes),
          minute: fc.nat({ max: 59 }),
          hour: fc.option(fc.nat({ max: 23 }), { nil: undefined }),
          weekdays: fc.oneof(fc.constant(everyDay), fc.subarray(everyDay, { minLength: 1 })),
          length: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 90, max: 1_500 })),
          offset: fc.integer({ min: -26 * 60, max: 30 * 60 }),
        }),
        ({ change, minute, hour, weekdays, length, offset }) => {
          const daily = { tz: change.tz, minute, hour, weekdays };
          const at = Date.parse(change.at) + offset * minuteMs;
          const expected = modelOpen(daily, length, at);
          if (expected) openings++;
          if (expected && hour !== undefined && hour * 60 + minute + length > 24 * 60) overnight++;
          if (weekdays.length < 7 && !expected) seconds++;
          expect(isOpen(windowOf(daily, length), at)).toBe(expected);
        },
      ),
      { numRuns: 300 * share, seed: 6 },
    );
    // Not by having nothing to say.
    expect([openings > 60 * share, overnight > 5 * share, seconds > 30 * share]).toEqual([true, true, true]);
  });

  it("what is said of the next opening and closing is when it opens and closes", () => {
    const at = fc.constantFrom(...gaps, ...folds);
    const some = fc.record({ minute: fc.nat({ max: 59 }), hour: fc.nat({ max: 23 }), length: fc.integer({ min: 1, max: 2_000 }) });
    let told = 0;
    fc.assert(
      fc.property(
        fc.record({ change: at, allow: some, deny: fc.option(some, { nil: undefined }), offset: fc.integer({ min: -1_500, max: 1_500 }) }),
        ({ change: { tz, at: when }, allow, deny, offset }) => {
          const daily = (one: typeof allow): Window => windowOf({ tz, ...one, weekdays: everyDay }, one.length);
          const windows = [daily(allow), ...(deny === undefined ? [] : [{ ...daily(deny), kind: "deny" as const }])];
          const now = Date.parse(when) + offset * minuteMs;
          const answer = windowsOpen(windows, "apply", new Date(now));
          const next = (answer.open ? answer.closesAt : answer.opensAt)?.getTime();
          const turn = (instant: number): boolean => windowsOpen(windows, "apply", new Date(instant)).open;
          // Within two days: a schedule that never turns is told by the absence of a time.
          const last = Math.min(next ?? Number.POSITIVE_INFINITY, now + 48 * hourMs);
          for (let instant = now; instant < last; instant += 20 * minuteMs) expect(turn(instant)).toBe(answer.open);
          if (next === undefined) return;
          told++;
          expect([turn(next - 1), turn(next)]).toEqual([answer.open, !answer.open]);
        },
      ),
      { numRuns: 60 * share, seed: 9 },
    );
    expect(told).toBeGreaterThan(30 * share);
  });
});
