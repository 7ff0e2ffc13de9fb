import { ciHost, ciOutput, ciSurroundings, type CiOutput, type CiSurroundings } from "../../adapters/ci/index.ts";
import type { Clock } from "../../base/clock/index.ts";
import type { Machine } from "../../base/process/index.ts";

export interface CiJobHere {
  readonly output: CiOutput;
  /** Raises CONFIG_INVALID when the host left something out. */
  surroundings(): CiSurroundings;
}

/** The CI job that this process is, and how to speak to its host; undefined outside of CI. CONFIG_INVALID for an event that is never safe. */
export function ciJob(machine: Pick<Machine, "variable">, clock: Pick<Clock, "now">): CiJobHere | undefined {
  const host = ciHost(machine);
  if (host === undefined) return undefined;
  const surroundings = (): CiSurroundings => {
    const found = ciSurroundings(machine);
    if (found === undefined) throw new Error(`a job of ${host} without surroundings`);
    return found;
  };
  return { output: ciOutput(host, machine, () => clock.now()), surroundings };
}
