import { Problem } from "../../base/problem/index.ts";
import { durationMs, longestWindowMs, type Window } from "../environments/index.ts";
import { parseCron, type Schedule } from "./cron.ts";
import { lastStart, nextStart } from "./occurrence.ts";

export type WindowAction = Window["for"][number];

export interface WindowsAnswer {
  readonly open: boolean;
  /** Why it is closed, or what keeps it open. */
  readonly reason: string;
  /** When it opens next, if it is closed and opens within four years. */
  readonly opensAt?: Date;
  /** When it is no longer open; left out when nothing closes it within sight. */
  readonly closesAt?: Date;
  /** The windows that say so; empty when none is about it. */
  readonly by: readonly Window[];
  /** It is open though those of `by` are closed: they are not about it. */
  readonly passes?: true;
}

/** Closed windows that follow each other without a gap are walked through this many times. */
const mostHops = 200;

interface Timed {
  readonly window: Window;
  readonly schedule: Schedule;
  readonly lengthMs: number;
}

function timed(window: Window): Timed {
  const schedule = parseCron(window.cron);
  const lengthMs = durationMs(window.duration);
  if (schedule !== undefined && lengthMs !== undefined && lengthMs > 0 && lengthMs <= longestWindowMs) return { window, schedule, lengthMs };
  throw new Problem("ENVIRONMENT_INVALID", {
    what: schedule === undefined ? `"${window.cron}" is no cron expression` : `"${window.duration}" is no length of a window`,
    on: "windows",
    todo: 'A window is written like { kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin" }, at most 62 days long.',
  });
}

/** The end of the occurrence that covers this instant. Lengths are elapsed time: nine hours are nine hours over a change of clocks. */
function coveredUntil(one: Timed, at: number): number | undefined {
  const start = lastStart(one.schedule, one.window.tz, { at, withinMs: one.lengthMs });
  return start === undefined ? undefined : start + one.lengthMs;
}

const latest = (ends: readonly (number | undefined)[]): number | undefined => {
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};

const earliest = (starts: readonly (number | undefined)[]): number | undefined => {
  const known = starts.filter((start) => start !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

interface Split {
  readonly allows: readonly Timed[];
  readonly denies: readonly Timed[];
}

function opensAfter({ allows, denies }: Split, from: number): number | undefined {
  let at = from;
  for (let hop = 0; hop < mostHops; hop++) {
    const deniedUntil = latest(denies.map((deny) => coveredUntil(deny, at)));
    if (deniedUntil !== undefined) at = deniedUntil;
    else if (allows.length === 0 || allows.some((allow) => coveredUntil(allow, at) !== undefined)) return at;
    else {
      const next = earliest(allows.map((allow) => nextStart(allow.schedule, allow.window.tz, at)));
      if (next === undefined) return undefined;
      at = next;
    }
  }
  return undefined;
}

/** When it is no longer open; undefined when nothing closes it, or when occurrences follow each other without a gap for very long. */
function closesAfter({ allows, denies }: Split, from: number): number | undefined {
  const denied = earliest(denies.map((deny) => nextStart(deny.schedule, deny.window.tz, from)));
  if (allows.length === 0) return denied;
  let at = from;
  for (let hop = 0; hop < mostHops; hop++) {
    const until = latest(allows.map((allow) => coveredUntil(allow, at)));
    if (until === undefined) return at;
    if (denied !== undefined && denied <= until) return denied;
    at = until;
  }
  return denied;
}

function said(window: Window): string {
  return `${window.kind} ${window.cron} for ${window.duration} ${window.tz}`;
}

function closed(split: Split, at: number, because: { readonly reason: string; readonly by: readonly Timed[] }): WindowsAnswer {
  const opens = opensAfter(split, at);
  const by = because.by.map(({ window }) => window);
  return { open: false, reason: because.reason, by, ...(opens === undefined ? {} : { opensAt: new Date(opens) }) };
}

function opened(split: Split, at: number, because: Pick<WindowsAnswer, "reason" | "by" | "passes">): WindowsAnswer {
  const closes = closesAfter(split, at);
  return { open: true, ...because, ...(closes === undefined ? {} : { closesAt: new Date(closes) }) };
}

/** What keeps an apply from beginning now, and does not name rollbacks: those pass it. */
function passedBy(windows: readonly Window[], at: Date): readonly Window[] {
  const { open, by } = windowsOpen(windows, "apply", at);
  return open ? [] : by.filter((window) => !window.for.includes("rollback"));
}

/**
 * Whether an action may start at a time: any active deny closes; where an allow exists for the action, one must be active.
 * Raises ENVIRONMENT_INVALID for a window that cannot be read. A rollback is held back by what names it alone; what else is closed it passes, and the
 * answer says so.
 */
export function windowsOpen(windows: readonly Window[], action: WindowAction, at: Date): WindowsAnswer {
  const mine = windows.filter((window) => window.for.includes(action)).map(timed);
  const [allows, denies] = [mine.filter((one) => one.window.kind === "allow"), mine.filter((one) => one.window.kind === "deny")];
  const split: Split = { allows, denies };
  const now = at.getTime();
  const deny = denies.find((one) => coveredUntil(one, now) !== undefined);
  if (deny !== undefined) return closed(split, now, { reason: `a window denies it: ${said(deny.window)}`, by: [deny] });
  const allow = allows.find((one) => coveredUntil(one, now) !== undefined);
  if (allows.length > 0 && allow === undefined) {
    return closed(split, now, { reason: `no window for it is open: ${allows.map((one) => said(one.window)).join("; ")}`, by: allows });
  }
  const passed = action === "rollback" ? passedBy(windows, at) : [];
  if (passed.length > 0) return opened(split, now, { reason: `a rollback passes the closed window ${passed.map(said).join("; ")}`, by: passed, passes: true });
  return opened(
    split,
    now,
    allow === undefined ? { reason: "no window restricts it", by: [] } : { reason: `inside ${said(allow.window)}`, by: [allow.window] },
  );
}
