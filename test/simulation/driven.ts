import type { Scheduler } from "./parts/scheduler.ts";

/** Lets virtual time go on for as long as a contract waits for what the simulated parts do. */
export function driven(scheduler: Scheduler): { readonly close: () => Promise<void> } {
  const closed = new AbortController();
  const isClosed = (): boolean => closed.signal.aborted;
  const drive = async (): Promise<void> => {
    while (!isClosed()) await scheduler.run(isClosed, 1_000).then(() => new Promise((done) => void setTimeout(done, 1)));
  };
  const driving = drive();
  return {
    close: async () => {
      closed.abort();
      await driving;
    },
  };
}
