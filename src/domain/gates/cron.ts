/** The times of a cron expression on a wall clock. `fixedHour`: the hour is named, so that a repeated hour (clocks going back) counts once. */
export interface Schedule {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly fixedHour: boolean;
  /** `weekday` 0 is Sunday, `month` 1 is January. */
  isDay(day: { readonly month: number; readonly day: number; readonly weekday: number }): boolean;
}

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const fields = {
  minute: { min: 0, max: 59, names: [] },
  hour: { min: 0, max: 23, names: [] },
  day: { min: 1, max: 31, names: [] },
  month: { min: 1, max: 12, names: monthNames },
  weekday: { min: 0, max: 7, names: dayNames },
} as const satisfies Record<string, Field>;

function numberOf(text: string, field: Field): number | undefined {
  const named = field.names.indexOf(text.toLowerCase());
  const number = named >= 0 ? named + field.min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= field.min && number <= field.max ? number : undefined;
}

/** Both ends of `*`, `5`, `1-5`; with a step, `5` means from 5 on. */
function endsOf(range: string, field: Field, isStepped: boolean): readonly [number, number] | undefined {
  if (range === "*") return [field.min, field.max];
  const ends = range.split("-").map((end) => numberOf(end, field));
  const [first, last = isStepped ? field.max : first] = ends;
  return first === undefined || last === undefined || ends.length > 2 || ends.includes(undefined) || last < first ? undefined : [first, last];
}

function partOf(part: string, field: Field): readonly number[] | undefined {
  const [range = "", stepText = "1", ...rest] = part.split("/");
  const ends = endsOf(range, field, part.includes("/"));
  if (rest.length > 0 || !/^[1-9]\d?$/.test(stepText) || ends === undefined) return undefined;
  const [first, last] = ends;
  return Array.from({ length: Math.floor((last - first) / Number(stepText)) + 1 }, (_, index) => first + index * Number(stepText));
}

function valuesOf(text: string, field: Field): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const found = partOf(part, field);
    if (found === undefined) return undefined;
    for (const value of found) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/**
 * Minute, hour, day of month, month, day of week; lists, ranges, steps, English names, 7 for Sunday. When both day fields are restricted
 * either may match, as cron has it. Undefined when it is no cron expression.
 */
export function parseCron(text: string): Schedule | undefined {
  const parts = text.trim().split(/\s+/);
  const [, hour = "", day = "", , weekday = ""] = parts;
  const [minutes, hours, days, months, sundayTwice] = Object.values(fields).map((field, index) => valuesOf(parts[index] ?? "", field));
  if (parts.length !== 5 || !minutes || !hours || !days || !months || !sundayTwice) return undefined;
  const weekdays = sundayTwice.map((value) => value % 7);
  const [anyDay, anyWeekday] = [day.startsWith("*"), weekday.startsWith("*")];
  return {
    minutes,
    hours,
    fixedHour: !hour.startsWith("*"),
    isDay(at) {
      const [inMonth, onDay, onWeekday] = [months.includes(at.month), days.includes(at.day), weekdays.includes(at.weekday)];
      return inMonth && (anyDay || anyWeekday ? onDay && onWeekday : onDay || onWeekday);
    },
  };
}
