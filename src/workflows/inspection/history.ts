import { closureDigest, type Closure, type CommitTouches } from "../../domain/planner/index.ts";
import { readRevision, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

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

function digests(closures: readonly Closure[]): ReadonlyMap<string, string> {
  return new Map(closures.map((closure) => [closure.stack, closureDigest(closure)]));
}

/** Which stacks each first-parent commit since `from` changed, oldest first: what joins stacks into units. */
export async function touchesSince(estate: Estate, from: string, revision: Revision & { readonly commit: string }): Promise<readonly CommitTouches[]> {
  const commits = (await estate.repository.firstParents(from, revision.commit, mostCommits)).map(({ sha }) => sha);
  const name = revision.environment.name;
  const touches: CommitTouches[] = [];
  let before = digests(await closuresAt(estate, from, name));
  for (const commit of commits) {
    const after = digests(commit === revision.commit ? revision.closures : await closuresAt(estate, commit, name));
    const stacks = [...after].filter(([stack, digest]) => before.get(stack) !== digest).map(([stack]) => stack);
    const removed = [...before.keys()].filter((stack) => !after.has(stack));
    touches.push({ commit, stacks: [...stacks, ...removed] });
    before = after;
  }
  return touches;
}
