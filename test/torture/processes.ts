import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processFacts, sessionMembers } from "../../src/base/process/index.ts";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const pids = (): number[] => readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
const isAlive = (pid: number): boolean => !["Z", "X", undefined].includes(processFacts(pid)?.state);
const words = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** What a runner has started that serves it, each in a session of its own. */
export interface Family {
  readonly provider: number | undefined;
  readonly host: number | undefined;
  /** Processes of programs, children of the host. */
  readonly programs: readonly number[];
}

export function familyOf(runner: number): Family {
  const all = pids().map((pid) => ({ pid, parent: parentOf(pid) }));
  const children = all.filter(({ parent }) => parent === runner).map(({ pid }) => ({ pid, said: words(pid) }));
  const found = (part: string): number | undefined => children.find(({ said }) => said.includes(part))?.pid;
  const host = found("satellites/program-host/");
  const programs = all.filter(({ pid, parent }) => parent === host && words(pid).includes("program-host/child/")).map(({ pid }) => pid);
  return { provider: found("satellites/sandbox-cloud/"), host, programs };
}

/** Everything that lives of sessions. */
export const membersOf = (sessions: readonly number[]): readonly number[] => sessions.flatMap((session) => sessionMembers(session));

/** Processes that have a folder in their environment, their words or as their own folder. */
export function processesIn(folder: string): readonly { readonly pid: number; readonly words: string }[] {
  const cwd = (pid: number): string => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`);
    } catch {
      return "";
    }
  };
  return pids()
    .filter((pid) => pid !== process.pid && [words(pid), cwd(pid), read(`/proc/${pid}/environ`)].some((text) => text.includes(folder)))
    .filter(isAlive)
    .map((pid) => ({ pid, words: words(pid).slice(0, 160) }));
}
