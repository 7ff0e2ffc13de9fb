import type { Engine, EngineLock, StackSite } from "../../adapters/engine/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { isOfGone, isOwnDead } from "../../domain/recovery/index.ts";
import type { Past } from "./past.ts";

export interface LocksFound {
  /** Of engines of ours that are dead. */
  readonly own: readonly EngineLock[];
  /** Of somebody who may be at work. */
  readonly foreign: readonly EngineLock[];
}

/** The locks on a stack, told apart. A backend that cannot be listed has none to show: its engine refuses by itself where one is. */
export async function findLocks(engine: Engine, site: StackSite, past: Pick<Past, "dead" | "gone">): Promise<LocksFound> {
  const locks = (await engine.locks(site)) ?? [];
  const isOwn = (lock: EngineLock): boolean => isOwnDead(lock, site.pulumiStack, past.dead) || isOfGone(lock, site.pulumiStack, past.gone);
  return { own: locks.filter(isOwn), foreign: locks.filter((lock) => !isOwn(lock)) };
}

export function lockWords({ user, host, pid, since }: EngineLock): string {
  return `${user}@${host} (pid ${pid}) since ${since === "" ? "a time that cannot be read" : since}`;
}

/** Somebody's lock is shown, and waited for as long as was asked; it is never broken. */
export function lockedProblem(environment: string, site: StackSite, [first, ...more]: readonly EngineLock[]): Problem {
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return new Problem("STATE_LOCKED", {
    what: `the stack's state is locked by ${first === undefined ? "somebody" : lockWords(first)}${others}`,
    on: `${environment}.${site.stack} (${site.pulumiStack})`,
    todo: `Nothing of it was touched. Wait for that run to end (--wait 10 waits ten minutes). If it is proven dead: pulumi cancel -s ${site.pulumiStack}`,
    retry: { afterMs: 30_000 },
  });
}
