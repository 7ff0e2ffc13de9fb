import type { Problem } from "../../base/problem/index.ts";
import type { StackSite, StateSummary } from "../../adapters/engine/index.ts";
import { recoveredWords } from "../../domain/recovery/index.ts";
import type { Inspection } from "../inspection/index.ts";
import type { LeftRun, Recovered } from "../ledger/index.ts";
import { mendStack, readPast, type MendWork } from "../recovery/index.ts";
import type { ApplyRun } from "./run.ts";

/** The gate before every run of a stack: what it found of earlier runs, and which stacks nobody may run now. */
export interface Gate {
  readonly left: readonly LeftRun[];
  readonly found: Recovered[];
  /** Stacks that were looked at and are in order, by their Pulumi names. */
  readonly passed: Set<string>;
  /** Stack → why. */
  readonly refused: Map<string, Problem>;
}

/** A run that has its lease: dead engines of this host are killed, and every stack is looked at before it is run. */
export async function withGate(run: Omit<ApplyRun, "gate">): Promise<ApplyRun> {
  const { estate, ledger, request, revision, live, kept, question } = run;
  const left = await ledger.left();
  const gate: Gate = { left, found: [], passed: new Set(), refused: new Map() };
  const onSession = (session: number): void => ledger.noteSession(session);
  const work: MendWork = {
    estate,
    environment: revision.environment,
    live,
    past: await readPast(ledger, live, left),
    lookOnly: false,
    ...(request.waitMs === undefined ? {} : { waitMs: request.waitMs }),
    limits: { signal: run.stop.signal, onSession, ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }) },
    confirm: () => kept.confirm(),
  };
  const mend = (site: StackSite, state: StateSummary): Promise<StateSummary> => passGate({ run, gate, work }, site, state);
  return { ...run, gate, question: { ...question, onSession, mend } };
}

interface Passing {
  readonly run: Omit<ApplyRun, "gate">;
  readonly gate: Gate;
  readonly work: MendWork;
}

/** The state of one stack that may be run now. Raises why it may not be. */
async function passGate({ run, gate, work }: Passing, site: StackSite, state: StateSummary): Promise<StateSummary> {
  const { estate, revision } = run;
  const engine = await estate.engine(revision.environment);
  const onSession = (session: number): void => run.ledger.noteSession(session, site.pulumiStack);
  const mended = await mendStack({ ...work, limits: { ...work.limits, onSession } }, engine, { site, state });
  gate.found.push(...mended.found);
  for (const one of mended.found) estate.observe({ kind: "step", text: `${site.stack}: ${recoveredWords(one)}` });
  if (mended.problem === undefined) gate.passed.add(site.pulumiStack);
  else {
    gate.refused.set(site.stack, mended.problem);
    throw mended.problem;
  }
  return mended.state;
}

/** Units of a stack that the gate refused are not run; those beside them are. */
export function setAside(inspection: Inspection, { refused }: Gate): Inspection {
  const units = inspection.plan.units.filter((unit) => !unit.waves.flat().some(({ stack }) => refused.has(stack.name)));
  const names = new Set(units.flatMap((unit) => unit.waves.flat().map(({ stack }) => stack.name)));
  const stacks = new Map([...inspection.stacks].filter(([name]) => names.has(name)));
  return { ...inspection, plan: { ...inspection.plan, units }, stacks };
}

/** After the record was pushed: a journal of which every stack is in order is no longer needed. */
export async function closeGate({ ledger, gate }: ApplyRun): Promise<void> {
  const stacksOf = ({ sessions, steps }: LeftRun): (string | undefined)[] => [...sessions.map(({ stack }) => stack), ...steps.map(({ stack }) => stack)];
  await ledger.forgetLeft(gate.left.filter((left) => stacksOf(left).every((stack) => stack === undefined || gate.passed.has(stack))));
}
