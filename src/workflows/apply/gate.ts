import { openGate } from "../recovery/index.ts";
import type { ApplyRun } from "./run.ts";

/** A run that has its lease, with the gate before every stack that it runs. */
export async function withGate(run: Omit<ApplyRun, "gate">): Promise<ApplyRun> {
  const { estate, ledger, request, revision, live, kept, question } = run;
  const gate = await openGate({
    estate,
    ledger,
    environment: revision.environment,
    live,
    kept,
    waitMs: request.waitMs,
    limits: { signal: run.stop.signal, ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }) },
  });
  return { ...run, gate, question: { ...question, onSession: (session) => ledger.noteSession(session), mend: gate.pass, wasDestroyed: gate.wasDestroyed } };
}
