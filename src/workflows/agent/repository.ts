import type { Clock } from "../../base/clock/index.ts";
import type { Machine } from "../../base/process/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { afterRun, applyAndTell, leftToTell, proposeDrift } from "../conversation/index.ts";
import { driftProblem, sweepDrift } from "../drift/index.ts";
import { forgeOf, ledgerOf, openEstate, type Estate } from "../estate/index.ts";
import { newRunId } from "../ledger/index.ts";
import type { Ended, ErrandRun } from "./errand.ts";
import type { Grounds } from "./grounds.ts";
import { Ahead } from "./ahead.ts";
import { isApplyDue, isStillLeftHeld, standingOf, wantsConsent } from "./standing.ts";
import { Talk } from "./talk.ts";

export interface RepositoryOptions {
  /** The clone to work in. */
  readonly directory: string;
  readonly environments: readonly string[];
  /** As this repository's settings make it. */
  readonly machine: Machine;
  readonly clock: Clock;
}

interface Open {
  readonly estate: Estate;
  /** Left out: nobody is asked and nobody is told. */
  readonly forge: Forge | undefined;
}

/** Its turn may have come long after it was seen: somebody else was faster, or tried and failed. */
const isDue = (at: number | undefined, estate: Estate): boolean => at !== undefined && at <= estate.clock.now().getTime();

/** Applies the head that the branch has when it begins, whatever it was when it was seen. */
async function applied({ estate, forge }: Open, environment: string, run: ErrandRun): Promise<Ended> {
  if (!(await isApplyDue(estate, environment))) return { kind: "nothing" };
  const { signal, hardSignal, observe } = run;
  // What the look fetched is enough to see that there is something to do: with the lease everything is fetched and read anew.
  const { result } = await applyAndTell({ ...estate, observe }, forge, { environment, all: false, isFetched: true, signal, hardSignal });
  return { kind: "done", run: result.run, ...(result.problem === undefined ? {} : { problem: result.problem }) };
}

async function swept({ estate, forge }: Open, environment: string, run: ErrandRun): Promise<Ended> {
  if (!isDue((await standingOf(estate, environment, forge !== undefined)).driftAt, estate)) return { kind: "nothing" };
  const { signal, hardSignal, observe } = run;
  const sweep = await sweepDrift({ ...estate, observe }, { environment, signal, hardSignal }, { scheduledOnly: true });
  await proposeDrift({ ...estate, observe }, forge, sweep);
  if (sweep.detection.stacks.length > 0) await afterRun({ ...estate, observe }, forge, { environment, drift: true, signal });
  const problem = driftProblem({ detection: sweep.detection, repair: sweep.repair, sweep });
  if (problem === undefined && sweep.detection.stacks.length === 0) return { kind: "nothing" };
  return { kind: "done", ...(sweep.repair.run === undefined ? {} : { run: sweep.repair.run }), ...(problem === undefined ? {} : { problem }) };
}

/** Tells what a run could not tell that has ended, or was killed before it could. */
async function notified({ estate, forge }: Open, environment: string, { signal, observe }: ErrandRun): Promise<Ended> {
  if (!isDue((await leftToTell(estate, environment, forge !== undefined))?.getTime(), estate)) return { kind: "nothing" };
  const problem = await afterRun({ ...estate, observe }, forge, { environment, drift: false, signal });
  return { kind: "done", ...(problem === undefined ? {} : { problem }) };
}

/** What the dead one was about to do is seen in the next look. */
async function released({ estate }: Open, environment: string, { observe }: ErrandRun): Promise<Ended> {
  if (!(await isStillLeftHeld(estate, environment))) return { kind: "nothing" };
  const ledger = await ledgerOf(estate, environment);
  const run = newRunId(estate.clock.now(), estate.host);
  const { lease, tookOver } = await ledger.takeLease(run);
  if (tookOver !== undefined) observe({ kind: "step", text: `took the lease over from run ${tookOver.from.run}: ${tookOver.how}` });
  await ledger.releaseLease(lease);
  return { kind: "done", run };
}

/** Opens one repository for an agent. Raises what opening a clone raises, and CONFIG_INVALID for settings of its forge. */
export async function openGrounds(options: RepositoryOptions): Promise<Grounds> {
  const { directory, machine, clock } = options;
  const estate = await openEstate({ directory, machine, clock });
  const ahead = new Ahead(estate);
  try {
    const forge = await forgeOf(estate);
    const talk = forge === undefined ? undefined : new Talk(estate, forge, options.environments);
    return {
      poll: () => estate.repository.fetchIfMoved(),
      standing: (environment) => standingOf(estate, environment, forge !== undefined),
      expect: (environment) => ahead.read(environment),
      rest: () => estate.rest(),
      apply: (environment, run) => applied({ estate, forge }, environment, run),
      wantsConsent: (environment) => wantsConsent(estate, environment),
      sweep: (environment, run) => swept({ estate, forge }, environment, run),
      notify: (environment, run) => notified({ estate, forge }, environment, run),
      release: (environment, run) => released({ estate, forge }, environment, run),
      ...(talk === undefined ? {} : { talk: () => talk.errands() }),
      close: async () => {
        await ahead.settled();
        await estate.close();
      },
    };
  } catch (thrown) {
    await estate.close();
    throw thrown;
  }
}
