import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Engine, EngineOutcome, StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { ProbeResult } from "../../adapters/probes/index.ts";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import type { Closure } from "../../domain/planner/index.ts";
import { type BackQuestion, madeAgain, namedAgain, ownedIn, type Override, tooMuchOnTheWayBack, vanished, type Beside } from "../../domain/gates/index.ts";
import { asksPast, notOwn, pastOf, rollbackRefusals, type RollbackQuestion } from "../../domain/units/index.ts";
import { prepareSites, readRevision, type Revision, type Sites } from "../estate/index.ts";
import { identityOf, otherBackend, refuseElsewhere } from "../inspection/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { stateAfter, type OpenGate } from "../recovery/index.ts";
import { pastAt } from "./attempts.ts";
import { backUp, failureOf, heard, patiently, verifyFailure, verifyStack, type Attempt, type RunFacts } from "../stack-run/index.ts";

/** Where a stack goes back to. */
export interface Target {
  readonly stack: string;
  readonly commit: string;
  readonly closureDigest: string;
  /** When it was found good there: what is older was there then. */
  readonly since: Date;
  /** What the runs that are undone are known to have made of it. */
  readonly ownUrns: ReadonlySet<string>;
  /** What the run that goes back took out of the state while its object lives on; left out: nothing. */
  readonly letGo?: readonly string[];
  /** What its state was then. */
  readonly stateDigest: string;
  /** The run that goes back began to change it then, and cannot tell all that it made; left out: what it tells is all. */
  readonly untoldSince?: Date;
  /** False: it is as it was, and is only looked at where what it reads went back to something else. Left out: it moved. */
  readonly hasMoved?: boolean;
}

/** What a rollback stands on: a run that has its lease. */
export interface RollbackGround extends RunFacts {
  readonly gate: Pick<OpenGate, "pass">;
  /** On what the environment was always applied; undefined: this very run has asked. */
  readonly identity: EnvironmentRecord["identity"] | undefined;
  readonly readsLive: boolean;
  readonly parallel: number;
  /** Asked before each wave. */
  readonly windows: BackQuestion;
  /** Filled as it goes: who let a closed window pass. */
  readonly passed: Override[];
  /** Ends it where it is: the next run takes it up. */
  readonly signal: AbortSignal;
  readonly hardSignal?: AbortSignal;
  /** Filled as it goes: what stacks lost on the way back that is counted. */
  readonly destroyed: Beside[];
  /** Filled by commit, so that each is read once. */
  readonly revisions: Map<string, Promise<Revision>>;
}

/** What became of one stack that was to go back. */
export interface StackBack {
  readonly target: Target;
  /** undefined: it is at its target, and works. */
  readonly problem: Problem | undefined;
  readonly declaration: StackDeclaration | undefined;
  readonly closure: Closure | undefined;
  /** What was done; undefined where nothing had to be. */
  readonly outcome: EngineOutcome | undefined;
  readonly probes: readonly ProbeResult[];
  readonly stateBefore: string;
  readonly after: StateSummary | undefined;
  /** By urn: the ids that the engine told. */
  readonly told: ReadonlyMap<string, string>;
  /** The state as it was before, for a person. */
  readonly backup: string | undefined;
  readonly durationMs: number;
}

interface Work {
  readonly ground: RollbackGround;
  readonly target: Target;
  readonly revision: Revision;
  readonly declaration: StackDeclaration;
  readonly engine: Engine;
  readonly sites: Sites;
  readonly site: StackSite;
  readonly state: StateSummary;
}

const placeOf = ({ environment }: RollbackGround, { stack, commit }: Target): string => `${environment}.${stack}, back to ${commit.slice(0, 7)}`;

function attemptOf({ environment }: RollbackGround, { stack, commit }: Target): Attempt {
  return { environment, stack, commit };
}

async function open(ground: RollbackGround, target: Target): Promise<Work> {
  const { estate, environment, revisions } = ground;
  const reading = revisions.get(target.commit) ?? readRevision(estate, target.commit, environment);
  revisions.set(target.commit, reading);
  const revision = await reading;
  const declaration = revision.environment.stacks.find(({ name }) => name === target.stack);
  if (declaration === undefined) {
    throw new Problem("STACK_UNKNOWN", {
      what: `its last good commit does not declare ${target.stack}`,
      on: placeOf(ground, target),
      todo: "Nothing of it was touched. Declare it again, or retire it.",
    });
  }
  const live = (await ground.ledger.read({ fetch: false }))?.environment;
  const elsewhere = otherBackend(live?.stacks[target.stack], revision, placeOf(ground, target));
  if (elsewhere !== undefined) throw elsewhere;
  const engine = await estate.engine(revision.environment);
  // Of all stacks: its checks may name outputs of others.
  const sites = await prepareSites(estate, revision, revision.environment.stacks);
  const site = await sites.site(declaration);
  const state = await ground.gate.pass(site);
  return { ground, target, revision, declaration, engine, sites, site, state };
}

function limitsOf({ ground: { signal, hardSignal } }: Work): { readonly signal: AbortSignal; readonly hardSignal?: AbortSignal } {
  return { signal, ...(hardSignal === undefined ? {} : { hardSignal }) };
}

/**
 * What attempts made, and what is gone already, for another one to take its place: neither is lost by going back. What they only took in, in the place of what
 * they replaced, would be.
 */
function notLost({ ownUrns }: Target, { resources, freed }: StateSummary): ReadonlySet<string> {
  const imported = new Set(resources.flatMap(({ urn, isImported = false }) => (isImported ? [urn] : [])));
  return new Set([...[...ownUrns].filter((urn) => !imported.has(urn)), ...freed.map(({ urn }) => urn)]);
}

function madeMs({ resources }: StateSummary): ReadonlyMap<string, number> {
  return new Map(resources.flatMap(({ urn, createdAt }) => (createdAt === undefined ? [] : [[urn, Date.parse(createdAt)] as const])));
}

/** Credentials that only providers can find tell no account: then the recorded one is taken for it, as in a look for drift. */
async function refuseOtherCloud({ ground, revision, site }: Work): Promise<void> {
  const { identity, environment } = ground;
  if (identity === undefined || identity === null) return;
  const { cloud, account } = identity;
  const recorded = { cloud, ...(account === null ? {} : { account }) };
  refuseElsewhere(environment, identity, { ...recorded, ...(await identityOf(revision.environment, site.variables)) });
}

/** So much that is gone is a wrong address, or a loss: going back would make it anew. */
function refuseVanished({ ground, target, state }: Work, { drift }: EngineOutcome): void {
  const gone = drift.filter(({ kind }) => kind === "gone").length;
  const lost = vanished(gone, state.resources.length, ground.environment);
  if (lost !== undefined)
    throw new Problem("GUARD_REFUSED", { what: lost.reason, on: placeOf(ground, target), todo: `Nothing of it was touched. ${lost.todo}` });
}

/** What held data and is gone is not made again, empty, on the way back either: an empty one hides that the data is lost. */
function refuseEmpty({ ground, target, state }: Work, { drift, changes }: EngineOutcome): void {
  const [again] = madeAgain({ gone: drift.filter(({ kind }) => kind === "gone"), changes: changes.resources, state });
  if (again === undefined) return;
  throw new Problem("GUARD_REFUSED", {
    what: `going back would make ${namedAgain(again)} again, which is gone from the cloud, without the data that it held`,
    on: placeOf(ground, target),
    todo: `Nothing of it was touched. Restore it by hand and import it. Where an empty one will do: take the commit out of the branch, then trueup apply ${ground.environment} --override gone --reason "…"`,
  });
}

/** The records of the ledger are read only where something is left to be explained. */
async function questionOf({ ground, target, state }: Work, { changes }: EngineOutcome): Promise<RollbackQuestion> {
  const asked = { changes: changes.resources, ownUrns: notLost(target, state) };
  const sinceMs = target.since.getTime();
  return { ...asked, madeMs: madeMs(state), sinceMs, past: asksPast(asked) ? await pastAt(ground, target) : pastOf([], sinceMs) };
}

/** What failed attempts made goes with them. What else would go counts as in any other run, over all stacks on the way back. */
function refuseTooMuch({ ground, target, revision, declaration, state }: Work, question: RollbackQuestion): void {
  const destroyed = notOwn(question).length;
  if (destroyed === 0) return;
  const { guards } = revision.environment;
  const limits = { stack: (declaration.guards ?? guards).maxDestroy, environment: guards.maxDestroy };
  const reason = tooMuchOnTheWayBack(limits, { destroyed, existing: ownedIn(state).length }, sumOf(ground.destroyed));
  if (reason === undefined) {
    ground.destroyed.push({ destroyed, stacks: 1 });
    return;
  }
  throw new Problem("GUARD_REFUSED", {
    what: `going back would destroy too much: ${reason} (a replace counts; what failed attempts made does not)`,
    on: placeOf(ground, target),
    todo: `Nothing of it was touched. If that may go, take the commit out of the branch, then: trueup apply ${ground.environment} --override 'destroys too much' --reason "…"`,
  });
}

const sumOf = (all: readonly Beside[]): Beside => ({ destroyed: all.reduce((sum, one) => sum + one.destroyed, 0), stacks: all.length });

/** Looks at what going back would do. Raises why it may not. */
async function look(work: Work): Promise<EngineOutcome> {
  const { ground, target, engine, site, state } = work;
  await refuseOtherCloud(work);
  const { estate, ledger, readsLive } = ground;
  const limits = { deadlineMs: estate.deadlines.previewMs, ...limitsOf(work), onSession: (session: number) => ledger.noteSession(session) };
  const planned = await engine.preview(site, { ...limits, live: readsLive, known: state });
  const failure = failureOf(planned, attemptOf(ground, target));
  if (failure !== undefined) throw failure;
  refuseVanished(work, planned);
  refuseEmpty(work, planned);
  const question = await questionOf(work, planned);
  const refused = rollbackRefusals(question);
  if (refused.length === 0) {
    refuseTooMuch(work, question);
    return planned;
  }
  throw new Problem("GUARD_REFUSED", {
    what: `going back would ${refused.slice(0, 3).join("; ")}${refused.length > 3 ? ` (and ${refused.length - 3} more)` : ""}`,
    on: placeOf(ground, target),
    todo: "Nothing of it was touched. Push a commit that keeps it, or imports what lives on; or delete it by hand.",
  });
}

function act(work: Work, told: Map<string, string>): Promise<EngineOutcome> {
  const { ground, engine, site, state } = work;
  const { estate, readsLive: refresh } = ground;
  const limits = { deadlineMs: estate.deadlines.applyMs, ...heard(ground, site, told), ...limitsOf(work) };
  return patiently(estate, { site, limits }, (listening, isFirst) => engine.up(site, { ...listening, ...(isFirst ? { known: state } : {}), refresh }));
}

async function verified(work: Work): Promise<{ readonly probes: readonly ProbeResult[]; readonly problem: Problem | undefined }> {
  const { ground, target, revision, declaration, sites, site } = work;
  const probes = await verifyStack(ground.estate, { environment: revision.environment, stack: declaration, site, sites, signal: ground.signal });
  return { probes, problem: verifyFailure(attemptOf(ground, target), probes) };
}

/** Outputs are read by others: a stack that only says something else has changed too, and so may one whose secrets the engine does not compare. */
function changesAnything({ resources, changedOutputs, maskedOutputs = [] }: EngineOutcome["changes"]): boolean {
  return resources.some(({ operation }) => operation !== "read") || movesOutputs({ changedOutputs, maskedOutputs });
}

export function movesOutputs({ changedOutputs, maskedOutputs = [] }: Pick<EngineOutcome["changes"], "changedOutputs" | "maskedOutputs">): boolean {
  return changedOutputs.length + maskedOutputs.length > 0;
}

/**
 * Brings one stack back to its last good commit: looked at, guarded, kept as it was, applied, verified. Where nothing differs nothing is applied.
 * Failures are results.
 */
export async function stackBack(ground: RollbackGround, target: Target): Promise<StackBack> {
  const { estate } = ground;
  const started = estate.clock.monotonicMs();
  const found: { work?: Work; outcome?: EngineOutcome; probes?: readonly ProbeResult[]; backup?: string | undefined } = {};
  const told = new Map<string, string>();
  const end = async (problem: Problem | undefined): Promise<StackBack> => {
    const { work, outcome, probes = [], backup } = found;
    const after = work === undefined ? undefined : await stateAfter(ground.ledger, work.engine, work.site);
    estate.observe({ kind: "stack", stack: target.stack, state: problem === undefined ? "rolled back" : "failed" });
    return {
      target,
      problem,
      declaration: work?.declaration,
      closure: work?.revision.closures.find(({ stack }) => stack === target.stack),
      outcome,
      probes,
      stateBefore: work?.state.digest ?? "",
      after,
      told,
      backup,
      durationMs: estate.clock.monotonicMs() - started,
    };
  };
  estate.observe({ kind: "stack", stack: target.stack, state: "rolling back" });
  try {
    const work = (found.work = await open(ground, target));
    const planned = await look(work);
    // What a resource may do (protect, retainOnDelete) is of the state alone: no preview tells that it changes.
    const isRewritten = target.stateDigest !== work.state.digest;
    if (changesAnything(planned.changes) || isRewritten) {
      found.backup = await backUp(ground, target.stack, work.state);
      found.outcome = await act(work, told);
      const failure = failureOf(found.outcome, attemptOf(ground, target));
      if (failure !== undefined) return await end(failure);
    }
    const { probes, problem } = await verified(work);
    found.probes = probes;
    return await end(problem);
  } catch (thrown) {
    return end(asProblem(thrown, placeOf(ground, target)));
  }
}
