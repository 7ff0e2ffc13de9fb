import { randomBytes } from "node:crypto";
import { asProblem, Problem } from "../../base/problem/index.ts";
import { absentState, type Engine, type EngineOutcome, type StackSite, type StateSummary } from "../../adapters/engine/index.ts";
import { askedLater } from "../../domain/changes/index.ts";
import { besideOf } from "../../domain/gates/index.ts";
import { closureDigest, plan, type AffectedStack, type Closure, type CommitTouches, type Plan, type Unit } from "../../domain/planner/index.ts";
import { vetoOf, type Veto } from "../../domain/units/index.ts";
import { eachOf, prepareSites, readRevision, type Estate, type Revision, type Sites } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { liveStacks } from "./live.ts";
import { changedReads, marksFrom, mayAskLater, type ReadMarks, type Upstream } from "./marks.ts";
import { keptNowhere, revisionAsKept } from "./other-backend.ts";
import { refuseOlderCopy } from "./older-copy.ts";
import { overdueProblem } from "./overdue.ts";
import { livePolicies, previewUnderBoth } from "./policies.ts";
import { withWitness } from "./witness.ts";

export interface InspectionQuestion {
  readonly revision: Revision;
  /** The commit, or the merge result's tree, that is inspected. */
  readonly commit: string;
  readonly live: EnvironmentRecord | undefined;
  readonly previous: readonly Closure[];
  readonly touches: readonly CommitTouches[];
  readonly all: boolean;
  /** Units that failed and are not tried again as they are; left out for a preview, which shows what there is. */
  readonly vetoes?: readonly Veto[];
  /** Stacks that an earlier run is still to take back, and that nobody else begins: units with one of them wait, those beside them do not. */
  readonly goingBack?: ReadonlySet<string>;
  /** Read live objects too. */
  readonly readsLive: boolean;
  /** The commit that is live: its policy packs judge too. Undefined for a new environment. */
  readonly policiesFrom: string | undefined;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
  readonly onSession?: (session: number) => void;
  /** Of a run that acts: the gate before every run of a stack. Deals with what a dead run left of it, or raises why nobody may run it. */
  readonly mend?: (site: StackSite) => Promise<StateSummary>;
  /** Whether a run that died has destroyed it, as far as that can be known here; left out: nothing is. */
  readonly wasDestroyed?: (site: StackSite) => boolean;
}

/** One stack, looked at without changing anything. `outcome` or `problem` is there, both where the run reached its deadline, none for `forget`. */
export interface StackInspection {
  readonly affected: AffectedStack;
  readonly site: StackSite;
  readonly state: StateSummary;
  readonly outcome: EngineOutcome | undefined;
  readonly problem: Problem | undefined;
  /** Stacks that must be applied before this one's change set is known. */
  readonly until: readonly string[];
  /** It is to be destroyed, has no state, and is known to be over. */
  readonly wasDestroyed?: true;
}

export interface Inspection {
  readonly plan: Plan;
  readonly sites: Sites;
  /** In plan order. */
  readonly stacks: ReadonlyMap<string, StackInspection>;
}

const previewsAtOnce = 3;

function upstreamFacts(one: StackInspection): Upstream {
  const failed = one.problem !== undefined || one.outcome?.result !== "succeeded";
  const changes = one.outcome?.changes;
  const isGivingUp = besideOf([changes]).destroyed > 0;
  return { stack: one.affected.stack.name, isUnknown: !one.state.exists || failed, changedOutputs: changes?.changedOutputs ?? [], isGivingUp };
}

interface Work {
  readonly estate: Estate;
  readonly question: InspectionQuestion;
  readonly sites: Sites;
  readonly done: Map<string, StackInspection>;
}

/** The state of a stack behind the gate, where the run has one. What acts does not act on an older copy. */
async function stateToRun(
  { estate, question }: Pick<Work, "estate" | "question">,
  { affected: { stack, action }, engine, site }: { readonly affected: AffectedStack; readonly engine: Engine; readonly site: StackSite },
): Promise<StateSummary> {
  const { mend } = question;
  if (mend === undefined) return engine.exportState(site);
  if (action === "apply") await refuseOlderCopy(estate, question, { stack, site });
  return mend(site);
}

const outcomeNow = (seen: EngineOutcome, isAskedLater: boolean): EngineOutcome => (isAskedLater ? { ...seen, changes: askedLater(seen.changes) } : seen);

/**
 * What is only to be forgotten, or is to be destroyed and has no state: a run may have been killed between taking that away and saying so. Whether it was, or the
 * state is lost, is judged with the rest.
 */
function needsNoEngine(question: InspectionQuestion, seen: Pick<StackInspection, "affected" | "site" | "state">): StackInspection | undefined {
  const { action } = seen.affected;
  if (action === "apply" || (action === "destroy" && seen.state.exists)) return undefined;
  const isOver = action === "destroy" && question.wasDestroyed?.(seen.site) === true;
  return { ...seen, outcome: undefined, problem: undefined, until: [], ...(isOver ? { wasDestroyed: true } : {}) };
}

/** Previews one stack; failures are part of the result. Also how a stack that was unknown is judged again before its wave. */
export async function inspectStack(work: Pick<Work, "estate" | "question" | "sites">, affected: AffectedStack, marks: ReadMarks): Promise<StackInspection> {
  const { estate, question, sites } = work;
  const { stack } = affected;
  const engine = await estate.engine(question.revision.environment);
  const salt = randomBytes(16).toString("hex");
  const site = await sites.site(stack, { stacks: marks.stacks, outputs: marks.outputs, salt });
  const closure = question.revision.closures.find((one) => one.stack === stack.name);
  const { until } = closure === undefined ? { until: [] } : changedReads(closure, marks);
  estate.observe({ kind: "stack", stack: stack.name, state: "previewing" });
  let state = absentState;
  try {
    state = await stateToRun(work, { affected, engine, site });
    const idle = needsNoEngine(question, { affected, site, state });
    if (idle !== undefined) return idle;
    const limits = {
      deadlineMs: estate.deadlines.previewMs,
      ...(question.signal === undefined ? {} : { signal: question.signal }),
      ...(question.hardSignal === undefined ? {} : { hardSignal: question.hardSignal }),
      ...(question.onSession === undefined ? {} : { onSession: question.onSession }),
    };
    const seen =
      affected.action === "destroy"
        ? await engine.destroy(site, { ...limits, previewOnly: true })
        : await previewUnderBoth(site, (each) => engine.preview(each, { ...limits, live: question.readsLive, known: state }));
    const outcome = outcomeNow(state.exists ? await withWitness(engine, { site, salt, files: estate.host.files }, seen) : seen, mayAskLater(until, marks));
    estate.observe({ kind: "stack", stack: stack.name, state: outcome.result === "succeeded" ? "previewed" : "failed" });
    const on = `${question.revision.environment.name}.${stack.name} at ${question.commit.slice(0, 7)}`;
    return { affected, site, state, outcome, problem: overdueProblem(outcome, { stack: stack.name, on, kind: "preview" }), until };
  } catch (thrown) {
    estate.observe({ kind: "stack", stack: stack.name, state: "failed" });
    return { affected, site, state, outcome: undefined, problem: asProblem(thrown, `${question.revision.environment.name}.${stack.name}`), until };
  }
}

async function inspectWave(work: Work, wave: readonly AffectedStack[]): Promise<void> {
  const marks = marksFrom([...work.done.values()].map(upstreamFacts));
  const stop = (): boolean => work.question.signal?.aborted === true;
  await eachOf(
    wave.filter((one) => !work.done.has(one.stack.name)),
    { atOnce: previewsAtOnce, stop },
    async (affected) => {
      work.done.set(affected.stack.name, await inspectStack(work, affected, marks));
    },
  );
}

/** Candidates whose inputs turned out to change, with the reasons. */
function provenCandidates(found: Plan, work: Work): Record<string, readonly string[]> {
  const marks = marksFrom([...work.done.values()].map(upstreamFacts));
  const proven: Record<string, readonly string[]> = {};
  for (const { stack } of found.candidates) {
    const closure = work.question.revision.closures.find((one) => one.stack === stack.name);
    const { reasons } = closure === undefined ? { reasons: [] } : changedReads(closure, marks);
    if (reasons.length > 0) proven[stack.name] = reasons;
  }
  return proven;
}

function wholePlan(question: InspectionQuestion, because: Readonly<Record<string, readonly string[]>>): Plan {
  const { revision } = question;
  return plan({
    environment: revision.environment,
    commit: question.commit,
    closures: revision.closures,
    live: liveStacks(question.live),
    previous: question.previous,
    commits: question.touches,
    all: question.all,
    because,
  });
}

const digestsOf = ({ revision }: InspectionQuestion): ReadonlyMap<string, string> =>
  new Map(revision.closures.map((closure) => [closure.stack, closureDigest(closure)]));

type Standing = "goes" | "vetoed" | "goingBack";

function standingOf(question: InspectionQuestion, unit: Unit): Standing {
  const { vetoes = [], goingBack } = question;
  if (goingBack !== undefined && unit.waves.flat().some(({ stack }) => goingBack.has(stack.name))) return "goingBack";
  return vetoes.length > 0 && vetoOf(unit, vetoes, digestsOf(question)) !== undefined ? "vetoed" : "goes";
}

const unitsThat = (question: InspectionQuestion, standing: Standing, { units }: Plan): readonly Unit[] =>
  units.filter((unit) => standingOf(question, unit) === standing);

/**
 * The plan before anything is previewed: enough to see that there is nothing to do. Without the units that failed before and are no different, and those
 * that are still to be taken back.
 */
export function planOf(question: InspectionQuestion, because: Readonly<Record<string, readonly string[]>> = {}): Plan {
  const whole = wholePlan(question, because);
  return { ...whole, units: unitsThat(question, "goes", whole) };
}

/** The units that failed before and are no different. */
export function vetoedUnits(question: InspectionQuestion): readonly Unit[] {
  return unitsThat(question, "vetoed", wholePlan(question, {}));
}

/** The units of which something is still to be taken back. */
export function unitsGoingBack(question: InspectionQuestion): readonly Unit[] {
  return unitsThat(question, "goingBack", wholePlan(question, {}));
}

/** Asked before any provider is: those of another cloud would only say that they are not installed, or act on it. */
export function refuseOtherCloud({ live, revision: { environment } }: InspectionQuestion): void {
  const recorded = live?.identity?.cloud;
  if (recorded === undefined || recorded === environment.cloud) return;
  throw new Problem("IDENTITY_CHANGED", {
    what: `cloud is "${environment.cloud}" now, but ${environment.name} was always applied to "${recorded}"`,
    on: `environments/${environment.name}/environment.ts, cloud`,
    todo: "Nothing was touched. An environment that moves on purpose is a new one: give it another name.",
  });
}

/** What was previewed before a stack above it turned out to change saw values that will not hold: it is previewed again. */
function forgetOutdated(work: Work): void {
  const marks = marksFrom([...work.done.values()].map(upstreamFacts));
  for (const [name, one] of work.done) {
    const closure = work.question.revision.closures.find((each) => each.stack === name);
    const until = closure === undefined ? one.until : changedReads(closure, marks).until;
    if (until.some((above) => !one.until.includes(above))) work.done.delete(name);
  }
}

/** As its last good commit had it, with its state where it is now: in an older copy of that, what was made since would be destroyed by nobody. */
async function formerRevision(estate: Estate, { revision, live, commit }: InspectionQuestion, { stack, action }: AffectedStack): Promise<Revision> {
  const record = live?.stacks[stack.name];
  const { name: environment } = revision.environment;
  const former = await readRevision(estate, record?.lastGood?.commit ?? record?.commit ?? commit, environment);
  // What is only to be forgotten needs no state.
  if (action === "forget" || live === undefined) return former;
  const kept = await revisionAsKept(estate, former, { stack: stack.name, live });
  if (kept === undefined) throw keptNowhere(live, { environment, stack: stack.name });
  return kept;
}

/** Declared stacks run as this commit prepares them; retired ones where their last commit had them, since this one has no program of theirs. */
async function sitesFor(estate: Estate, question: InspectionQuestion, retired: readonly AffectedStack[]): Promise<Sites> {
  const { revision } = question;
  const own = await prepareSites(estate, revision, revision.environment.stacks);
  const former = new Map<string, Sites>();
  for (const one of retired) former.set(one.stack.name, await prepareSites(estate, await formerRevision(estate, question, one), [one.stack]));
  const judging = await livePolicies(estate, revision, question.policiesFrom);
  return {
    site: async (stack, marks) => {
      const retiredSites = former.get(stack.name);
      if (retiredSites !== undefined) return retiredSites.site(stack, marks);
      return { ...(await own.site(stack, marks)), ...(judging === undefined ? {} : { livePolicies: judging }) };
    },
  };
}

export const cancelledLooking = (environment: string): Problem =>
  new Problem("CANCELLED", {
    what: "cancelled in the read-only phase; nothing was changed",
    on: environment,
    todo: "Run the same command again.",
  });

/**
 * The read-only phase over all stacks of a plan: waves in order, parallel inside a wave, outputs that change marked unknown downstream.
 * A stack that only reads is taken in when what it reads changes. Changes nothing, takes no lock; failures of single stacks are results.
 */
export async function inspect(estate: Estate, question: InspectionQuestion): Promise<Inspection> {
  const { environment } = question.revision;
  refuseOtherCloud(question);
  const first = planOf(question);
  const retired = first.units.flatMap((unit) => unit.waves.flat()).filter((one) => one.action !== "apply");
  const sites = await sitesFor(estate, question, retired);
  const work: Work = { estate, question, sites, done: new Map() };
  let because: Record<string, readonly string[]> = {};
  let current = first;
  // Every round takes in at least one more candidate, so there are at most as many rounds as stacks.
  for (let round = 0; round <= environment.stacks.length; round++) {
    const depth = Math.max(0, ...current.units.map((unit) => unit.waves.length));
    for (let index = 0; index < depth; index++)
      await inspectWave(
        work,
        current.units.flatMap((unit) => unit.waves[index] ?? []),
      );
    const proven = provenCandidates(current, work);
    if (Object.keys(proven).length === 0) break;
    because = { ...because, ...proven };
    forgetOutdated(work);
    current = planOf(question, because);
  }
  if (question.signal?.aborted === true) throw cancelledLooking(environment.name);
  const order = current.units.flatMap((unit) => unit.waves.flat());
  const stacks = new Map(
    order.flatMap((one) => {
      const found = work.done.get(one.stack.name);
      return found === undefined ? [] : [[one.stack.name, { ...found, affected: one }] as const];
    }),
  );
  return { plan: current, sites, stacks };
}
