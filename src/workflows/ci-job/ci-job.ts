import { ciHost, ciOutput, type CiOutput } from "../../adapters/ci/index.ts";
import type { Clock } from "../../base/clock/index.ts";
import type { Machine } from "../../base/process/index.ts";

/** How to speak to the host of the CI job that this process is; undefined outside of CI. CONFIG_INVALID for an event that is never safe. */
export function ciOutputHere(machine: Pick<Machine, "variable">, clock: Pick<Clock, "now">): CiOutput | undefined {
  const host = ciHost(machine);
  return host === undefined ? undefined : ciOutput(host, machine, () => clock.now());
}
