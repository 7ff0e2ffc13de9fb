import { Problem } from "../../base/problem/index.ts";
import { publicAddress } from "../../base/secret/index.ts";
import type { Revision } from "../estate/index.ts";
import type { StackRecord } from "../ledger/index.ts";

/**
 * Why a stack may not be brought to a commit that keeps its state elsewhere than where it was worked on last: what is kept there, an older copy perhaps, knows
 * nothing of what was made since. undefined where it is the same place, or nothing is on record.
 */
export function otherBackend(record: StackRecord | undefined, { environment }: Pick<Revision, "environment">, on: string): Problem | undefined {
  const there = publicAddress(environment.backend);
  if (record === undefined || record.backend === there) return undefined;
  return new Problem("GUARD_REFUSED", {
    what: `its state is kept in ${record.backend} now, and its last good commit keeps it in ${there}: what was made since is not known there`,
    on,
    todo: `Nothing of it was touched. Push what mends it, with the state where it is now; then: trueup apply ${environment.name}`,
  });
}
