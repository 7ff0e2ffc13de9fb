import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { environmentBranch, ledgerOf, readRevision, readRevisionOrRemoved, refuseActing, type Estate } from "../estate/index.ts";
import { giveBackLease, keepLease, newRunId, type EnvironmentRecord, type KeptLease, type Ledger, type StackRecord } from "../ledger/index.ts";
import { openGate, type OpenGate } from "../recovery/index.ts";
import { frozenBack, refuseFrozen } from "./frozen.ts";
import { backProblem, freezeRecord, goneBack, targetOf, whyFrozen, withVeto, type VetoRecord } from "./record.ts";
import { rollBack, type RolledBack } from "./roll-back.ts";
import { rollbackRunRecord, rollbackSentence } from "./run-record.ts";
import type { RollbackGround, Target } from "./stack-back.ts";
import { backTogether } from "./together.ts";
import { closedNow, windowsBack, type Permitting } from "./window.ts";

export interface FinishRequest extends Permitting {
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

/** Whether an earlier run died, or was interrupted, while it took a unit back. */
export function isRollingBack(live: Pick<EnvironmentRecord, "vetoes"> | undefined): boolean {
  return live?.vetoes.some(isOpen) === true;
}

/** How one unit of an earlier run was taken back. */
export interface Finished {
  readonly veto: VetoRecord;
  readonly back: RolledBack;
  /** Why it is not back, and how it goes on; undefined where it is. */
  readonly problem: Problem | undefined;
}

const isOpen = ({ state }: VetoRecord): boolean => state === "rollingBack";

interface Finishing {
  readonly ground: RollbackGround;
  readonly ledger: Ledger;
  readonly gate: OpenGate;
  readonly live: EnvironmentRecord;
  readonly kept: KeptLease;
}

/** A stack's record as what it goes back to sees it: what a person undoes was good too. */
function asTarget(name: string, record: StackRecord | undefined, { targets }: VetoRecord): StackRecord | undefined {
  const target = targets?.[name];
  if (record === undefined || target === undefined) return record;
  const { previousGood: _, ...rest } = record;
  return { ...rest, lastGood: target };
}

/** All of the unit that was ever good, the last wave first: which of it had moved by then nobody can say. */
function targetsOf(veto: VetoRecord, { stacks }: EnvironmentRecord): readonly (readonly Target[])[] {
  return (veto.waves ?? [])
    .toReversed()
    .map((wave) => wave.flatMap((name) => targetOf(name, asTarget(name, stacks[name], veto), new Set()) ?? []))
    .filter((wave) => wave.length > 0);
}

/** By which rules units go back: those of a commit that they go back to. What the head says by now, and whether anybody can read it, is no matter. */
async function rulesOf(estate: Estate, { environment }: FinishRequest, live: EnvironmentRecord): Promise<Environment> {
  const [target] = live.vetoes.filter(isOpen).flatMap((veto) => targetsOf(veto, live).flat());
  if (target !== undefined) return (await readRevision(estate, target.commit, environment)).environment;
  const branch = await environmentBranch(estate, environment, live.branch?.name);
  return (await readRevisionOrRemoved(estate, branch.head, { name: environment, live })).environment;
}

async function begin(estate: Estate, request: FinishRequest, ledger: Ledger): Promise<Finishing> {
  const startedAt = estate.clock.now();
  const run = newRunId(startedAt, estate.host);
  const { lease, snapshot } = await ledger.takeLease(run);
  const kept = keepLease(ledger, lease, estate.clock);
  try {
    const live = snapshot.environment;
    const environment = await rulesOf(estate, request, live);
    const windows = await windowsBack(estate, request, { live, otherwise: () => Promise.resolve(environment) });
    const signal = request.signal === undefined ? kept.lost : AbortSignal.any([request.signal, kept.lost]);
    const hard = request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal };
    const gate = await openGate({ estate, ledger, environment, live, kept, limits: { signal, ...hard } });
    const ground: RollbackGround = {
      estate,
      ledger,
      run,
      startedAt,
      environment: request.environment,
      kept,
      gate,
      identity: live.identity,
      readsLive: environment.preview.refresh !== "never",
      parallel: environment.apply.parallel,
      windows,
      passed: [],
      signal,
      ...hard,
      destroyed: [],
      revisions: new Map(),
    };
    return { ground, ledger, gate, live, kept };
  } catch (thrown) {
    const sentence = `${request.environment}: run ${run} ended before it began; nothing was changed`;
    await giveBackLease({ ledger, kept, clock: estate.clock }, (current) => ({ next: current, sentence })).catch(() => undefined);
    throw thrown;
  }
}

/** Stacks as the rollback of one unit left them. */
function stacksAfter(
  current: EnvironmentRecord,
  { veto, back }: Finished,
  { run, at }: { readonly run: string; readonly at: Date },
): EnvironmentRecord["stacks"] {
  const stacks = { ...current.stacks };
  for (const one of back.stacks) {
    const record = asTarget(one.target.stack, stacks[one.target.stack], veto);
    if (record === undefined) continue;
    stacks[one.target.stack] = one.problem === undefined ? goneBack(record, one, { run, at }) : { ...record, result: "failed" };
  }
  // What the unit was to make first, and what nobody began, is nowhere.
  for (const name of (veto.waves ?? []).flat()) {
    const record = stacks[name];
    if (record?.lastGood === null && record.resources === 0 && record.result === "applying") delete stacks[name];
  }
  return stacks;
}

/** The record with one unit as its rollback left it. */
function withFinished(current: EnvironmentRecord, finished: Finished, { estate, run }: RollbackGround): EnvironmentRecord {
  const { veto, back } = finished;
  const at = estate.clock.now();
  const stacks = stacksAfter(current, finished, { run, at });
  const vetoes = withVeto(current.vetoes, { ...veto, state: back.state });
  if (back.state !== "frozen") return { ...current, stacks, vetoes };
  const reason = whyFrozen(veto.reason, back);
  const names = (veto.waves ?? []).flat();
  const freeze = freezeRecord({ run, unit: veto.unit ?? names.join("-"), stacks: names, reason, at });
  return { ...current, stacks, vetoes, freezes: [...current.freezes, freeze] };
}

function finishedAs(environment: string, veto: VetoRecord, back: RolledBack): Finished {
  const cause = new Problem("ROLLED_BACK", { what: veto.reason, on: `environment ${environment}`, todo: "" });
  return { veto, back, problem: back.state === "rolledBack" ? undefined : backProblem(environment, cause, back) };
}

const stillTo = "what is still to be taken back";

/** Over the whole environment a freeze holds every way back, and all else. */
function refuseAllFrozen(live: EnvironmentRecord, environment: string, at: Date): void {
  refuseFrozen(live, { environment, names: new Set(), at, what: stillTo });
}

/** Why a unit may not go back now: a freeze of its stacks is nothing to the units beside it. */
function frozenNow(live: EnvironmentRecord, veto: VetoRecord, { environment, at }: { readonly environment: string; readonly at: Date }): Finished | undefined {
  const problem = frozenBack(live, { environment, names: new Set((veto.waves ?? []).flat()), at, what: stillTo });
  return problem === undefined ? undefined : { veto, back: { stacks: [], state: "rollingBack", problem }, problem };
}

/** One unit after another; what keeps one of them keeps no other. Then what the environment as a whole says of it. */
async function takeBackAll({ ground, live }: Finishing): Promise<readonly Finished[]> {
  const { estate, environment } = ground;
  const done: Finished[] = [];
  for (const veto of live.vetoes.filter(isOpen)) {
    const frozen = frozenNow(live, veto, { environment, at: estate.clock.now() });
    if (frozen === undefined) estate.observe({ kind: "step", text: `rolling back what failed in run ${veto.run}: ${veto.reason}` });
    done.push(frozen ?? finishedAs(environment, veto, await rollBack(ground, targetsOf(veto, live))));
  }
  const together = await backTogether(ground, done);
  return together.map((one, at) => (one.back === done[at]?.back ? one : finishedAs(environment, one.veto, one.back)));
}

/** Those of which none may go back now: then nobody needs a lease to say so. */
async function allHeld(estate: Estate, request: FinishRequest, live: EnvironmentRecord): Promise<readonly Finished[] | undefined> {
  const { environment } = request;
  const open = live.vetoes.filter(isOpen);
  if (open.length === 0) return undefined;
  const windows = await windowsBack(estate, request, { live, otherwise: () => rulesOf(estate, request, live) });
  const closed = closedNow({ estate, environment, windows, passed: [] });
  const held = open.flatMap((veto): readonly Finished[] => {
    const frozen = frozenNow(live, veto, { environment, at: estate.clock.now() });
    if (frozen !== undefined) return [frozen];
    return closed === undefined ? [] : [finishedAs(environment, veto, { stacks: [], state: "rollingBack", problem: closed })];
  });
  return held.length === open.length ? held : undefined;
}

/**
 * Takes back what an earlier run had begun to take back when it died or was interrupted, under a lease of its own and as a run of its own. What could not
 * be taken back is frozen, and told by what is tried of it next; what cannot be now is told, and stays as it is for whoever comes next. Raises what keeps
 * all of it from that: a freeze of the environment, its lease, its rules, or that it was told to stop.
 */
export async function finishRollbacks(estate: Estate, request: FinishRequest): Promise<readonly Finished[]> {
  const { environment } = request;
  refuseActing(estate.machine, environment);
  const ledger = await ledgerOf(estate, environment);
  const before = (await ledger.read({ fetch: false }))?.environment;
  if (before !== undefined) refuseAllFrozen(before, environment, estate.clock.now());
  const held = before === undefined ? undefined : await allHeld(estate, request, before);
  if (held !== undefined) return held;
  const finishing = await begin(estate, request, ledger);
  const { ground, gate, live, kept } = finishing;
  let done: readonly Finished[] = [];
  let broken: Problem | undefined;
  try {
    refuseAllFrozen(live, environment, estate.clock.now());
    done = await takeBackAll(finishing);
  } catch (thrown) {
    broken = asProblem(thrown, `environment ${environment}`);
  }
  if (kept.lost.aborted) broken = asProblem(kept.lost.reason, `environment ${environment}`);
  const stuck = broken ?? done.find(({ problem }) => problem !== undefined)?.problem;
  await giveBackLease({ ledger, kept, clock: estate.clock }, (current) => ({
    next: done.reduce((record, one) => withFinished(record, one, ground), current),
    runs: [rollbackRunRecord(ground, done, { fencing: kept.lease.fencing, problem: stuck })],
    sentence: rollbackSentence(ground, done, stuck),
    trailers: { Run: ground.run, Kind: "rollback", Result: stuck === undefined ? "rolledBack" : "failed" },
  }));
  await gate.close();
  if (stuck !== undefined && (broken !== undefined || ground.signal.aborted)) throw stuck;
  return done;
}
