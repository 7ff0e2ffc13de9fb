import { Problem } from "../../base/problem/index.ts";
import { holdKinds, holdVerbs } from "../../domain/gates/index.ts";
import { leftToTell } from "../conversation/index.ts";
import { environmentBranch, holderOf, ledgerOf, readRevision, treeOf, type Estate } from "../estate/index.ts";
import { nextSweep } from "../drift/index.ts";
import { isRollingBack } from "../rollback/index.ts";
import type { EnvironmentRecord, Ledger } from "../ledger/index.ts";
import type { Gauges, Standing } from "./grounds.ts";
import { nextTryAmong } from "./blocked.ts";
import { nextTry, type Attempt } from "./patience.ts";

/** How the applies of a head went, newest first, as the ledger has them. */
async function attemptsAt(ledger: Ledger, head: string): Promise<readonly Attempt[]> {
  const entries = await ledger.log(40);
  return entries
    .filter(({ trailers }) => trailers["Kind"] === "apply" && trailers["Commit"] === head && trailers["Result"] !== "applying")
    .map(({ at, trailers }) => ({ at: new Date(at), result: trailers["Result"] ?? "" }));
}

/** Entries that only say who was told something. */
const telling: ReadonlySet<string | undefined> = new Set(["untold", "notice"]);
const mostTelling = 8;

const isApproval = (sentence: string): boolean => /: @\S+ (approves|unlocks|says \/trueup (apply|retry))/.test(sentence);
const liftKinds: ReadonlySet<string | undefined> = new Set<string>([...holdKinds.map((kind) => holdVerbs[kind].lift), "retry"]);

/** Of the head: it was tried, failed, and is not tried again as it is. */
function isVetoed({ vetoes }: EnvironmentRecord, head: string): boolean {
  return !isRollingBack({ vetoes }) && vetoes.some((veto) => veto.commit === head || veto.head === head);
}

/** Whether what is live is the branch's commit, or is known not to become it; and nothing that was begun is left without a good end. */
function isSettled(live: EnvironmentRecord | undefined, head: string): boolean {
  const vetoed = new Set((live?.vetoes ?? []).flatMap(({ closureDigests }) => Object.keys(closureDigests)));
  const isUnsettled = Object.entries(live?.stacks ?? {}).some(([name, { result }]) => result === "applying" || (result === "failed" && !vetoed.has(name)));
  return live !== undefined && (live.branch?.head === head || isVetoed(live, head)) && !isUnsettled;
}

/** Reads ahead the head that an environment's branch has now, unless that is live or was read ahead. Returns the head. */
export async function readAhead(estate: Estate, environment: string, known: string | undefined): Promise<string> {
  const { live, head } = await placeOf(estate, environment);
  if (head === known || isSettled(live, head)) return head;
  estate.warm(live?.identity?.cloud);
  await readRevision(estate, head, environment);
  return head;
}

/** When the branch has something that is not live: from when on it is to be applied. */
async function applyAt(estate: Estate, { ledger, live, head }: Place, environment: string): Promise<number | undefined> {
  if (isSettled(live, head)) return undefined;
  const newest = (await ledger.log(mostTelling)).find(({ trailers }) => !telling.has(trailers["Kind"]));
  // What somebody says about it is a reason to look again at once.
  if (newest !== undefined && (isApproval(newest.sentence) || liftKinds.has(newest.trailers["Kind"]))) return 0;
  const attempts = await attemptsAt(ledger, head);
  const [last] = attempts;
  const usual = nextTry(attempts)?.getTime() ?? 0;
  if (last === undefined || last.result === "cancelled") return usual;
  return nextTryByRules(estate, { live, head, environment }, { last: last.at, usual });
}

/** By the windows of the rules that judge. Where they cannot be read patience decides, and the next try tells what is wrong with them. */
async function nextTryByRules(
  estate: Estate,
  { live, head, environment }: Pick<Place, "live" | "head"> & { readonly environment: string },
  tried: Parameters<typeof nextTryAmong>[1],
): Promise<number> {
  try {
    const { windows } = await estate.programs.environment(await treeOf(estate.repository, live?.branch?.head ?? head), environment);
    const action = isRollingBack(live) ? "rollback" : "apply";
    return nextTryAmong({ live, windows, action }, tried, estate.clock.now());
  } catch (thrown) {
    if (thrown instanceof Problem) return tried.usual;
    throw thrown;
  }
}

interface Place {
  readonly ledger: Ledger;
  readonly ledgerHead: string | undefined;
  readonly live: EnvironmentRecord | undefined;
  readonly head: string;
}

async function placeOf(estate: Estate, environment: string): Promise<Place> {
  const ledger = await ledgerOf(estate, environment);
  const snapshot = await ledger.read({ fetch: false });
  const live = snapshot?.environment;
  const { head } = await environmentBranch(estate, environment, live?.branch?.name);
  return { ledger, ledgerHead: snapshot?.head, live, head };
}

/** Whether the head is to be applied now, as last fetched. */
export async function isApplyDue(estate: Estate, environment: string): Promise<boolean> {
  const at = await applyAt(estate, await placeOf(estate, environment), environment);
  return at !== undefined && at <= estate.clock.now().getTime();
}

/**
 * Whether an apply of the head may want somebody's yes: by the rules that are live, by those of the head, or by a stack's own. What cannot be read
 * is taken to want it.
 */
export async function wantsConsent(estate: Estate, environment: string): Promise<boolean> {
  try {
    const { live, head } = await placeOf(estate, environment);
    const commits = [...new Set([live?.branch?.head ?? head, head])];
    const read = commits.map(async (commit) => estate.programs.environment(await treeOf(estate.repository, commit), environment));
    return (await Promise.all(read)).some(({ approvals, stacks }) =>
      [approvals, ...stacks.map((stack) => stack.approvals)].some((rule) => (rule?.min ?? 0) > 0),
    );
  } catch {
    return true;
  }
}

/** A record whose rules cannot be read is due at once: the look itself then says what is wrong with them. */
async function driftAt(estate: Estate, environment: string, live: EnvironmentRecord | undefined): Promise<number | undefined> {
  if (live === undefined || live.lease !== null) return undefined;
  return nextSweep(estate, environment).then(
    (at) => at?.getTime(),
    () => 0,
  );
}

function driftSince({ drift }: EnvironmentRecord): Record<string, number> {
  const since: Record<string, number> = {};
  for (const { stack, firstSeen } of drift.findings) since[stack] = Math.min(since[stack] ?? Number.POSITIVE_INFINITY, Date.parse(firstSeen));
  return since;
}

const nothingLive: Gauges = { driftSince: {}, failedStacks: 0, frozenUnits: 0, vetoedUnits: 0, leaseSince: undefined };

function gaugesOf(live: EnvironmentRecord | undefined): Gauges {
  if (live === undefined) return nothingLive;
  return {
    driftSince: driftSince(live),
    failedStacks: Object.values(live.stacks).filter(({ result }) => result === "failed").length,
    frozenUnits: live.freezes.length,
    vetoedUnits: live.vetoes.length,
    leaseSince: live.lease === null ? undefined : Date.parse(live.lease.acquiredAt),
  };
}

/**
 * Whether a run died with the lease that nobody would take over: it began nothing, so that there is nothing to finish. Else nobody would look for drift,
 * nor tell anything, until the next merge.
 */
async function isLeftHeld(estate: Estate, live: EnvironmentRecord | undefined, at: number | undefined): Promise<boolean> {
  const isApplyDue = at !== undefined && at <= estate.clock.now().getTime();
  if (live === undefined || live.lease === null || isApplyDue) return false;
  return holderOf(estate, live.lease).then(
    (holder) => holder === "dead",
    () => false,
  );
}

/** What was seen may be past when its turn comes. */
export async function isStillLeftHeld(estate: Estate, environment: string): Promise<boolean> {
  const place = await placeOf(estate, environment);
  return isLeftHeld(estate, place.live, await applyAt(estate, place, environment));
}

/** How an environment stands by its branch and its ledger, as last fetched. `hasForge`: there is one that can be told. */
export async function standingOf(estate: Estate, environment: string, hasForge: boolean): Promise<Standing> {
  const place = await placeOf(estate, environment);
  const { ledgerHead, live, head } = place;
  const at = await applyAt(estate, place, environment);
  return {
    head,
    ledger: ledgerHead,
    applyAt: at,
    isLeftHeld: await isLeftHeld(estate, live, at),
    driftAt: await driftAt(estate, environment, live),
    noticeAt: (await leftToTell(estate, environment, hasForge))?.getTime(),
    gauges: gaugesOf(live),
  };
}
