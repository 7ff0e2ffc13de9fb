import type { Host, Processes } from "../../base/host/index.ts";
import { readJournal } from "./journal.ts";
import type { HolderProof, Owner, ProofOfLife } from "./lease.ts";
import type { Lease } from "./schema.ts";
import { endSessions } from "./sessions.ts";

/** Whether the holder's process is of this boot, host and namespace, so that its pid can be looked up here at all. */
function isOfThisHost(lease: Lease, me: Owner): boolean {
  return lease.host === me.host && lease.boot !== "" && lease.boot === me.boot && lease.pidNamespace !== "" && lease.pidNamespace === me.pidNamespace;
}

/** Whether a process of this host, known by pid and start, is gone. undefined: this system cannot tell. */
export function isGone(processes: Processes, pid: number, startTicks: number): boolean | undefined {
  if (processes.facts(processes.self().pid) === undefined) return undefined;
  const facts = processes.facts(pid);
  return facts === undefined || facts.startTicks !== startTicks || facts.state === "Z" || facts.state === "X";
}

/**
 * Owners of this process that have a lease and have not begun to give it back. A process outlives its runs: an agent whose remote was away when a run
 * ended still lives, and holds a lease at which nobody works any more.
 */
export const atWork = new Set<string>();

function isOver(processes: Processes, lease: Lease): boolean {
  const { pid, startTicks } = processes.self();
  return lease.pid === pid && lease.startTicks === startTicks && !atWork.has(lease.owner);
}

export interface ProofOptions {
  readonly host: Host;
  readonly sessionsFile: string;
  readonly silentMs: number;
  readonly proofs: readonly ProofOfLife[];
}

async function askOthers(lease: Lease, proofs: readonly ProofOfLife[]): Promise<HolderProof | undefined> {
  for (const proof of proofs) {
    const answer = await proof(lease);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/**
 * A holder that wrote its journal on this disk, under a boot of this host that is over: nothing of it runs any more. The name of a host alone would be
 * no proof, two machines may have the same.
 */
async function endedWithBoot(lease: Lease, me: Owner, { host, sessionsFile }: ProofOptions): Promise<HolderProof | undefined> {
  if (lease.host !== me.host || me.boot === "" || lease.boot === "" || lease.boot === me.boot) return undefined;
  const holder = (await readJournal(host.files, sessionsFile))?.holder;
  const isItsJournal = holder?.owner === lease.owner && holder.host === lease.host && holder.boot === lease.boot;
  return isItsJournal ? { kind: "dead", how: `${lease.host} was started again since` } : undefined;
}

/** undefined: it cannot be proved that no engine of it lives any more. */
async function deadHere({ host, sessionsFile }: ProofOptions, words: string): Promise<HolderProof | undefined> {
  const ended = await endSessions(host, sessionsFile);
  if (ended === undefined) return undefined;
  return { kind: "dead", how: `${words}${ended === 0 ? "" : `, ${ended} engine session${ended === 1 ? "" : "s"} it left were killed`}` };
}

/**
 * What can be proved of a lease's holder from here. A holder of this host whose process is gone counts as dead only when the engine sessions
 * it had started are gone too: they are killed and seen to end. Of a holder elsewhere the other ways are asked, in order, until one knows; also of one
 * that wrote no journal on this disk, for a namespace's number is given again to another when the first is gone.
 * `silentMs`: how long we have seen this very lease unchanged.
 */
export async function proveHolder(lease: Lease, me: Owner, options: ProofOptions): Promise<HolderProof> {
  const silent: HolderProof = { kind: "silent", forMs: options.silentMs };
  if (!isOfThisHost(lease, me)) return (await endedWithBoot(lease, me, options)) ?? (await askOthers(lease, options.proofs)) ?? silent;
  const over = isOver(options.host.processes, lease);
  const gone = over || isGone(options.host.processes, lease.pid, lease.startTicks);
  if (gone === undefined) return silent;
  if (!gone) return { kind: "alive" };
  if (!over && (await readJournal(options.host.files, options.sessionsFile)) === undefined) return (await askOthers(lease, options.proofs)) ?? silent;
  const words = over ? `run ${lease.run} of this very process is over and could not give it back` : `process ${lease.pid} on ${lease.host} is gone`;
  return (await deadHere(options, words)) ?? silent;
}
