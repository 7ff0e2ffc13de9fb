import { Problem } from "../../base/problem/index.ts";
import { withoutObjects, type StackSite, type StateSummary } from "../../adapters/engine/index.ts";
import { find, type Find } from "../../domain/rebuilding/index.ts";
import { besides, mayHave, unendedSince } from "../../domain/recovery/index.ts";
import { isHalfRebuilt, type Recovered } from "../ledger/index.ts";
import { noting } from "../recovery/index.ts";
import { deletedSince, idsIn, idsSince, isPartialSince, keepState, newestBackup, type Backup, type KeptId } from "./kept.ts";
import { cluesOf, isObject, limitsOf, type StackLook } from "./look.ts";
import { cannotTake, riddleProblem } from "./riddles.ts";
import type { RebuildRun } from "./run.ts";

/** A state to go on from, and what is known besides it. */
export interface Restored {
  readonly state: StateSummary;
  readonly ids: readonly KeptId[];
  readonly told: readonly Recovered[];
}

interface Found {
  readonly site: StackSite;
  readonly state: StateSummary;
}

const toldOf = ({ place }: StackLook, id: string, because: string): Recovered => ({
  stack: place.stack.name,
  urn: "",
  operation: "state",
  kind: "restore",
  id,
  because,
});

/**
 * A state that does not open is kept beside the clone and taken out of the backend, which asks for no passphrase and touches nothing in the cloud. Its
 * ids can be read without one: what they lead to is not made a second time.
 */
async function setAside(run: RebuildRun, look: StackLook, { site, state }: Found): Promise<Restored> {
  const { engine, estate, request } = run.looking.ground;
  const kept = await keepState(estate, { environment: request.environment, stack: look.place.stack.name, run: run.run }, state);
  await run.kept.confirm();
  await engine.remove(site, { withState: true });
  await engine.init(site);
  const told = toldOf(look, kept, "the passphrase does not open it: it is kept beside the clone, and its secrets are made anew");
  return { state: await engine.exportState(site), ids: idsIn(state.deployment, "the state that does not open"), told: [told] };
}

/** What a state has of a thing, or had: what was deleted for another one may have that by now. */
const ofUrn = ({ resources, freed }: StateSummary, urn: string): boolean => [...resources, ...freed].some((one) => one.urn === urn);

type Successor = Extract<Find, { kind: "take" }>;

/** By the ledger: what runs since the backup said that they made of things that it has. */
function toldSince({ looking: { runs } }: RebuildRun, { place, backup }: StackLook, { state }: Found): readonly Successor[] {
  const all = backup === undefined ? [] : idsSince(runs, place.stack.name, backup.run);
  return all
    .filter(({ urn }) => ofUrn(state, urn))
    .map(({ urn, id, from }) => ({ kind: "take", urn, id, because: `${from} made it in the place of the one that the backup has`, isSaid: false }));
}

/** By journals of this host that are not dealt with yet: engines that died, or could not write their state, while they replaced what the state has. */
async function untoldSince({ looking, gate }: RebuildRun, { place }: StackLook, { site, state }: Found): Promise<readonly Find[]> {
  const steps = gate.left.flatMap((left) => left.steps).filter(({ stack }) => stack === site.pulumiStack);
  const unended = unendedSince(
    steps.toSorted((a, b) => a.at - b.at),
    state.resources,
  );
  const finds: Find[] = [];
  for (const { urn, begun } of unended) {
    const tried = state.resources.filter((one) => one.urn === urn).map(({ id }) => id);
    if (begun === undefined || !ofUrn(state, urn)) continue;
    const id = steps.findLast((step) => step.urn === urn && step.phase === "done")?.id;
    const kept = id === undefined || tried.includes(id) ? [] : [{ urn, id, from: "the journal of this host" }];
    const wanted = { urn, ...begun, isCustom: true };
    finds.push(find(wanted, await cluesOf(looking, place, { ...wanted, kept, tried })));
  }
  return finds;
}

/**
 * By the cloud's own list, where nobody told all: what it has of things that the state has under another id. An engine that died while it replaced one of
 * them, and whose journal is gone, left it.
 */
async function unlistedSince({ looking }: RebuildRun, { place, backup }: StackLook, { state }: Found): Promise<readonly Find[]> {
  if (backup !== undefined && !isPartialSince(looking.runs, place.stack.name, backup.run)) return [];
  const since = looking.runs.find(({ id }) => id === backup?.run)?.startedAt;
  const finds: Find[] = [];
  for (const { urn, type } of [...state.resources, ...state.freed].filter(isObject)) {
    const tried = state.resources.filter((one) => one.urn === urn).map(({ id }) => id);
    const wanted = { urn, type, isCustom: true, provider: "", kept: [], tried, sinceMs: since === undefined ? undefined : Date.parse(since) };
    const clues = await cluesOf(looking, place, wanted);
    const isMore = clues.said !== undefined || mayHave(besides(clues.listed, new Set(tried)));
    if (isMore) finds.push(find(wanted, clues));
  }
  return finds;
}

/** Where a state that is to be gone on with may be older than the cloud: what is known of what took the place of things in it. */
async function successors(run: RebuildRun, look: StackLook, found: Found): Promise<readonly Find[]> {
  const { runs, ground } = run.looking;
  const about = { environment: ground.request.environment, stack: look.place.stack.name, runs };
  // A rebuild that put a backup in its place and then ended, before this was done, left a state that is there.
  const whole = { ...look, backup: look.backup ?? (await newestBackup(ground.estate, about)) };
  const told = [...toldSince(run, whole, found), ...(await untoldSince(run, look, found))];
  const known = new Set(told.map(({ urn }) => urn));
  return [...told, ...(await unlistedSince(run, whole, found)).filter(({ urn }) => !known.has(urn))];
}

/**
 * What was made in the place of what a backup has, by a run that then did not come to delete the older one: both live, so nothing that is missing would tell
 * of it. It is taken in, and the older one is what it replaced. Raises what only a person can know.
 */
async function withSuccessors(run: RebuildRun, look: StackLook, { site, state: first }: Found): Promise<Found & { readonly told: readonly Recovered[] }> {
  const { ground } = run.looking;
  const { place } = look;
  const finds = await successors(run, look, { site, state: first });
  const riddles = finds.filter((one) => one.kind === "ask");
  if (riddles.length > 0) {
    // Their journal is needed again when somebody has said what is there.
    run.gate.passed.delete(site.pulumiStack);
    throw riddleProblem(ground, place, riddles);
  }
  const told: Recovered[] = [];
  let state = first;
  for (const take of finds.filter((one) => one.kind === "take")) {
    const { urn, id, because } = take;
    if (state.resources.some((one) => one.urn === urn && one.id === id)) continue;
    const limits = { ...limitsOf(ground), deadlineMs: ground.estate.deadlines.previewMs, signal: run.signal };
    const mend = { adopt: [{ urn, id }], drop: [], reread: [] };
    const read = await ground.engine.readBack(site, { deployment: state.deployment, mend, limits });
    if (read.failure !== undefined) throw cannotTake(ground, place, { takes: [take], because: read.failure });
    if (read.found.get(urn) !== true) continue;
    await ground.engine.importState(site, read.deployment, noting({ ledger: ground.ledger, clock: ground.estate.clock, kept: run.kept }, site));
    state = await ground.engine.exportState(site);
    told.push({ stack: place.stack.name, urn, operation: "rebuilding", kind: "adopt", id, because });
  }
  return { site, state, told };
}

/**
 * A backup without what was deleted since: it is from before the run that did. What another stack has made under its name by now would be taken for it, and
 * deleted by the next apply.
 */
function stillThere({ looking: { runs } }: RebuildRun, { place }: StackLook, { backup, site }: { readonly backup: Backup; readonly site: StackSite }): string {
  return withoutObjects(backup.deployment, deletedSince(runs, place.stack.name, backup.run), site);
}

/** The newest backup is put in place of a state that is gone. One that this passphrase does not open tells its ids, and nothing else. */
async function fromBackup(run: RebuildRun, look: StackLook, { site }: Found): Promise<Restored> {
  const { engine, estate, ledger } = run.looking.ground;
  const { backup } = look;
  await run.kept.confirm();
  await engine.init(site);
  const told: Recovered[] = [];
  if (backup !== undefined) {
    try {
      await engine.importState(site, stillThere(run, look, { backup, site }), noting({ ledger, clock: estate.clock, kept: run.kept }, site));
      told.push(toldOf(look, backup.name, "its state was gone: the newest backup stands in for it"));
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.code !== "SECRETS_UNREADABLE") throw thrown;
    }
  }
  const { state, told: more } = await withSuccessors(run, look, { site, state: await engine.exportState(site) });
  return { state, ids: [], told: [...told, ...more] };
}

/** Written in the place of a state that cannot be read where there is no whole copy of it either. */
const empty = '{"version":3,"deployment":{"manifest":{"time":"2026-01-01T00:00:00Z","magic":"","version":""}}}';

/**
 * The newest whole copy takes the place of a state that is cut off. What was done since is looked for in the cloud, and where runs told of it: of the copy
 * itself nobody says which of them it comes before.
 */
async function fromCopy(run: RebuildRun, look: StackLook, { site }: Found): Promise<Restored> {
  const { engine, estate, ledger } = run.looking.ground;
  const own = look.backup === undefined ? [] : [{ deployment: stillThere(run, look, { backup: look.backup, site }), from: `the backup ${look.backup.name}` }];
  const [newest] = await engine.copies(site, own);
  await engine.importState(site, newest?.deployment ?? empty, noting({ ledger, clock: estate.clock, kept: run.kept }, site));
  const words = newest === undefined ? "it was cut off, and there is no whole copy of it" : `it was cut off: its newest whole copy stands in for it`;
  const { state, told } = await withSuccessors(run, look, { site, state: await engine.exportState(site) });
  return { state, ids: [], told: [toldOf(look, newest?.from ?? "nothing", words), ...told] };
}

/** Gives a stack a state to go on from, where it has none that serves. A state that came back since it was looked at is left as it is. */
export async function restore(run: RebuildRun, look: StackLook, found: Found): Promise<Restored> {
  const { loss } = look;
  const isSame = found.state.digest === look.state.digest;
  if (look.isTorn && isSame) return fromCopy(run, look, found);
  if (loss === "passphrase" && isSame) return setAside(run, look, found);
  if ((loss === "state" || loss === "both") && !found.state.resources.some(isObject)) return fromBackup(run, look, found);
  // A rebuild that put a backup in its place and then had to ask goes on with what it asked.
  if (!isHalfRebuilt(look.place.record)) return { state: found.state, ids: [], told: [] };
  const { state, told } = await withSuccessors(run, look, found);
  return { state, ids: [], told };
}
