import { realpathSync } from "node:fs";
import { join } from "node:path";
import { confined, linkedModules, nodePlaces } from "../../base/confinement/index.ts";
import { runChild, type ChildResult } from "../../base/process/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { Estate, Revision } from "../estate/index.ts";

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** The line that says most: the first that begins with a file and its line, else the last; or how it ended. */
  readonly says: string;
}

interface Wanted {
  readonly checks: Environment["checks"];
  readonly tree: Revision["tree"];
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

/** A check acts on nothing but its copy: one that does not end at once when it is told to need not be waited for. */
const graceMs = 1_000;

type Ground = Pick<Estate, "observe" | "machine" | "confinement"> & { readonly programs: Pick<Estate["programs"], "whole"> };

/** `stacks/app/index.ts(12,3): …` or `stacks/app/index.ts:12:3 …`, as compilers and linters put it. */
const place = /^\S+\.\w+(\(\d+,\d+\)|:\d+)/;

function tellingLine({ stdout, stderr }: ChildResult): string {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => place.test(line)) ?? lines.at(-1) ?? "";
}

function resultOf(name: string, ended: ChildResult): CheckResult {
  const line = tellingLine(ended);
  const exit = `exit ${ended.exitCode ?? ended.signal}${line === "" ? "" : `: ${line}`}`;
  return { name, passed: ended.exitCode === 0, says: ended.endedBy === "itself" ? exit : ended.endedBy };
}

const trueupModules = realpathSync(join(import.meta.dirname, "../../../node_modules"));

/** A check of code that nobody agreed to has its copy, its packages and the tools of this machine; what the code itself may not reach, it may not. */
async function behindWalls({ confinement }: Ground, directory: string, run: readonly [string, ...string[]]): Promise<readonly [string, ...string[]]> {
  if (confinement?.isolation.kind !== "bubblewrap") return run;
  const reads = [...nodePlaces(), trueupModules, ...(await linkedModules(directory))];
  return confined(confinement.isolation, { network: confinement.network, reads, writes: [directory] }, [...run]);
}

/** In a copy of the whole commit, tests and all, one after another. A check that cannot be started has failed; after an abort none is started. */
async function runChecks(estate: Ground, wanted: Wanted): Promise<readonly CheckResult[]> {
  if (wanted.checks.length === 0) return [];
  return estate.programs.whole(wanted.tree, (directory) => checkedIn(estate, directory, wanted));
}

async function checkedIn(estate: Ground, directory: string, { checks, signal, hardSignal }: Wanted): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { name, run, deadlineMs } of checks) {
    if (signal?.aborted === true) break;
    estate.observe({ kind: "step", text: `check ${name}: ${run.join(" ")}` });
    const options = {
      cwd: directory,
      env: { PATH: estate.machine.path, HOME: directory, CI: "true" },
      deadlineMs,
      graceMs,
      ...(signal === undefined ? {} : { signal }),
      ...(hardSignal === undefined ? {} : { hardSignal }),
    };
    const ended = await runChild(await behindWalls(estate, directory, run), options).catch((error: Error) => error);
    results.push(ended instanceof Error ? { name, passed: false, says: ended.message } : resultOf(name, ended));
  }
  return results;
}

const either = (own: AbortSignal, given: AbortSignal | undefined): AbortSignal => (given === undefined ? own : AbortSignal.any([own, given]));

/** Does the work while the checks run; both results. When the work throws, what still runs of the checks is ended first. */
export async function besideChecks<T>(estate: Ground, wanted: Wanted, work: () => Promise<T>): Promise<readonly [T, readonly CheckResult[]]> {
  const stop = new AbortController();
  const signals = { signal: either(stop.signal, wanted.signal), hardSignal: either(stop.signal, wanted.hardSignal) };
  const checked = runChecks(estate, { ...wanted, ...signals });
  // Awaited below, but perhaps long after it failed.
  checked.catch(() => undefined);
  try {
    return [await work(), await checked];
  } finally {
    stop.abort();
    await checked.catch(() => undefined);
  }
}
