import { durationMs, type Window } from "../environments/index.ts";
import { parseCron, type Schedule } from "./cron.ts";

const shortDays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const longestMs = 24 * 3_600_000;
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

/** "Mon–Fri 08–17", when the window starts once a day on weekdays and is shorter than a day. */
function weekly(window: Window): string | undefined {
  const schedule = parseCron(window.cron);
  const lengthMs = durationMs(window.duration) ?? longestMs;
  const [hour, minute] = [schedule?.hours[0] ?? 0, schedule?.minutes[0] ?? 0];
  if (schedule === undefined || schedule.hours.length * schedule.minutes.length !== 1 || lengthMs >= longestMs) return undefined;
  const days = daysOf(window.cron, schedule);
  const start = hour * 60 + minute;
  return days === undefined ? undefined : `${days} ${clock(start)}–${clock(start + Math.floor(lengthMs / 60_000))}`;
}

function shown(window: Window): string {
  const isOnlyApply = window.for.length === 1 && window.for[0] === "apply";
  const what = `${window.kind === "deny" ? "closed " : ""}${isOnlyApply ? "" : `for ${window.for.join(", ")} `}`;
  return `${what}${weekly(window) ?? `${window.cron} for ${window.duration}`} ${window.tz}`;
}

/** Each window as people say it: "Mon–Fri 08–17 Europe/Berlin"; what does not fit that form is shown as written. */
export function shownWindows(windows: readonly Window[]): readonly string[] {
  return windows.map(shown);
}
