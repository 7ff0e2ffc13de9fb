import { Problem } from "../../base/problem/index.ts";
import type { DriftRules } from "../environments/index.ts";
import { parseCron } from "./cron.ts";
import { nextStart } from "./occurrence.ts";

/** When a stack is looked at: a cron expression and its zone, UTC when left out. */
type Looks = Pick<DriftRules, "schedule" | "tz">;

/**
 * When a stack is to be looked at next: the first start of its schedule after the last look. undefined: never. At once without a
 * schedule, or when it was never looked at. Raises ENVIRONMENT_INVALID for a schedule that cannot be read.
 */
export function nextLook({ schedule, tz = "UTC" }: Looks, lastLook: Date | undefined): Date | undefined {
  if (schedule === undefined || lastLook === undefined) return new Date(0);
  const times = parseCron(schedule);
  if (times === undefined) {
    throw new Problem("ENVIRONMENT_INVALID", {
      what: `"${schedule}" is no cron expression`,
      on: "drift.schedule",
      todo: 'A schedule is written like "*/30 * * * *": minute, hour, day, month, weekday.',
    });
  }
  const next = nextStart(times, tz, lastLook.getTime());
  return next === undefined ? undefined : new Date(next);
}

export function isDue(looks: Looks, lastLook: Date | undefined, now: Date): boolean {
  const next = nextLook(looks, lastLook);
  return next !== undefined && next.getTime() <= now.getTime();
}
