import type { Inspection } from "../inspection/index.ts";
import { openGate, type Gate } from "../recovery/index.ts";
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
  return { ...run, gate, question: { ...question, onSession: (session) => ledger.noteSession(session), mend: gate.pass } };
}

/** Units of a stack that the gate refused are not run; those beside them are. */
export function setAside(inspection: Inspection, { refused }: Gate): Inspection {
  const units = inspection.plan.units.filter((unit) => !unit.waves.flat().some(({ stack }) => refused.has(stack.name)));
  const names = new Set(units.flatMap((unit) => unit.waves.flat().map(({ stack }) => stack.name)));
  const stacks = new Map([...inspection.stacks].filter(([name]) => names.has(name)));
  return { ...inspection, plan: { ...inspection.plan, units }, stacks };
}
