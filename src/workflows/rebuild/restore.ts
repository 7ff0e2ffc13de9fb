import { Problem } from "../../base/problem/index.ts";
import type { StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { Recovered } from "../ledger/index.ts";
import { noting } from "../recovery/index.ts";
import { idsIn, idsSince, keepState, type KeptId } from "./kept.ts";
import { isObject, limitsOf, type StackLook } from "./look.ts";
import { cannotTake } from "./riddles.ts";
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

/**
 * What was made since a backup in the place of what that has, by a run that then did not come to delete the older one: both live, so nothing that is missing
 * would tell of it. It is taken in, and the older one is what it replaced.
 */
async function withSuccessors(run: RebuildRun, look: StackLook, { site, state: first }: Found): Promise<Found & { readonly told: readonly Recovered[] }> {
  const { ground, runs } = run.looking;
  const { place, backup } = look;
  const told: Recovered[] = [];
  let state = first;
  for (const { urn, id, from } of backup === undefined ? [] : idsSince(runs, place.stack.name, backup.run)) {
    const known = state.resources.filter((one) => one.urn === urn);
    if (known.length === 0 || known.some((one) => one.id === id)) continue;
    const limits = { ...limitsOf(ground), deadlineMs: ground.estate.deadlines.previewMs, signal: run.signal };
    const mend = { adopt: [{ urn, id }], drop: [], reread: [] };
    const read = await ground.engine.readBack(site, { deployment: state.deployment, mend, limits });
    const because = `${from} made it in the place of the one that the backup has`;
    if (read.failure !== undefined) throw cannotTake(ground, place, { takes: [{ kind: "take", urn, id, because, isSaid: false }], because: read.failure });
    if (read.found.get(urn) !== true) continue;
    await ground.engine.importState(site, read.deployment, noting({ ledger: ground.ledger, clock: ground.estate.clock, kept: run.kept }, site));
    state = await ground.engine.exportState(site);
    told.push({ stack: place.stack.name, urn, operation: "rebuilding", kind: "adopt", id, because });
  }
  return { site, state, told };
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
      await engine.importState(site, backup.deployment, noting({ ledger, clock: estate.clock, kept: run.kept }, site));
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

/** The newest whole copy takes the place of a state that is cut off. What was done since is looked for in the cloud. */
async function fromCopy(run: RebuildRun, look: StackLook, { site }: Found): Promise<Restored> {
  const { engine, estate, ledger } = run.looking.ground;
  const own = look.backup === undefined ? [] : [{ deployment: look.backup.deployment, from: `the backup ${look.backup.name}` }];
  const [newest] = await engine.copies(site, own);
  await engine.importState(site, newest?.deployment ?? empty, noting({ ledger, clock: estate.clock, kept: run.kept }, site));
  const words = newest === undefined ? "it was cut off, and there is no whole copy of it" : `it was cut off: its newest whole copy stands in for it`;
  return { state: await engine.exportState(site), ids: [], told: [toldOf(look, newest?.from ?? "nothing", words)] };
}

/** Gives a stack a state to go on from, where it has none that serves. A state that came back since it was looked at is left as it is. */
export async function restore(run: RebuildRun, look: StackLook, found: Found): Promise<Restored> {
  const { loss } = look;
  const isSame = found.state.digest === look.state.digest;
  if (look.isTorn && isSame) return fromCopy(run, look, found);
  if (loss === "passphrase" && isSame) return setAside(run, look, found);
  if ((loss === "state" || loss === "both") && !found.state.resources.some(isObject)) return fromBackup(run, look, found);
  return { state: found.state, ids: [], told: [] };
}
