import {
  absentState,
  type Begun,
  type Engine,
  type EngineLock,
  type Mend,
  type ReadBack,
  type RunLimits,
  type StackSite,
  type StateSummary,
} from "../../adapters/engine/index.ts";
import { awsAccount } from "../../adapters/identity/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { besides, decide, isNoAnswer, isNowhere, mayHave, settle, type Decision, type Evidence, type Settled } from "../../domain/recovery/index.ts";
import type { Estate } from "../estate/index.ts";
import type { EnvironmentRecord, Recovered } from "../ledger/index.ts";
import { findLocks, lockedProblem, lockWords } from "./locks.ts";
import type { Past } from "./past.ts";
import { quarantined } from "./quarantine.ts";
import { keep, restore, type Looked, type Restored } from "./restore.ts";

/** What all stacks of one recovery share. */
export interface MendWork {
  readonly estate: Estate;
  readonly environment: Environment;
  readonly live: EnvironmentRecord | undefined;
  readonly past: Past;
  /** What a person who looked says, by urn. */
  readonly said?: ReadonlyMap<string, NonNullable<Evidence["said"]>>;
  /** Only look: nothing is unlocked, no state is changed. */
  readonly lookOnly: boolean;
  /** How long to wait for somebody else's lock; left out: not at all. */
  readonly waitMs?: number;
  readonly limits: Pick<RunLimits, "signal" | "hardSignal">;
  /** Told what the engine does to the stack. */
  readonly notes: Pick<RunLimits, "onSession" | "mayAct" | "onLock" | "onUnlock">;
  /** Asked right before something is changed: raises LEASE_LOST. */
  readonly confirm: () => Promise<void>;
}

/** What was found of one stack, and what was done about it. */
export interface Mended {
  readonly stack: string;
  readonly pulumiStack: string;
  readonly found: readonly Recovered[];
  /** Locks of others. */
  readonly locked: readonly EngineLock[];
  readonly state: StateSummary;
  /** Why nobody may run the stack now. */
  readonly problem: Problem | undefined;
}

const lookAgainMs = 5_000;
/** A request that a dead provider had sent may still be under way in a real cloud: absence counts when it was seen twice, this far apart. */
const settleMs = 15_000;

interface One extends Looked {
  /** Creations that failed and that the cloud's list knows of all the same. */
  readonly suspects: ReadonlyMap<string, Begun>;
}

/** An answer that was lost looks like a failure. Where a cloud can list what it made, nothing that it made is left out or made again. */
async function suspected({ work, site }: Pick<One, "work" | "site">, state: StateSummary): Promise<ReadonlyMap<string, Begun>> {
  const { past, estate, environment } = work;
  const list = estate.cloudList(environment);
  const has = new Set(state.resources.map(({ id }) => id));
  const found = new Map<string, Begun>();
  // Without a state there is nothing to take it into: whoever makes the state again looks for all of it.
  if (!state.exists) return found;
  for (const { urn, ...begun } of past.failed(site.pulumiStack)) {
    if (state.pending.some((one) => one.urn === urn)) continue;
    const listed = besides(await list({ urn, type: begun.type, sinceMs: past.sinceMs(site.pulumiStack, urn) }), has);
    if (mayHave(listed)) found.set(urn, begun);
  }
  return found;
}

/** The state with what is suspected as what it is: operations of which nobody recorded the end. */
function withSuspects(state: StateSummary, suspects: ReadonlyMap<string, Begun>): StateSummary {
  const more = [...suspects].map(([urn, { type }]) => {
    const known = state.resources.filter((one) => one.urn === urn).map(({ id }) => id);
    const freed = state.freed.filter((one) => one.urn === urn).map(({ id }) => id);
    const recordedAs = known.length + freed.length > 0 ? urn : undefined;
    return { urn, type, isCustom: true, operation: "creating", inputs: {}, recordedAs, known, freed };
  });
  return { ...state, pending: [...state.pending, ...more] };
}

/** Takes our dead engines' locks away, and waits for others'. */
async function clearLocks({ work, engine, site }: One): Promise<{ readonly found: Recovered[]; readonly locked: readonly EngineLock[] }> {
  const { estate, past, lookOnly, waitMs = 0 } = work;
  const until = estate.clock.monotonicMs() + (lookOnly ? 0 : waitMs);
  const found: Recovered[] = [];
  for (let told = ""; ;) {
    const { own, foreign } = await findLocks(engine, site, past);
    for (const lock of own) {
      found.push({
        stack: site.stack,
        urn: "",
        operation: "lock",
        kind: "unlock",
        id: lock.name,
        because: `its engine, process ${lock.pid} on ${lock.host}, is dead`,
      });
      if (lookOnly) continue;
      await work.confirm();
      await engine.removeLock(site, lock.name);
    }
    const [first] = foreign;
    const leftMs = until - estate.clock.monotonicMs();
    if (first === undefined || leftMs <= 0 || work.limits.signal?.aborted === true) return { found, locked: foreign };
    if (told !== first.name) estate.observe({ kind: "step", text: `${site.stack}: waiting at most ${Math.ceil(leftMs / 60_000)} min for ${lockWords(first)}` });
    told = first.name;
    await estate.clock.sleep(Math.min(lookAgainMs, leftMs), work.limits.signal).catch(() => undefined);
  }
}

/** Taking it in by an id would be refused by the engine, and nothing would be known of the others. */
function noAnswer({ work, site }: One, urn: string): Problem {
  return new Problem("USAGE", {
    what: `${urn} is nothing in any cloud, so that nobody can have seen it there`,
    on: `${work.environment.name}.${site.stack}`,
    todo: "Nothing was touched. The same command without it: it needs nobody's answer.",
  });
}

/** Of all operations of one urn. What is done to an object and to the one that it replaced is read at once. */
const chiefOf = <T extends { readonly operation: string }>(operations: readonly T[]): T | undefined =>
  operations.find(({ operation }) => operation === "creating") ?? operations[0];

async function decideAll(one: One, state: StateSummary): Promise<readonly Decision[]> {
  const { work, site } = one;
  const { past, said } = work;
  const list = work.estate.cloudList(work.environment);
  const has = new Set(state.resources.map(({ id }) => id));
  const decisions: Decision[] = [];
  for (const [urn, operations] of Map.groupBy(state.pending, (one) => one.urn)) {
    const creations = operations.filter(({ operation }) => operation === "creating");
    const operation = chiefOf(operations);
    if (operation === undefined) continue;
    const by = said?.get(urn);
    if (isNoAnswer(operation, by)) throw noAnswer(one, urn);
    if (operations.length > 1 && creations.length > 0 && by === undefined && !isNowhere(operation)) {
      decisions.push({ kind: "quarantine", urn, because: "more than one operation of it never ended" });
      continue;
    }
    const { type } = operation;
    const listed = creations.length > 0 ? await list({ urn, type, sinceMs: past.sinceMs(site.pulumiStack, urn) }) : undefined;
    decisions.push(decide(operation, { told: past.told(site.pulumiStack, urn), listed: besides(listed, has), said: by }));
  }
  return decisions;
}

/** What is read with other credentials is another cloud's answer: there nothing that was made exists. */
async function refuseOtherAccount({ work, site }: One): Promise<void> {
  const recorded = work.live?.identity?.account ?? null;
  if (work.environment.cloud !== "real" || recorded === null) return;
  const asked = await awsAccount(site.variables);
  const now = asked.kind === "known" ? asked.account : `unknown (${asked.why})`;
  if (now === recorded) return;
  throw new Problem("IDENTITY_CHANGED", {
    what: `what never ended was begun in account ${recorded}, but the account is ${now} now`,
    on: `${work.environment.name}.${site.stack}`,
    todo: "Nothing was touched. Check the credentials of this machine.",
  });
}

function mendOf({ suspects }: One, settled: readonly (Decision | Settled)[]): Mend {
  const urns = (kind: Decision["kind"]): string[] => settled.filter((one) => one.kind === kind).map(({ urn }) => urn);
  const adopt = settled.flatMap((one) => {
    if (one.kind !== "adopt") return [];
    const begun = suspects.get(one.urn);
    return [{ urn: one.urn, id: one.id, ...(begun === undefined ? {} : { begun }) }];
  });
  return { adopt, drop: [...urns("drop"), ...urns("keep")], reread: urns("reread"), remove: urns("remove") };
}

/** Asks the cloud for everything that is said to exist. */
async function ask(one: One, state: StateSummary, decisions: readonly (Decision | Settled)[]): Promise<ReadBack> {
  const { work, engine, site } = one;
  // It works on a copy: its locks are nobody's concern.
  const { onSession } = work.notes;
  const limits = { ...work.limits, deadlineMs: work.estate.deadlines.previewMs, ...(onSession === undefined ? {} : { onSession }) };
  return engine.readBack(site, { deployment: state.deployment, mend: mendOf(one, decisions), limits });
}

/** Of what could not be read nobody but a person knows; another look may. */
function unknown(decision: Decision | Settled, failure: string): Extract<Settled, { kind: "quarantine" }> {
  const { urn, because } = decision;
  const id = "id" in decision && decision.id !== undefined ? { id: decision.id } : {};
  return { kind: "quarantine", urn, ...id, because: `${because}; it could not be read: ${failure}` };
}

const isAsked = ({ kind }: Decision | Settled): boolean => kind === "adopt" || kind === "reread";

/** The engine ends a reading at the first object that it cannot read. More often than this it is the cloud that cannot be read. */
const mostReadings = 4;

/** Reads what can be read: where it is known which objects cannot, a person is asked of those alone. */
async function readable(
  one: One,
  state: StateSummary,
  first: readonly Decision[],
): Promise<{ readonly read: ReadBack; readonly decisions: readonly Decision[] }> {
  let decisions = first;
  for (let left = mostReadings; ; left--) {
    const read = await ask(one, state, decisions);
    const { unread } = read;
    if (unread.size === 0 || left === 1) return { read, decisions };
    decisions = decisions.map((each) => (isAsked(each) && unread.has(each.urn) ? unknown(each, unread.get(each.urn) ?? "") : each));
  }
}

/** What is so, and the state that says it. A second look where a first one found nothing in a cloud that may still be at it. */
async function settleAll(one: One, state: StateSummary): Promise<{ readonly settled: readonly Settled[]; readonly deployment: string | undefined }> {
  const { estate, environment } = one.work;
  const found = await readable(one, state, await decideAll(one, state));
  const { decisions } = found;
  let { read } = found;
  if (environment.cloud === "real" && [...read.found.values()].includes(false)) {
    await estate.clock.sleep(settleMs);
    read = await ask(one, state, decisions);
  }
  const { failure } = read;
  const settled = decisions.map((decision) =>
    failure === undefined || !isAsked(decision) ? settle(decision, read.found.get(decision.urn)) : unknown(decision, failure),
  );
  const isAsDecided = decisions.every((decision, index) => decision.kind === settled[index]?.kind);
  if (isAsDecided) return { settled, deployment: read.deployment };
  // What turned out otherwise is not in what was read: read what is left of it.
  const again = await ask(one, state, settled);
  const why = again.failure;
  if (why === undefined) return { settled, deployment: again.deployment };
  return { settled: settled.map((one) => (isAsked(one) ? unknown(one, why) : one)), deployment: undefined };
}

function toldOf(site: StackSite, state: StateSummary, settled: readonly Settled[]): Recovered[] {
  return settled.map((one) => ({
    stack: site.stack,
    urn: one.urn,
    operation: chiefOf(state.pending.filter(({ urn }) => urn === one.urn))?.operation ?? "",
    kind: one.kind,
    ...("id" in one && one.id !== undefined ? { id: one.id } : {}),
    because: one.because,
  }));
}

/** What of the state was found when it was looked at. */
interface Before {
  readonly state: StateSummary;
  /** It is not the one in the backend: that one cannot be read. */
  readonly isRestored: boolean;
}

async function isAsBefore({ engine, site }: One, before: Before): Promise<boolean> {
  const now = await engine.exportState(site).catch((thrown: unknown) => {
    if (isUnreadable(thrown)) return undefined;
    throw thrown;
  });
  return before.isRestored ? now === undefined : now?.digest === before.state.digest;
}

/** Writes the mended state, unless somebody wrote another one since it was read. */
async function write(one: One, before: Before, deployment: string): Promise<StateSummary> {
  const { work, engine, site } = one;
  await work.confirm();
  if (!(await isAsBefore(one, before)))
    throw new Problem("STALE", {
      what: "the stack's state was changed by somebody else while it was looked at",
      on: `${work.environment.name}.${site.stack} (${site.pulumiStack})`,
      todo: "Nothing of it was touched. Run the same command again.",
    });
  await keep(work, site, before.state.deployment);
  await engine.importState(site, deployment, work.notes);
  return engine.exportState(site);
}

/** What a run left in the middle of replacing a provider is made what the engine goes on with. */
async function wentOn(one: One, state: StateSummary): Promise<StateSummary> {
  const { work, engine, site } = one;
  const deployment = work.lookOnly || !state.exists ? undefined : engine.goingOn(site, state.deployment);
  if (deployment === undefined) return state;
  work.estate.observe({ kind: "step", text: `${site.stack}: a run ended while it replaced a provider; what that provider had made is replaced with it` });
  return write(one, { state, isRestored: false }, deployment);
}

/** What stands for a state that cannot be read, or was not: nothing is known by it. */
export const unread: StateSummary = { ...absentState, exists: true };

/** The state as it is, or as it can be put together again. */
async function readOrRestore(alone: Looked): Promise<Restored> {
  try {
    return { found: [], state: await alone.engine.exportState(alone.site), problem: undefined };
  } catch (thrown) {
    if (!isUnreadable(thrown)) throw thrown;
    return restore(alone, thrown);
  }
}

export const isUnreadable = (thrown: unknown): thrown is Problem => thrown instanceof Problem && thrown.code === "STATE_CORRUPTED";

/**
 * The gate before every run of a stack: what a dead run left is dealt with where it is known what is so, and the stack is refused where it is not.
 * `problem` says why; everything else about it is done. Usually there is nothing, and it costs one look at the locks.
 */
export async function mendStack(
  work: MendWork,
  engine: Engine,
  { site, known }: { readonly site: StackSite; readonly known?: StateSummary | undefined },
): Promise<Mended> {
  const alone = { work, engine, site, suspects: new Map<string, Begun>() };
  const { found: unlocked, locked } = await clearLocks(alone);
  const about = { stack: site.stack, pulumiStack: site.pulumiStack, locked };
  if (locked.length > 0) return { ...about, found: unlocked, state: unread, problem: lockedProblem(work.environment.name, site, locked) };
  const read = known === undefined ? await readOrRestore(alone) : { found: [], state: known, problem: undefined };
  const found = [...unlocked, ...read.found];
  if (read.state === undefined) return { ...about, found, state: unread, problem: read.problem };
  const one = { ...alone, suspects: await suspected(alone, read.state) };
  const state = withSuspects(read.state, one.suspects);
  const isRestored = read.found.length > 0;
  if (state.pending.length === 0 && !isRestored) return { ...about, found, state: await wentOn(one, state), problem: undefined };
  work.estate.observe({ kind: "step", text: `${site.stack}: finding out how ${state.pending.length} operation${state.pending.length === 1 ? "" : "s"} ended` });
  await refuseOtherAccount(one);
  const { settled, deployment } = await settleAll(one, state);
  const riddles = settled.filter((each) => each.kind === "quarantine");
  // All of it or nothing: what is imported has no operation any more of which nobody knows how it ended.
  const isMending = !work.lookOnly && deployment !== undefined && riddles.length === 0;
  const told = isMending || work.lookOnly ? [...found, ...toldOf(site, state, settled)] : [...unlocked, ...toldOf(site, state, riddles)];
  const after = isMending ? await wentOn(one, await write(one, { state, isRestored }, deployment)) : state;
  return { ...about, found: told, state: after, problem: quarantined(work.environment.name, site.stack, toldOf(site, state, riddles)) };
}
