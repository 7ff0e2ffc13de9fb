import { closureDigest, touchesOf, type Closure, type CommitTouches, type Contents } from "../../domain/planner/index.ts";
import { readRevision, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { liveStacks } from "./live.ts";

/** Older commits than these are told as one: reading each costs a fraction of a second. */
const mostCommits = 10;
/** Live stacks may stand at many commits; reasons are told in detail for the newest of them. */
const mostLiveCommits = 4;

async function closuresAt(estate: Estate, commit: string, environment: string): Promise<readonly Closure[]> {
  // An old commit that can no longer be read only costs detail in the reasons.
  return readRevision(estate, commit, environment).then(
    (revision) => revision.closures,
    () => [],
  );
}

/** Closures at each stack's live commit, as far as they can be read: only to say in words what differs. */
export async function previousClosures(estate: Estate, live: EnvironmentRecord | undefined, environment: string): Promise<readonly Closure[]> {
  const byCommit = new Map<string, string[]>();
  for (const [stack, record] of Object.entries(live?.stacks ?? {})) {
    const commit = record.lastGood?.commit;
    if (commit !== undefined) byCommit.set(commit, [...(byCommit.get(commit) ?? []), stack]);
  }
  const found: Closure[] = [];
  for (const [commit, stacks] of [...byCommit].slice(-mostLiveCommits)) {
    found.push(...(await closuresAt(estate, commit, environment)).filter((closure) => stacks.includes(closure.stack)));
  }
  return found;
}

function contentsOf(closures: readonly Closure[]): Contents {
  return new Map(closures.map((closure) => [closure.stack, closureDigest(closure)]));
}

export interface Since {
  /** The commit that is the measure of what is live. */
  readonly from: string;
  readonly live: EnvironmentRecord | undefined;
}

/** Which stacks each first-parent commit since `from` brings that is not live yet, oldest first: what joins stacks into units. */
export async function touchesSince(estate: Estate, { from, live }: Since, revision: Revision & { readonly commit: string }): Promise<readonly CommitTouches[]> {
  const shas = (await estate.repository.firstParents(from, revision.commit, mostCommits)).map(({ sha }) => sha);
  const name = revision.environment.name;
  const before = contentsOf(await closuresAt(estate, from, name));
  const commits: { readonly commit: string; readonly contents: Contents }[] = [];
  for (const commit of shas) {
    commits.push({ commit, contents: contentsOf(commit === revision.commit ? revision.closures : await closuresAt(estate, commit, name)) });
  }
  return touchesOf({ before, commits }, liveStacks(live));
}
