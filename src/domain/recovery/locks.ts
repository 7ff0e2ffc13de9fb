/** The engine's own lock on a stack, as far as its maker wrote it. */
export interface LockFacts {
  readonly name: string;
  readonly pid: number;
  readonly host: string;
  /** RFC 3339; "" when it cannot be read. */
  readonly since: string;
}

/** An engine of ours that is proved dead. */
export interface DeadEngine {
  readonly pid: number;
  readonly host: string;
  /** The full Pulumi stack name. */
  readonly stack: string;
  /** Milliseconds since 1970 at which it was started. */
  readonly startedMs: number;
  /** The lock that it was seen to take. */
  readonly lock: string | undefined;
  /** Whether no process has its number now, among all that it was one of. */
  readonly isNumberFree: boolean;
}

/** A machine that is proved gone with all that ran on it, on which a run of ours was alone. Times: milliseconds since 1970, of its lease. */
export interface GoneMachine {
  readonly host: string;
  /** The full Pulumi stack name that its run was at. */
  readonly stack: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * An engine takes its lock before it does anything else; one that was killed before its lock was seen is known by its number and this span. A clock that
 * was set meanwhile says another time: there the number is enough while no other process has it, since no stack with a lock on it is ever begun.
 */
const soonMs = 120_000;
/** Two clocks of one machine, and timestamps in whole seconds. */
const slackMs = 2_000;

/**
 * Whether a lock is one that a dead engine of ours left behind: it was seen to take this very file, or file and engine agree in process and host, and in time
 * unless nobody else can have that number.
 * Anything else is somebody's who may be at work, however old it is: locks do not expire, and their makers are not known to be dead.
 */
export function isOwnDead(lock: LockFacts, stack: string, dead: readonly DeadEngine[]): boolean {
  return dead.some((engine) => {
    if (engine.stack !== stack) return false;
    if (engine.lock !== undefined) return engine.lock === lock.name;
    if (lock.pid !== engine.pid || lock.host !== engine.host) return false;
    const sinceMs = Date.parse(lock.since);
    return engine.isNumberFree || (sinceMs >= engine.startedMs - slackMs && sinceMs <= engine.startedMs + soonMs);
  });
}

/** Whether a lock was taken on a machine that is gone, while the run that was alone on it could act: nobody who has it lives. */
export function isOfGone(lock: LockFacts, stack: string, gone: readonly GoneMachine[]): boolean {
  const sinceMs = Date.parse(lock.since);
  return gone.some(
    (machine) => machine.stack === stack && machine.host === lock.host && sinceMs >= machine.sinceMs - slackMs && sinceMs <= machine.untilMs + slackMs,
  );
}
