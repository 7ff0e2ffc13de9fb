import type { Estate } from "../../src/workflows/estate/index.ts";

/** A machine as the runners on it know it. */
export interface Machinery {
  readonly name: string;
  /** How many times as fast its clocks go: an hour of silence is waited for in minutes. What people read as the time stays as it is. */
  readonly faster: number;
  /** Its runners know how long they were held still, and stop themselves in time. */
  readonly stopsItself: boolean;
}

/** The same clone as a runner on another machine has it: by another name, after another boot, with clocks of its own. */
export function onHost(estate: Estate, { name, faster, stopsItself }: Machinery): Estate {
  const { processes } = estate.host;
  const here = (): ReturnType<typeof processes.here> => ({ ...processes.here(), boot: `the boot of ${name}` });
  return {
    ...estate,
    machine: { ...estate.machine, host: name },
    host: { ...estate.host, processes: { ...processes, here, uptimeS: () => processes.uptimeS() * faster } },
    clock: {
      ...estate.clock,
      monotonicMs: () => (stopsItself ? estate.clock.monotonicMs() * faster : 0),
      sleep: (ms, signal) => estate.clock.sleep(ms / faster, signal),
    },
  };
}
