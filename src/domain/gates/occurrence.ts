import type { Schedule } from "./cron.ts";
import { instantsOf, wallAt } from "./zone.ts";

const dayMinutes = 24 * 60;
/** "29 feb on a monday" comes every 28 years; a window that opens less often than this is told as "never". */
const mostDaysAhead = 1_500;

/** Starts on one calendar day of the zone, as instants, earliest first. Each minute costs a reading of the zone, so it is only asked for days that matter. */
function startsOn(day: number, schedule: Schedule, tz: string): readonly number[] {
  const date = new Date(day * dayMinutes * 60_000);
  if (!schedule.isDay({ month: date.getUTCMonth() + 1, day: date.getUTCDate(), weekday: date.getUTCDay() })) return [];
  const walls = schedule.hours.flatMap((hour) => schedule.minutes.map((minute) => day * dayMinutes + hour * 60 + minute));
  const starts = walls.flatMap((wall) => {
    const instants = instantsOf(wall, tz);
    return schedule.fixedHour ? instants.slice(0, 1) : instants;
  });
  return [...new Set(starts)].sort((a, b) => a - b);
}

const dayOf = (instant: number, tz: string): number => Math.floor(wallAt(instant, tz) / dayMinutes);

/** The latest start at or before `at` that is no older than `withinMs`. */
export function lastStart(schedule: Schedule, tz: string, reach: { readonly at: number; readonly withinMs: number }): number | undefined {
  const today = dayOf(reach.at, tz);
  const days = Math.ceil(reach.withinMs / (dayMinutes * 60_000)) + 1;
  for (let day = today; day >= today - days; day--) {
    const found = startsOn(day, schedule, tz).findLast((start) => start <= reach.at);
    if (found !== undefined) return reach.at - found < reach.withinMs ? found : undefined;
  }
  return undefined;
}

/** The first start after `at`, or undefined when there is none in four years. */
export function nextStart(schedule: Schedule, tz: string, at: number): number | undefined {
  const today = dayOf(at, tz);
  for (let day = today; day <= today + mostDaysAhead; day++) {
    const found = startsOn(day, schedule, tz).find((start) => start > at);
    if (found !== undefined) return found;
  }
  return undefined;
}
