import type { Sha } from "../../adapters/git/index.ts";
import type { Estate } from "../estate/index.ts";
import type { Brought, EnvironmentRecord } from "../ledger/index.ts";

/** So many are named in a record, the newest; the rest is counted. */
const mostNamed = 50;
/** Further back nobody counts: each is read from git. */
const mostCounted = 500;

/** What a head brings beside itself of `shas`, the first-parent commits since what is live up to the head, the oldest first. */
export function broughtBy(head: Sha, shas: readonly Sha[]): Brought | undefined {
  const others = shas.filter((sha) => sha !== head);
  if (others.length === 0) return undefined;
  const commits = others.slice(-mostNamed);
  return { commits, leftOut: others.length - commits.length };
}

/**
 * The newest head wins: commits that were merged before it and were never applied by themselves come with it. Of a first apply nothing is told: all of the
 * branch comes with that.
 */
export async function readBrought(estate: Estate, head: Sha, live: EnvironmentRecord | undefined): Promise<Brought | undefined> {
  const from = live?.branch?.head;
  if (from === undefined || from === head) return undefined;
  return broughtBy(
    head,
    (await estate.repository.firstParents(from, head, mostCounted)).map(({ sha }) => sha),
  );
}

/** Of a trailer, which is one line of a bounded length. */
const mostInTrailer = 10;

/** `Brings: 4f2c…, 90ab…`: also where an entry has no record of a run. */
export function broughtTrailer(brings: Brought | undefined): { readonly Brings?: string } {
  if (brings === undefined) return {};
  const named = brings.commits.slice(-mostInTrailer);
  const left = brings.commits.length - named.length + brings.leftOut;
  return { Brings: `${named.join(", ")}${left === 0 ? "" : ` and ${left} more`}` };
}
