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

function partOf(part: string, field: Field): readonly number[] | undefined {
  const [range = "", stepText, ...rest] = part.split("/");
  const step = stepText === undefined ? 1 : /^[1-9]\d?$/.test(stepText) ? Number(stepText) : undefined;
  const [from = "", to, ...more] = range.split("-");
  if (step === undefined || rest.length > 0 || more.length > 0) return undefined;
  const first = range === "*" ? field.min : numberOf(from, field);
  // "5/15" means from 5 on, every 15.
  const last = range === "*" || (to === undefined && stepText !== undefined) ? field.max : to === undefined ? first : numberOf(to, field);
  if (first === undefined || last === undefined || last < first) return undefined;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
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
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = parts;
  const minutes = valuesOf(minute, fields.minute);
  const hours = valuesOf(hour, fields.hour);
  const days = valuesOf(day, fields.day);
  const months = valuesOf(month, fields.month);
  const weekdays = valuesOf(weekday, fields.weekday)?.map((value) => value % 7);
  if (parts.length !== 5 || minutes === undefined || hours === undefined || days === undefined || months === undefined || weekdays === undefined) return undefined;
  const [anyDay, anyWeekday] = [day.startsWith("*"), weekday.startsWith("*")];
  return {
    minutes, hours, fixedHour: !hour.startsWith("*"),
    isDay(at) {
      const [inMonth, onDay, onWeekday] = [months.includes(at.month), days.includes(at.day), weekdays.includes(at.weekday)];
      return inMonth && (anyDay || anyWeekday ? onDay && onWeekday : onDay || onWeekday);
    },
  };
}
