import type { Host } from "../../base/host/index.ts";
import { readJournal } from "./journal.ts";

/**
 * Kills what still lives of a dead holder's sessions. Returns how many had to be killed, or undefined when it cannot be proved that all
 * are gone: the journal is missing, or something does not die.
 */
export async function endSessions({ files, processes }: Host, file: string): Promise<number | undefined> {
  const journal = await readJournal(files, file);
  if (journal === undefined) return undefined;
  let killed = 0;
  for (const noted of journal.sessions) {
    if (processes.members(noted.session).length === 0) continue;
    const leader = processes.facts(noted.session);
    // The number was given to somebody else since: not ours to kill, and ours is gone.
    if (leader !== undefined && noted.startTicks !== 0 && leader.startTicks !== noted.startTicks) continue;
    if (!(await processes.kill(noted.session))) return undefined;
    killed += 1;
  }
  return killed;
}
