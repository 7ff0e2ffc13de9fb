import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { killSession, processFacts, sessionMembers } from "../../base/process/index.ts";

/**
 * The engine sessions of one holder, in a file on its own host: pushing each to the ledger would be chatter, and only this host could kill
 * them anyway. One line per session, written as soon as it has a number.
 */
interface SessionLine {
  readonly session: number;
  readonly startTicks: number;
}

/** Starts the journal of a lease's holder, before the lease is pushed: an empty one proves that it started nothing. */
export async function beginSessions(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, "", { mode: 0o600 });
}

export async function dropSessions(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** Notes a session that was just started (`onSession` of a child process). */
export async function noteSession(file: string, session: number): Promise<void> {
  const line: SessionLine = { session, startTicks: processFacts(session)?.startTicks ?? 0 };
  await appendFile(file, `${JSON.stringify(line)}\n`);
}

function parseLine(line: string): SessionLine | undefined {
  try {
    const { session, startTicks } = JSON.parse(line) as Partial<SessionLine>;
    return typeof session === "number" && Number.isInteger(session) && session > 1 && typeof startTicks === "number" ? { session, startTicks } : undefined;
  } catch {
    return undefined; // the holder was killed while it wrote this line
  }
}

/**
 * Kills what still lives of a dead holder's sessions. Returns how many had to be killed, or undefined when it cannot be proved that all
 * are gone: the journal is missing, or something does not die.
 */
export async function endSessions(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  let killed = 0;
  for (const line of text.split("\n")) {
    const noted = parseLine(line);
    if (noted === undefined || sessionMembers(noted.session).length === 0) continue;
    const leader = processFacts(noted.session);
    // The number was given to somebody else since: not ours to kill, and ours is gone.
    if (leader !== undefined && noted.startTicks !== 0 && leader.startTicks !== noted.startTicks) continue;
    if (!(await killSession(noted.session))) return undefined;
    killed += 1;
  }
  return killed;
}
