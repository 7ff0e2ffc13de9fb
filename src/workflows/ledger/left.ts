import { join } from "node:path";
import type { Clock } from "../../base/clock/index.ts";
import type { Files, Host } from "../../base/host/index.ts";
import { readJournal, type Journal } from "./journal.ts";
import type { Owner } from "./lease.ts";
import { isGone } from "./proof.ts";
import { endSessions } from "./sessions.ts";

/** What a run that died left behind on this host. No engine of it lives any more. */
export interface LeftRun extends Journal {
  readonly owner: string;
  /** Where it is written down, until it is dealt with. */
  readonly file: string;
}

export interface LeftQuestion {
  readonly host: Host;
  readonly clock: Clock;
  readonly directory: string;
  readonly environment: string;
  /** Who holds the lease now: whatever engine another holder's journal names has no right to run. */
  readonly me: Owner;
  /** Owners that are proved dead, however that was found out. */
  readonly proved: ReadonlySet<string>;
  /** Kill nothing: then an engine of a dead run may still be at work. */
  readonly lookOnly: boolean;
}

/** Whether the processes of a journal can be looked up here; undefined: they ran under another boot of this host, and ended with it. */
function isHere(journal: Journal, me: Owner): boolean | undefined {
  const { holder } = journal;
  if (holder === undefined || holder.host !== me.host || me.boot === "") return false;
  if (holder.boot !== me.boot) return undefined;
  return holder.pidNamespace === me.pidNamespace && me.pidNamespace !== "";
}

/** What an engine has at most that was told to end: what it makes at that moment may take the cloud as long. */
const endsWithinMs = 60_000;
const looksEveryMs = 200;

/**
 * Engines of a holder that lives and lost its lease (a person took it for dead): it is ending them, or does not know yet, and has a while for that. One that is
 * held still can end nothing, and what it began would go on where it wakes.
 */
async function isRevoked({ file, holder, sessions }: LeftRun, { host, clock }: LeftQuestion): Promise<boolean> {
  const { processes } = host;
  const engines = (): readonly number[] => sessions.flatMap(({ session }) => processes.members(session));
  const isStill = (pid: number): boolean => /^[Tt]/.test(processes.facts(pid)?.state ?? "");
  if (holder === undefined || engines().length === 0) return false;
  const until = clock.monotonicMs() + endsWithinMs;
  while (engines().length > 0 && !isStill(holder.pid) && clock.monotonicMs() < until) await clock.sleep(looksEveryMs);
  return (await endSessions(host, file)) !== undefined;
}

async function isDead(found: LeftRun, question: LeftQuestion): Promise<boolean> {
  const { host, me, proved, lookOnly } = question;
  const here = isHere(found, me);
  if (here === undefined) return true;
  if (!here) return proved.has(found.owner);
  const { holder } = found;
  const isProcessGone = holder !== undefined && isGone(host.processes, holder.pid, holder.startTicks) === true;
  if (proved.has(found.owner) || isProcessGone || found.isOver) return lookOnly || (await endSessions(host, found.file)) !== undefined;
  return !lookOnly && (await isRevoked(found, question));
}

/**
 * The journals of earlier holders, their engines seen to end, or killed. Asked only by who holds the lease. A journal of a process that still lives and has no
 * engine (somebody who waits for the lease, or lost it and has ended its own) is not among them.
 */
export async function leftRuns(question: LeftQuestion): Promise<readonly LeftRun[]> {
  const { host, directory, environment, me } = question;
  const start = `${environment}.sessions-`;
  const names = (await host.files.list(directory)).filter((name) => name.startsWith(start) && name.endsWith(".jsonl"));
  const found: LeftRun[] = [];
  for (const name of names) {
    const owner = name.slice(start.length, -".jsonl".length);
    const file = join(directory, name);
    const journal = owner === me.owner ? undefined : await readJournal(host.files, file);
    const left = journal === undefined ? undefined : { ...journal, owner, file };
    if (left !== undefined && (await isDead(left, question))) found.push(left);
  }
  return found;
}

/** What they left is dealt with, or can be read elsewhere. */
export async function forgetRuns(files: Files, runs: readonly LeftRun[]): Promise<void> {
  await Promise.all(runs.map(({ file }) => files.remove(file)));
}
