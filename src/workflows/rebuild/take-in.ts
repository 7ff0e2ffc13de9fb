import { Problem } from "../../base/problem/index.ts";
import type { EngineOutcome, StackSite, StateSummary, WouldMake } from "../../adapters/engine/index.ts";
import { find, type Find } from "../../domain/rebuilding/index.ts";
import type { KeptLease, Recovered } from "../ledger/index.ts";
import { noting } from "../recovery/index.ts";
import type { Place } from "./ground.ts";
import type { KeptId } from "./kept.ts";
import { cluesOf, limitsOf, lookFailure, objectsOf, type Looking } from "./look.ts";
import { cannotTake, riddleProblem } from "./riddles.ts";

/** What taking in the objects of one stack works on. */
export interface TakingIn {
  readonly looking: Looking;
  readonly place: Place;
  readonly site: StackSite;
  readonly kept: readonly KeptId[];
  readonly signal: AbortSignal;
  readonly lease: Pick<KeptLease, "confirm">;
}

export interface TakenIn {
  readonly state: StateSummary;
  /** What a run of it would do now. */
  readonly planned: EngineOutcome;
  readonly taken: readonly Recovered[];
}

type Take = Extract<Find, { kind: "take" }>;
type Begun = WouldMake & { readonly take: Take };

/** A program whose providers depend on what they provide for (a cluster, and what is on it) needs more than one round. */
const mostRounds = 6;

async function preview({ looking, place, site, signal }: TakingIn, state: StateSummary): Promise<EngineOutcome> {
  const { ground } = looking;
  const outcome = await ground.engine.preview(site, { ...limitsOf(ground), live: true, known: state, deadlineMs: ground.estate.deadlines.previewMs, signal });
  const failure = lookFailure(ground, place, outcome);
  if (failure !== undefined) throw failure;
  return outcome;
}

/** `urn:pulumi:dev.shop::acme::…` → the urn of the stack itself. */
function rootOf(urn: string): string {
  const [start = "", project = ""] = urn.split("::");
  const stack = start.slice("urn:pulumi:".length);
  return `${start}::${project}::pulumi:pulumi:Stack::${project}-${stack}`;
}

const has = ({ resources }: StateSummary, urn: string): boolean => resources.some((one) => one.urn === urn);

/**
 * Brings what is nothing in any cloud into the state: the stack itself, providers, components. Only that is run; what the program wants besides is
 * left out. Providers that need what is not taken in yet are left to the next round.
 */
async function scaffold(work: TakingIn, state: StateSummary, makes: readonly WouldMake[]): Promise<StateSummary> {
  const { looking, place, site, signal } = work;
  const { engine, estate, ledger } = looking.ground;
  const [first] = makes;
  if (first === undefined) return state;
  const root = rootOf(first.urn);
  const more = makes.filter(({ isCustom, type }) => !isCustom || type.startsWith("pulumi:providers:")).map(({ urn }) => urn);
  for (const targets of more.length === 0 ? [[root]] : [[root, ...more], [root]]) {
    const notes = noting({ ledger, clock: estate.clock, kept: work.lease }, site);
    const outcome = await engine.up(site, { ...limitsOf(looking.ground), ...notes, refresh: false, targets, deadlineMs: estate.deadlines.applyMs, signal });
    if (outcome.result === "succeeded") break;
    if (outcome.result !== "failed") throw lookFailure(looking.ground, place, outcome) ?? new Error("it ended well");
  }
  return engine.exportState(site);
}

/** Those whose provider and parent the state has, or whose parent comes with them. */
function ready(state: StateSummary, wanted: readonly Begun[]): readonly Begun[] {
  const coming = new Set(wanted.map(({ urn }) => urn));
  return wanted.filter(({ provider, parent }) => has(state, provider) && (parent === undefined || has(state, parent) || coming.has(parent)));
}

/** Reads these objects by their ids, and writes those that are there into the state. Answers which those were. */
async function adopt(
  work: TakingIn,
  state: StateSummary,
  wanted: readonly Begun[],
): Promise<{ readonly state: StateSummary; readonly there: ReadonlySet<string> }> {
  const { looking, place, site, signal } = work;
  const { engine, estate, ledger } = looking.ground;
  const idOf = (provider: string): string => state.resources.find(({ urn }) => urn === provider)?.id ?? "";
  const mend = {
    adopt: wanted.map(({ urn, type, provider, parent, take }) => ({
      urn,
      id: take.id,
      begun: { type, provider: `${provider}::${idOf(provider)}`, ...(parent === undefined ? {} : { parent }) },
    })),
    drop: [],
    reread: [],
  };
  const limits = { ...limitsOf(looking.ground), deadlineMs: estate.deadlines.previewMs, signal };
  const read = await engine.readBack(site, { deployment: state.deployment, mend, limits });
  if (read.failure !== undefined) throw cannotTake(looking.ground, place, { takes: wanted.map(({ take }) => take), because: read.failure });
  await engine.importState(site, read.deployment, noting({ ledger, clock: estate.clock, kept: work.lease }, site));
  return { state: await engine.exportState(site), there: new Set([...read.found].flatMap(([urn, isThere]) => (isThere ? [urn] : []))) };
}

interface Round {
  readonly wanted: readonly Begun[];
  readonly asks: readonly Extract<Find, { kind: "ask" }>[];
}

/** What is to be read of all that the program wants and the state does not have. `tried`: by urn, ids that were read before and are not there. */
async function searched({ looking, place, kept }: TakingIn, makes: readonly WouldMake[], tried: ReadonlyMap<string, readonly string[]>): Promise<Round> {
  const wanted: Begun[] = [];
  const asks: Round["asks"][number][] = [];
  for (const one of objectsOf(makes)) {
    const found = find(one, await cluesOf(looking, place, { ...one, kept, tried: tried.get(one.urn) ?? [] }));
    if (found.kind === "take") wanted.push({ ...one, take: found });
    if (found.kind === "ask") asks.push(found);
  }
  return { wanted, asks };
}

/**
 * Takes everything of a stack that still exists, and that its state does not have, into the state. Nothing is made or changed in the cloud; what comes
 * back is a state in which only what does not exist is missing. Raises what a person has to say first.
 */
export async function takeIn(work: TakingIn, first: StateSummary): Promise<TakenIn> {
  const { looking, place } = work;
  const taken: Recovered[] = [];
  const tried = new Map<string, readonly string[]>();
  let state = first;
  for (let round = 0; round < mostRounds; round++) {
    const planned = await preview(work, state);
    const makes = planned.makes ?? [];
    const { wanted, asks } = await searched(work, makes, tried);
    if (asks.length > 0) throw riddleProblem(looking.ground, place, asks);
    if (wanted.length === 0) return { state, planned, taken };
    if (ready(state, wanted).length < wanted.length) state = await scaffold(work, state, makes);
    const now = ready(state, wanted);
    if (now.length === 0)
      throw cannotTake(looking.ground, place, { takes: wanted.map(({ take }) => take), because: "their provider is not there without what it is for" });
    const read = await adopt(work, state, now);
    state = read.state;
    for (const { urn, take } of now) {
      if (read.there.has(urn)) taken.push({ stack: place.stack.name, urn, operation: "rebuilding", kind: "adopt", id: take.id, because: take.because });
      else if (take.isSaid)
        throw new Problem("GUARD_REFUSED", {
          what: `${take.because}, but the cloud has no such object: ${urn}`,
          on: `${looking.ground.request.environment}.${place.stack.name}`,
          todo: `Nothing was made of it. Look again, and give --exists or --absent anew.`,
        });
      else tried.set(urn, [...(tried.get(urn) ?? []), take.id]);
    }
  }
  throw cannotTake(looking.ground, place, { takes: [], because: `it did not come to an end in ${mostRounds} rounds` });
}
