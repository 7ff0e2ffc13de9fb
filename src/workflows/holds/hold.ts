import { didYouMean, Problem } from "../../base/problem/index.ts";
import { holdsAt, holdVerbs, type HoldKind, type RecordedHold } from "../../domain/gates/index.ts";
import { actorOf, environmentBranch, ledgerOf, refuseActing, treeOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, Lease, Ledger } from "../ledger/index.ts";
import { liftedBy, withHold, withoutHolds, type NewHold } from "./change.ts";

export interface HoldAsked {
  readonly environment: string;
  readonly kind: HoldKind;
  /** Left out: the whole environment. */
  readonly stack?: string;
  readonly reason: string;
}

/** What stands now, and who is at work meanwhile. */
export interface HoldSet {
  readonly hold: RecordedHold;
  readonly replaced: readonly RecordedHold[];
  readonly lease: Lease | undefined;
}

export interface HoldLifted {
  readonly lifted: readonly RecordedHold[];
  /** What still stands. */
  readonly left: readonly RecordedHold[];
}

/** Longer than any freeze that somebody remembers; whoever needs more says so again. */
const longestMs = 90 * 24 * 3_600_000;

interface Ground {
  readonly ledger: Ledger;
  readonly live: EnvironmentRecord | undefined;
}

/**
 * Reads what there is to hold. The environment's file is evaluated only where nothing else knows a stack: whoever freezes in an emergency must not
 * be kept from it by a file that is broken.
 */
async function ground(estate: Estate, asked: Pick<HoldAsked, "environment" | "stack">): Promise<Ground> {
  const { environment, stack } = asked;
  refuseActing(estate.machine, environment);
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  if (live === undefined) await environmentBranch(estate, environment, undefined);
  if (stack === undefined || live?.stacks[stack] !== undefined) return { ledger, live };
  const { head } = await environmentBranch(estate, environment, live?.branch?.name);
  const declared = await estate.programs.environment(await treeOf(estate.repository, head), environment);
  const known = [...new Set([...declared.stacks.map(({ name }) => name), ...Object.keys(live?.stacks ?? {})])].sort();
  if (known.includes(stack)) return { ledger, live };
  throw new Problem("STACK_UNKNOWN", {
    what: `${environment} has no stack "${stack}"`,
    on: `environment ${environment}`,
    todo: `${didYouMean(stack, known)} Known: ${known.join(", ") || "none"}.`.trim(),
  });
}

function refuseEnd(until: Date, now: Date, on: string): void {
  const aheadMs = until.getTime() - now.getTime();
  if (aheadMs > 0 && aheadMs <= longestMs) return;
  throw new Problem("USAGE", {
    what: aheadMs <= 0 ? `${until.toISOString()} is over already` : `${until.toISOString()} is more than 90 days away`,
    on,
    todo: "Name an end that people can remember: --for 2h, or --until with a time ahead, at most 90 days. Nothing was changed.",
  });
}

/** What a pin keeps: the commit that is live. */
function liveCommit(live: EnvironmentRecord | undefined, { environment, stack }: HoldAsked): string {
  const commit = stack === undefined ? live?.branch?.head : live?.stacks[stack]?.lastGood?.commit;
  if (commit !== undefined) return commit;
  throw new Problem("USAGE", {
    what: `nothing of ${stack ?? environment} is live: there is nothing to pin it to`,
    on: stack === undefined ? `environment ${environment}` : `${environment}.${stack}`,
    todo: `Keep applies away with: trueup suspend ${environment}${stack === undefined ? "" : ` --stack ${stack}`} --for 2h --reason "…"`,
  });
}

const where = (stacks: readonly string[]): string => (stacks.length === 0 ? "all stacks" : `stack ${stacks.join(", ")}`);

function trailersOf(kind: string, by: string, stacks: readonly string[]): Record<string, string> {
  return { Kind: kind, By: by, ...(stacks.length === 0 ? {} : { Stacks: stacks.join(" ") }) };
}

/**
 * Puts a pin, a hold or a freeze into the ledger, in one commit, also while somebody works. The like by the same person is replaced. Raises USAGE,
 * ENVIRONMENT_UNKNOWN, STACK_UNKNOWN, and what the ledger raises: then nothing was changed.
 */
export async function setHold(estate: Estate, asked: HoldAsked, until: Date): Promise<HoldSet> {
  const { environment, kind, stack, reason } = asked;
  const now = estate.clock.now();
  refuseEnd(until, now, `trueup ${holdVerbs[kind].set} ${environment}`);
  const { ledger, live } = await ground(estate, asked);
  const commit = kind === "pin" ? { commit: liveCommit(live, asked) } : {};
  const by = actorOf(estate.machine);
  const stacks = stack === undefined ? [] : [stack];
  const hold: NewHold = { kind, id: `${kind}-${estate.host.random(6)}`, stacks, by, reason, since: now.toISOString(), until: until.toISOString(), ...commit };
  let replaced: readonly RecordedHold[] = [];
  const done = await ledger.record((current) => {
    const change = withHold(current, hold, now);
    replaced = change.replaced;
    return {
      next: { ...current, ...change.next },
      sentence: `${environment}: ${by} ${holdVerbs[kind].sets} ${where(stacks)} until ${hold.until.slice(0, 16)}Z: ${reason}`,
      trailers: { ...trailersOf(holdVerbs[kind].set, by, stacks), Until: hold.until },
    };
  });
  return { hold, replaced, lease: done?.environment.lease ?? undefined };
}

function nothingThere(live: EnvironmentRecord | undefined, { environment, kind, stack }: HoldAsked, now: Date): Problem {
  const standing = live === undefined ? [] : holdsAt(live, now);
  const named = stack === undefined ? environment : `stack ${stack} of ${environment}`;
  const whole = stack !== undefined && standing.some((one) => one.kind === kind && one.stacks.length === 0);
  const others = standing.filter((one) => one.kind !== kind).map((one) => `${holdVerbs[one.kind].is} (trueup ${holdVerbs[one.kind].lift})`);
  const hint = whole ? ` All of ${environment} is; leave out --stack to lift that.` : others.length === 0 ? "" : ` It is ${[...new Set(others)].join(", ")}.`;
  return new Problem("USAGE", {
    what: `${named} is not ${holdVerbs[kind].is}`,
    on: `trueup ${holdVerbs[kind].lift} ${environment}`,
    todo: `Nothing was changed.${hint} See what stands: trueup status ${environment}`,
  });
}

/** Takes away what stands of a kind, decided again on the record as it is at that moment. Raises USAGE where there is nothing. */
export async function liftHolds(estate: Estate, asked: HoldAsked): Promise<HoldLifted> {
  const { environment, kind, stack, reason } = asked;
  const now = estate.clock.now();
  const { ledger, live } = await ground(estate, asked);
  const by = actorOf(estate.machine);
  let lifted: readonly RecordedHold[] = [];
  const done = await ledger.record((current) => {
    lifted = liftedBy(current, { kind, stack }, now);
    const stacks = [...new Set(lifted.flatMap((one) => one.stacks))];
    const whole = lifted.some((one) => one.stacks.length === 0);
    if (lifted.length === 0) return undefined;
    return {
      next: { ...current, ...withoutHolds(current, lifted) },
      sentence: `${environment}: ${by} ${holdVerbs[kind].lifts} ${where(whole ? [] : stacks)}: ${reason}`,
      trailers: trailersOf(holdVerbs[kind].lift, by, whole ? [] : stacks),
    };
  });
  if (done === undefined) throw nothingThere(live, asked, now);
  return { lifted, left: holdsAt(done.environment, now) };
}
