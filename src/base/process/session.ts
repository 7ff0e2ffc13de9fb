import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

interface ProcessFacts {
  readonly pid: number;
  readonly session: number;
  readonly state: string;
  /** Clock ticks since boot at which it started: with the pid, its identity. */
  readonly startTicks: number;
}

/** One row of /proc, or undefined when the process is gone. Linux only; elsewhere always undefined. */
export function processFacts(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command name may hold spaces and brackets: the fields start after the last ")".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { pid, state: fields[0] ?? "?", session: Number(fields[3]), startTicks: Number(fields[19]) };
}

/** The living (not zombie) processes of a session. */
export function sessionMembers(session: number): number[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  const members: number[] = [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const facts = processFacts(Number(name));
    if (facts !== undefined && facts.session === session && facts.state !== "Z") members.push(facts.pid);
  }
  return members;
}

function signalTo(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // already gone
  }
}

/** Sends one signal to every process of a session; its leader's group too, for systems without /proc. How many were seen to live. */
export function signalSession(session: number, signal: NodeJS.Signals): number {
  signalTo(-session, signal);
  const members = sessionMembers(session);
  for (const member of members) signalTo(member, signal);
  return members.length;
}

/**
 * SIGKILLs a whole session until nothing of it lives: plugins of the engine have their own process groups and survive a group kill.
 * Returns true when the session is empty, false when something still lives after `withinMs`.
 */
export async function killSession(session: number, withinMs = 5_000): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  do {
    // One look: most sessions are empty by then, and each costs as many reads as the machine has processes.
    if (signalSession(session, "SIGKILL") === 0) return true;
    await sleep(20);
  } while (performance.now() < deadline);
  return sessionMembers(session).length === 0;
}
