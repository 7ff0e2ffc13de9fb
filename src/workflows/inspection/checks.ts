import { runChild } from "../../base/process/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { Estate, Revision } from "../estate/index.ts";

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** The last line it printed, or how it ended. */
  readonly says: string;
}

/** Runs the environment's `checks` in a copy of the whole commit, tests and all, one after another. A check that cannot be started has failed. */
export async function runChecks(estate: Estate, checks: Environment["checks"], tree: Revision["tree"]): Promise<readonly CheckResult[]> {
  if (checks.length === 0) return [];
  const directory = await estate.programs.whole(tree);
  const results: CheckResult[] = [];
  for (const { name, run, deadlineMs } of checks) {
    estate.observe({ kind: "step", text: `check ${name}: ${run.join(" ")}` });
    const options = { cwd: directory, env: { PATH: estate.machine.path, HOME: directory, CI: "true" }, deadlineMs };
    const ended = await runChild(run, options).catch((error: Error) => error);
    if (ended instanceof Error) results.push({ name, passed: false, says: ended.message });
    else {
      const last = `${ended.stdout}\n${ended.stderr}`.split("\n").findLast((line) => line.trim() !== "") ?? "";
      results.push({
        name,
        passed: ended.exitCode === 0,
        says: ended.endedBy === "itself" ? `exit ${ended.exitCode ?? ended.signal}${last === "" ? "" : `: ${last}`}` : ended.endedBy,
      });
    }
  }
  return results;
}
