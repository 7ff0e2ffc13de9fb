import { timeZoneFault } from "../environments/index.ts";
import { instantsOf, wallAt } from "./zone.ts";

export type When = { readonly at: Date } | { readonly fault: string; readonly todo: string };

const minuteMs = 60_000;
const written = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(?:(Z|[+-]\d{2}:\d{2})| ([A-Za-z][\w+/-]*))?$/;
const example = 'Write it like "2026-11-24T08:00Z", "2026-11-24T08:00+01:00" or "2026-11-24 08:00 Europe/Berlin".';

function iso(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 16)}Z`;
}

interface Parts {
  readonly text: string;
  readonly date: string;
  readonly time: string;
  readonly seconds: string;
}

/** A day that no calendar has, such as 30 February, comes back as another one. */
function wallMs({ date, time, seconds }: Parts): number | undefined {
  const ms = Date.parse(`${date}T${time}:${seconds}Z`);
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(`${date}T${time}`) ? undefined : ms;
}

function inZone(parts: Parts, wall: number, tz: string): When {
  const fault = timeZoneFault(tz);
  if (fault !== undefined) return { fault, todo: example };
  const minute = Math.floor(wall / minuteMs);
  const [first = 0, second] = instantsOf(minute, tz);
  const said = `${parts.date} ${parts.time}`;
  if (second !== undefined) {
    return { fault: `${said} comes twice in ${tz}: its clocks go back over it`, todo: `Say which: ${iso(first)} or ${iso(second)}.` };
  }
  if (wallAt(first, tz) !== minute) {
    return { fault: `there is no ${said} in ${tz}: its clocks jump over it`, todo: `They jump at ${iso(first)}.` };
  }
  return { at: new Date(first + (wall % minuteMs)) };
}

/**
 * A moment as a person writes it: with Z, with an offset, or with the name of a zone. One without any of them is refused: which clock is meant is
 * known only to who wrote it.
 */
export function parseWhen(text: string): When {
  const match = written.exec(text.trim());
  if (match === null) return { fault: `"${text}" is no time`, todo: example };
  const [, year, month, day, hour, minute, seconds = "00", offset, tz] = match;
  const parts = { text, date: `${year}-${month}-${day}`, time: `${hour}:${minute}`, seconds };
  const wall = wallMs(parts);
  if (wall === undefined) return { fault: `"${text}" is no time: no calendar has it`, todo: example };
  if (tz !== undefined) return inZone(parts, wall, tz);
  if (offset === undefined) return { fault: `"${text}" does not say on which clock`, todo: example };
  const at = new Date(`${parts.date}T${parts.time}:${seconds}${offset}`);
  return Number.isNaN(at.getTime()) ? { fault: `"${text}" is no time: there is no offset ${offset}`, todo: example } : { at };
}

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** "Mon 2026-11-24 08:00 Europe/Berlin (07:00Z)"; the date of UTC too where it is another day there. */
export function shownWhen(at: Date, tz: string): string {
  const local = new Date(wallAt(at.getTime(), tz) * minuteMs);
  const [date, utcDate] = [local.toISOString().slice(0, 10), at.toISOString().slice(0, 10)];
  const utc = `${at.toISOString().slice(11, 16)}Z`;
  const said = `${days[local.getUTCDay()]} ${date} ${local.toISOString().slice(11, 16)}`;
  return tz === "UTC" ? `${said}Z` : `${said} ${tz} (${date === utcDate ? "" : `${utcDate} `}${utc})`;
}
