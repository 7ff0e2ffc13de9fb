import type { Problem } from "../../base/problem/index.ts";
import type { RunLimits, StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { recoveredWords } from "../../domain/recovery/index.ts";
import type { Estate } from "../estate/index.ts";
import type { EnvironmentRecord, KeptLease, Ledger, LeftRun, Recovered } from "../ledger/index.ts";
import { mendStack, type MendWork } from "./mend.ts";
import { noting } from "./noting.ts";
import { lastRuns, pastOf } from "./past.ts";

/** What the gate before every run of a stack found of earlier runs, and which stacks nobody may run now. */
export interface Gate {
  readonly left: readonly LeftRun[];
  readonly found: Recovered[];
  /** Stacks that were looked at and are in order, by their Pulumi names. */
  readonly passed: Set<string>;
  /** Stack → why. */
  readonly refused: Map<string, Problem>;
}

/** A run that has its lease and is about to run stacks. */
export interface GateQuestion {
  readonly estate: Estate;
  readonly ledger: Ledger;
  readonly environment: Environment;
  readonly live: EnvironmentRecord | undefined;
  readonly kept: Pick<KeptLease, "confirm">;
  /** How long to wait for somebody else's lock; left out: not at all. */
  readonly waitMs?: number | undefined;
  readonly limits: Pick<RunLimits, "signal" | "hardSignal">;
}

export interface OpenGate extends Gate {
  /** The state of one stack that may be run now; `known`: what to take it for. Raises why it may not be, and keeps that in `refused`. */
  pass(site: StackSite, known?: StateSummary): Promise<StateSummary>;
  /** Whether the run that is on record as the stack's last has destroyed it, and died before it could say so. */
  wasDestroyed(site: StackSite): boolean;
  /** After the record was pushed: a journal of which every stack is in order is no longer needed. */
  close(): Promise<void>;
}

const stacksOf = ({ sessions, steps }: LeftRun): (string | undefined)[] => [...sessions.map(({ stack }) => stack), ...steps.map(({ stack }) => stack)];

/** Dead engines of this host are killed, and every stack is looked at before it is run. */
export async function openGate(question: GateQuestion): Promise<OpenGate> {
  const { estate, ledger, environment, live, kept, waitMs, limits } = question;
  const left = await ledger.left();
  const gate: Gate = { left, found: [], passed: new Set(), refused: new Map() };
  const known = { live, runs: left, processes: estate.host.processes, records: await lastRuns(ledger, live) };
  const work: Omit<MendWork, "notes" | "past"> = {
    estate,
    environment,
    live,
    lookOnly: false,
    ...(waitMs === undefined ? {} : { waitMs }),
    limits,
    confirm: () => kept.confirm(),
  };
  return {
    ...gate,
    async pass(site, state) {
      const notes = noting({ ledger, clock: estate.clock, kept }, site);
      const past = pastOf({ ...known, own: await ledger.steps() });
      const mended = await mendStack({ ...work, notes, past }, await estate.engine(environment), { site, known: state });
      gate.found.push(...mended.found);
      for (const one of mended.found) estate.observe({ kind: "step", text: `${site.stack}: ${recoveredWords(one)}` });
      if (mended.problem !== undefined) {
        gate.refused.set(site.stack, mended.problem);
        throw mended.problem;
      }
      gate.passed.add(site.pulumiStack);
      return mended.state;
    },
    // Of an older run's destroy nothing follows: the stack may have been made anew since.
    wasDestroyed: ({ stack }) => left.some(({ holder, destroyed }) => holder?.run === live?.stacks[stack]?.run && destroyed.includes(stack)),
    close: () => ledger.forgetLeft(left.filter((one) => stacksOf(one).every((stack) => stack === undefined || gate.passed.has(stack)))),
  };
}
