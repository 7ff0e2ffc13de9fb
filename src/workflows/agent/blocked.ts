import type { Window } from "../../domain/environments/index.ts";
import { holdsAt, isOver, windowsOpen } from "../../domain/gates/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

/** What may keep an environment from being applied and ends at a time that is known. */
export interface Blocks {
  readonly live: Pick<EnvironmentRecord, "holds" | "freezes"> | undefined;
  readonly windows: readonly Window[];
  /** What the next try does first; left out: it applies. */
  readonly action?: "apply" | "rollback";
}

const wholeEnds = ({ live }: Blocks, at: Date): readonly number[] =>
  (live === undefined ? [] : holdsAt(live, at)).flatMap(({ kind, stacks, until }) =>
    kind === "pin" || stacks.length > 0 || until === null ? [] : [Date.parse(until)],
  );

/** Until when nothing can begin whatever is in it; undefined: one can, or only a person ends what is in the way. */
export function blockedUntil(blocks: Blocks, at: Date): number | undefined {
  const { opensAt } = windowsOpen(blocks.windows, blocks.action ?? "apply", at);
  const ends = [...wholeEnds(blocks, at), ...(opensAt === undefined ? [] : [opensAt.getTime()])];
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Whether something that stood at the last try is over now. */
export function hasOpened(blocks: Blocks, last: Date, now: Date): boolean {
  const { holds = [], freezes = [] } = blocks.live ?? {};
  const isOpen = (at: Date): boolean => windowsOpen(blocks.windows, blocks.action ?? "apply", at).open;
  return [...holds, ...freezes].some((one) => !isOver(one, last) && isOver(one, now)) || (!isOpen(last) && isOpen(now));
}

/**
 * When a head that was tried is tried again: not while nothing can begin (what was said once is not said each hour of a weekend), at once when that is
 * over, else as patience says (`usual`). Pure.
 */
export function nextTryAmong(blocks: Blocks, tried: { readonly last: Date; readonly usual: number }, now: Date): number {
  const until = blockedUntil(blocks, now);
  if (until !== undefined) return until;
  return hasOpened(blocks, tried.last, now) ? 0 : tried.usual;
}
