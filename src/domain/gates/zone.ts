/** A reading of a wall clock, without a zone: minutes since 1970-01-01 00:00 on that clock. */
export type WallMinute = number;

const minuteMs = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();
/** There are about 600 IANA zones; the map can grow no further. */
function formatOf(tz: string): Intl.DateTimeFormat {
  const known = formats.get(tz);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: tz,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    era: "short",
  });
  formats.set(tz, made);
  return made;
}

/** Clocks of today change on quarters of an hour of UTC; so one reading per quarter tells all of it. */
const quarterMs = 15 * minuteMs;
const mostOffsets = 100_000;
const offsets = new Map<string, number>();

/** Minutes that a clock in the zone is ahead of UTC in this quarter of an hour. Reading it is what all questions about windows spend their time on. */
function offsetIn(quarter: number, tz: string): number {
  const key = `${quarter} ${tz}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const instant = quarter * quarterMs;
  const read: Record<string, number> = {};
  for (const part of formatOf(tz).formatToParts(instant)) read[part.type] = Number(part.value);
  const wall = Date.UTC(read["year"] ?? 1970, (read["month"] ?? 1) - 1, read["day"] ?? 1, read["hour"] ?? 0, read["minute"] ?? 0);
  if (offsets.size >= mostOffsets) offsets.clear();
  offsets.set(key, (wall - instant) / minuteMs);
  return (wall - instant) / minuteMs;
}

/** What a clock in the zone shows at an instant (ms since the epoch). */
export function wallAt(instant: number, tz: string): WallMinute {
  return Math.floor(instant / minuteMs) + offsetIn(Math.floor(instant / quarterMs), tz);
}

/**
 * The instants at which a clock in the zone shows this minute, earliest first: one, two when the clock goes back over it, and for a minute that is
 * skipped the instant at which the clock jumps over it.
 */
export function instantsOf(wall: WallMinute, tz: string): readonly number[] {
  const naive = wall * minuteMs;
  // Zones lie within ±15 hours; offsets a day to either side are those before and after any one change of clocks.
  const around = [-24, 24].map((hours) => {
    const near = naive + hours * 60 * minuteMs;
    return wallAt(near, tz) * minuteMs - near;
  });
  const found = [...new Set(around.map((offset) => naive - offset))].filter((instant) => wallAt(instant, tz) === wall).sort((a, b) => a - b);
  return found.length > 0 ? found : [jumpOver(wall, tz, naive)];
}

/** By halves: the first minute at which the clock shows more than the skipped one. */
function jumpOver(wall: WallMinute, tz: string, near: number): number {
  let [before, after] = [near / minuteMs - 24 * 60, near / minuteMs + 24 * 60];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallAt(middle * minuteMs, tz) > wall) after = middle;
    else before = middle;
  }
  return after * minuteMs;
}
