import { Problem } from "../../base/problem/index.ts";
import { absentState, type Engine, type EngineOutcome, type StackSite, type StateSummary, type WouldMake } from "../../adapters/engine/index.ts";
import { isStateful } from "../../domain/changes/index.ts";
import { layers } from "../../domain/environments/index.ts";
import { find, lossOf, type Clues, type Find, type Loss } from "../../domain/rebuilding/index.ts";
import { eachOf } from "../estate/index.ts";
import type { RunRecord } from "../ledger/index.ts";
import { overdueProblem } from "../inspection/index.ts";
import { isUnreadable, unread } from "../recovery/index.ts";
import type { Ground, Place } from "./ground.ts";
import { idsIn, idsOfRuns, isPartialSince, newestBackup, type Backup, type KeptId } from "./kept.ts";

/** One stack, looked at without changing anything. */
export interface StackLook {
  readonly place: Place;
  readonly loss: Loss;
  readonly state: StateSummary;
  /** Its state is there and cannot be read: it was cut off. */
  readonly isTorn: boolean;
  /** Of what its state names, or should: how many objects, and those that the cloud has no more. */
  readonly named: number;
  readonly gone: readonly { readonly urn: string; readonly stateful: boolean; readonly protected: boolean }[];
  /** Where its state is lost: what becomes of each thing that its program wants. undefined: what it reads is lost too, so its program says nothing yet. */
  readonly finds: readonly Find[] | undefined;
  readonly backup: Backup | undefined;
  /** Ids that are known besides its state, the best first. */
  readonly kept: readonly KeptId[];
}

/** What all looks of one rebuild share. */
export interface Looking {
  readonly ground: Ground;
  readonly runs: readonly RunRecord[];
}

const looksAtOnce = 3;

export function limitsOf({ request }: Ground): { readonly signal?: AbortSignal; readonly hardSignal?: AbortSignal } {
  const { signal, hardSignal } = request;
  return { ...(signal === undefined ? {} : { signal }), ...(hardSignal === undefined ? {} : { hardSignal }) };
}

export const isObject = ({ type, id }: { readonly type: string; readonly id: string }): boolean => id !== "" && !type.startsWith("pulumi:");

/** Why an engine run that only looks did not come to its end. */
export function lookFailure(ground: Ground, { stack, commit }: Place, outcome: EngineOutcome): Problem | undefined {
  if (outcome.result === "succeeded") return undefined;
  const on = `${ground.request.environment}.${stack.name} at ${commit.slice(0, 7)}`;
  const overdue = overdueProblem(outcome, { stack: stack.name, on, kind: "preview" });
  if (overdue !== undefined) return overdue;
  const error = outcome.changes.diagnostics.find(({ severity }) => severity === "error");
  return new Problem(outcome.result === "cancelled" ? "CANCELLED" : "ENGINE_FAILED", {
    what: error?.message.split("\n")[0] ?? `the look ended as ${outcome.result}`,
    on: error?.source === undefined ? on : `${on}, ${error.source}`,
    todo: "Nothing of it was touched. See that its cloud and its backend can be reached with this environment's credentials, and run again.",
  });
}

/** A provider that cannot reach a cluster which is gone says nothing of what was on it, unless it is told that this means gone. */
export function reaching(site: StackSite, { environment }: Place["revision"], isBelowLost: boolean): StackSite {
  return environment.cloud === "real" && isBelowLost ? { ...site, variables: { ...site.variables, PULUMI_K8S_DELETE_UNREACHABLE: "true" } } : site;
}

/** What is known of one thing that a program wants and the state does not have. */
export async function cluesOf(
  { ground }: Looking,
  { stack }: Place,
  wanted: WouldMake & { readonly kept: readonly KeptId[]; readonly tried?: readonly string[]; readonly sinceMs?: number | undefined },
): Promise<Clues> {
  const { estate, request, rules } = ground;
  const { urn, type, named, kept, tried = [], sinceMs } = wanted;
  const said = request.said.get(urn);
  const listed = said === undefined ? await estate.cloudList(rules.environment)({ urn, type, sinceMs }) : undefined;
  const mine = kept.filter((one) => one.urn === urn).map(({ id, from, isOld = false }) => ({ id, from, isOld }));
  const isGone = request.gone.includes(stack.name) && listed === undefined && named === undefined && mine.every(({ id }) => tried.includes(id));
  return { said: said ?? (isGone ? "absent" : undefined), kept: mine, listed, named, tried };
}

/** The custom resources of a cloud among what a program wants. */
export function objectsOf(makes: readonly WouldMake[]): readonly WouldMake[] {
  return makes.filter(({ isCustom, type }) => isCustom && !type.startsWith("pulumi:"));
}

/** Objects that the program wants and a state does not have. undefined: what it reads is lost too, so that it says nothing yet. */
async function wantedOf(
  ground: Ground,
  place: Place,
  { known, unknown }: { readonly known: StateSummary; readonly unknown: readonly string[] },
): Promise<readonly WouldMake[] | undefined> {
  const site = await place.site({ stacks: unknown, outputs: {} });
  const outcome = await ground.engine.preview(site, { live: false, known, deadlineMs: ground.estate.deadlines.previewMs, ...limitsOf(ground) });
  const failure = lookFailure(ground, place, outcome);
  if (failure !== undefined && unknown.length > 0 && failure.code === "ENGINE_FAILED") return undefined;
  if (failure !== undefined) throw failure;
  return objectsOf(outcome.makes ?? []);
}

/** What becomes of all that the program wants; asked without its state, which is not there or does not open. */
async function findAll(
  looking: Looking,
  place: Place,
  { kept, unknown }: { readonly kept: readonly KeptId[]; readonly unknown: readonly string[] },
): Promise<StackLook["finds"]> {
  const all = await wantedOf(looking.ground, place, { known: absentState, unknown });
  if (all === undefined) return undefined;
  const finds: Find[] = [];
  for (const wanted of all) finds.push(find(wanted, await cluesOf(looking, place, { ...wanted, kept })));
  return finds;
}

/**
 * What a state that is there has lost already: a refresh takes what is gone out of it, and a repair that failed after that, or a refresh by hand, leaves
 * a state that is true to the cloud and not to git.
 */
async function missingOf(
  ground: Ground,
  place: Place,
  { seen: { state, kind }, unknown }: { readonly seen: Seen; readonly unknown: readonly string[] },
): Promise<StackLook["gone"]> {
  const { record } = place;
  if (kind !== "there" || record === undefined || (record.result === "good" && record.stateDigest === state.digest)) return [];
  const all = (await wantedOf(ground, place, { known: state, unknown })) ?? [];
  return all.map(({ urn, type }) => ({ urn, stateful: isStateful(type), protected: false }));
}

interface Gone {
  readonly kind: "there" | "locked";
  readonly gone: StackLook["gone"];
}

/** Which objects of a state the cloud has no more. */
async function goneOf(ground: Ground, place: Place, site: StackSite): Promise<Gone> {
  try {
    const outcome = await ground.engine.refresh(site, { previewOnly: true, deadlineMs: ground.estate.deadlines.driftMs, ...limitsOf(ground) });
    const failure = lookFailure(ground, place, outcome);
    if (failure !== undefined) throw failure;
    const gone = outcome.drift
      .filter(({ kind }) => kind === "gone")
      .map(({ urn, stateful, protected: isProtected }) => ({ urn, stateful, protected: isProtected }));
    return { kind: "there", gone };
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "SECRETS_UNREADABLE") return { kind: "locked", gone: [] };
    throw thrown;
  }
}

/** Whether an earlier rebuild of it never ended well. */
function wasBegun({ record }: Place): boolean {
  return record?.rebuild !== undefined && record.rebuild.run === record.run;
}

interface Seen {
  readonly state: StateSummary;
  readonly isTorn: boolean;
  readonly kind: "there" | "absent" | "locked";
  readonly gone: StackLook["gone"];
  readonly named: number;
  readonly recorded: number;
  readonly isUnfinished: boolean;
}

/** A state that was cut off is as good as gone: what was in it is looked for. */
export async function readState(engine: Pick<Engine, "exportState">, site: StackSite): Promise<{ readonly state: StateSummary; readonly isTorn: boolean }> {
  try {
    return { state: await engine.exportState(site), isTorn: false };
  } catch (thrown) {
    if (isUnreadable(thrown)) return { state: unread, isTorn: true };
    throw thrown;
  }
}

/** Its state, and what that says of the cloud. */
async function stateOf(ground: Ground, place: Place, site: StackSite): Promise<Seen> {
  const { state, isTorn } = await readState(ground.engine, site);
  const named = state.resources.filter(isObject).length;
  const recorded = place.record?.resources ?? 0;
  const isUnfinished = wasBegun(place) || state.pending.length > 0;
  const isThere = state.exists && !isTorn && (named > 0 || recorded === 0 || isUnfinished);
  const seen = isThere ? await goneOf(ground, place, site) : { kind: "absent" as const, gone: [] };
  return { state, isTorn, named, recorded, isUnfinished, ...seen };
}

/** What leads to objects of a stack besides its state. */
async function clues(
  { ground: { estate, request }, runs }: Looking,
  { stack: { name }, record }: Place,
  { kind, state }: Seen,
): Promise<Pick<StackLook, "backup" | "kept">> {
  const backup = kind === "there" ? undefined : await newestBackup(estate, { environment: request.environment, stack: name, runs });
  const fromState = kind === "locked" ? idsIn(state.deployment, "the state that does not open") : [];
  const isOld = backup !== undefined && isPartialSince(runs, name, backup.run);
  const fromBackup = backup === undefined ? [] : idsIn(backup.deployment, `the backup ${backup.name}`).map((one) => ({ ...one, isOld }));
  const kept = [...fromState, ...idsOfRuns(runs, name, kind === "there"), ...fromBackup];
  // A state that is there has all that was made, whatever runs did not tell: what it does not name is where it was last, or nowhere.
  const isWhole = kind === "there" && (record?.rebuild === undefined || record.rebuild.isWhole);
  return { backup, kept: isWhole ? kept.map(({ urn, id, from }) => ({ urn, id, from })) : kept };
}

async function lookAt(looking: Looking, place: Place, lostAbove: readonly string[]): Promise<StackLook> {
  const { ground } = looking;
  const { observe } = ground.estate;
  const { name } = place.stack;
  observe({ kind: "stack", stack: name, state: "refreshing" });
  const site = reaching(await place.site(), place.revision, lostAbove.length > 0);
  const seen = await stateOf(ground, place, site);
  const { kept, backup } = await clues(looking, place, seen);
  const finds = seen.kind === "there" ? [] : await findAll(looking, place, { kept, unknown: lostAbove });
  const found = finds === undefined ? kept.length : finds.filter((one) => one.kind === "take").length;
  const { state, isTorn, recorded, isUnfinished } = seen;
  const missing = await missingOf(ground, place, { seen, unknown: lostAbove });
  const gone = [...seen.gone, ...missing];
  const named = seen.named + missing.length;
  const loss = lossOf({ state: seen.kind, gone: gone.length, named, found, recorded, isUnfinished });
  observe({ kind: "stack", stack: name, state: "previewed", detail: loss === "none" ? "nothing is lost" : loss });
  return { place, loss, state, isTorn, named, gone, finds, backup, kept };
}

/** Stacks of these that a stack reads or depends on. */
function above({ stack, revision }: Place, lost: ReadonlySet<string>): readonly string[] {
  const reads = revision.closures.find((closure) => closure.stack === stack.name)?.reads ?? [];
  return [...new Set([...stack.dependsOn, ...reads.map((read) => read.stack)])].filter((name) => lost.has(name));
}

/** Looks at every stack, layer by layer: what reads a stack that lost something is looked at knowing that. Changes nothing, takes no lock. */
export async function lookAtAll(looking: Looking): Promise<readonly StackLook[]> {
  const { places, request } = looking.ground;
  const looks: StackLook[] = [];
  const lost = new Set<string>();
  for (const layer of layers) {
    const here = places.filter(({ stack }) => stack.layer === layer);
    await eachOf(here, { atOnce: looksAtOnce, stop: () => request.signal?.aborted === true }, async (place) => {
      const seen = await lookAt(looking, place, above(place, lost));
      looks.push(seen);
      if (seen.loss !== "none") lost.add(place.stack.name);
    });
  }
  if (request.signal?.aborted !== true) return looks;
  throw new Problem("CANCELLED", {
    what: "cancelled while looking; nothing was changed",
    on: `environment ${request.environment}`,
    todo: "Run the same command again.",
  });
}
