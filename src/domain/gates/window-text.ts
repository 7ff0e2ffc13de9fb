import { durationMs, type Window } from "../environments/index.ts";
import { parseCron, type Schedule } from "./cron.ts";

const shortDays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** Weeks are read from Monday on. */
const weekOrder = [1, 2, 3, 4, 5, 6, 0];

const clock = (minutes: number): string => {
  const [hour, minute] = [Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, "0"));
  return minute === "00" ? (hour ?? "") : `${hour}:${minute}`;
};

/** "Mon–Fri", "Sat, Sun"; "daily". Undefined when days of the month or months matter: such a cron is shown as written. */
function daysOf(cron: string, schedule: Schedule): string | undefined {
  const [, , day, month] = cron.trim().split(/\s+/);
  if (day !== "*" || month !== "*") return undefined;
  const on = weekOrder.filter((weekday) => schedule.isDay({ month: 1, day: 1, weekday }));
  if (on.length === 7) return "daily";
  const [first, last] = [on[0] ?? 0, on.at(-1) ?? 0];
  const isRun = on.length > 2 && weekOrder.indexOf(last) - weekOrder.indexOf(first) === on.length - 1;
  return isRun ? `${shortDays[first]}–${shortDays[last]}` : on.map((weekday) => shortDays[weekday]).join(", ");
}

function shown(window: Window): string {
  const schedule = parseCron(window.cron);
  const lengthMs = durationMs(window.duration);
  const what = `${window.kind === "deny" ? "closed " : ""}${window.for.length === 1 && window.for[0] === "apply" ? "" : `for ${window.for.join(", ")} `}`;
  const days = schedule === undefined ? undefined : daysOf(window.cron, schedule);
  const [hour, minute] = [schedule?.hours[0], schedule?.minutes[0]];
  const isOnce = schedule?.hours.length === 1 && schedule.minutes.length === 1;
  if (days === undefined || lengthMs === undefined || !isOnce || hour === undefined || minute === undefined || lengthMs >= 24 * 3_600_000) return `${what}${window.cron} for ${window.duration} ${window.tz}`;
  const start = hour * 60 + minute;
  return `${what}${days} ${clock(start)}–${clock(start + Math.floor(lengthMs / 60_000))} ${window.tz}`;
}

/** Each window as people say it: "Mon–Fri 08–17 Europe/Berlin"; what does not fit that form is shown as written. */
export function shownWindows(windows: readonly Window[]): readonly string[] {
  return windows.map(shown);
}
