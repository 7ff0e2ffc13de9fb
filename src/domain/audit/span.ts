/** Times from `since` on and before `until`, in milliseconds since 1970. */
export interface Span {
  readonly sinceMs: number;
  readonly untilMs: number;
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const dayPattern = /^\d{4}-\d{2}-\d{2}$/;
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A day that the calendar has: Date takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text;
}

/**
 * What a person writes for a time: `2026-11-20` (UTC; as an end the whole day), `2026-11-20T08:00Z`, or how long ago: `90m`, `36h`, `7d`, `2w`.
 * undefined when it is none of these.
 */
export function timeOf(text: string, { nowMs, isEnd }: { readonly nowMs: number; readonly isEnd: boolean }): number | undefined {
  const ago = /^(\d{1,6})([mhdw])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * (units[ago[2] ?? ""] ?? 0);
  if (!isDay(text.slice(0, 10))) return undefined;
  if (dayPattern.test(text)) return Date.parse(`${text}T00:00:00Z`) + (isEnd ? 86_400_000 : 0);
  const at = timePattern.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export function isWithin(at: string, { sinceMs, untilMs }: Span): boolean {
  const ms = Date.parse(at);
  return ms >= sinceMs && ms < untilMs;
}
