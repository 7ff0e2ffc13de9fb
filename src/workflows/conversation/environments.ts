import { Problem } from "../../base/problem/index.ts";
import type { Forge, PullRequest } from "../../adapters/forges/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import { ownPart } from "../../domain/conversation/index.ts";
import { treeOf, type Estate } from "../estate/index.ts";

/** The environments that a tree declares on a branch. One that cannot be read is left out, or ends it all. */
async function declaredOn(estate: Estate, treeish: Sha, { branch, leavesOut }: { readonly branch: string; readonly leavesOut: boolean }): Promise<string[]> {
  const tree = await treeOf(estate.repository, treeish);
  const found = (await estate.programs.environments(tree)).map(async (name) => {
    const read = estate.programs.environment(tree, name);
    const environment = leavesOut ? await read.catch(() => undefined) : await read;
    return environment?.branch === branch ? [name] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Environments that live on a branch, as the branch itself says. */
export async function environmentsOn(estate: Estate, branch: string): Promise<readonly string[]> {
  return (await declaredAt(estate, branch)).names;
}

/** The same, without those that cannot be read: what is broken of one is told where it is asked for, and is in nobody else's way. None where there is no branch. */
export async function readableOn(estate: Estate, branch: string): Promise<readonly string[]> {
  const head = await estate.repository.branch(branch);
  return head === undefined ? [] : declaredOn(estate, head, { branch, leavesOut: true });
}

async function declaredAt(estate: Estate, branch: string): Promise<{ readonly base: Sha; readonly names: readonly string[] }> {
  const base = await estate.repository.branch(branch);
  if (base === undefined)
    throw new Problem("BRANCH_MISSING", {
      what: `the branch ${branch} is not on the remote`,
      on: `refs/heads/${branch}`,
      todo: "Push it, or correct the name.",
    });
  return { base, names: await declaredOn(estate, base, { branch, leavesOut: false }) };
}

/** What a change is previewed in. */
export interface Previewable {
  readonly environments: readonly string[];
  /** Set where others look after the rest of the branch: the environments of it that are ours. */
  readonly own: readonly string[] | undefined;
  readonly elsewhere: readonly string[];
}

/**
 * The environments in which a change is to be previewed: those of its base branch, and those that it brings. One broken file of the change must not hide
 * the others: then those of the branch are the answer, and each preview says what is broken. With `only`, of those on the branch only these; what
 * is new is nobody's yet, wants nobody's credentials, and is shown by all.
 */
export async function previewableOn(
  estate: Estate,
  branch: string,
  { head, only }: { readonly head: Sha; readonly only: readonly string[] | undefined },
): Promise<Previewable> {
  const { base, names: now } = await declaredAt(estate, branch);
  const then = await estate.repository
    .mergeTree(base, head)
    .then((merged) => declaredOn(estate, merged, { branch, leavesOut: false }))
    .catch(() => []);
  const all = [...new Set([...now, ...then])].sort();
  const own = ownPart(now, only);
  if (own === undefined) return { environments: all, own, elsewhere: [] };
  const environments = own.length === 0 ? [] : all.filter((name) => own.includes(name) || !now.includes(name));
  return { environments, own, elsewhere: all.filter((name) => !environments.includes(name)) };
}

const headRefs: Readonly<Record<Forge["name"], (number: number) => string>> = {
  github: (number) => `refs/pull/${number}/head`,
  gitlab: (number) => `refs/merge-requests/${number}/head`,
};

/** Brings the head of a pull request into the mirror, also one of a fork. */
export async function bringHead(estate: Estate, forge: Forge, pullRequest: PullRequest): Promise<Sha> {
  const { commit, branch } = pullRequest.head;
  if (!pullRequest.fork && (await estate.repository.branch(branch)) === commit) return commit;
  const found = await estate.repository.fetchRef(headRefs[forge.name](pullRequest.number));
  // The ref may already be at a newer head, which contains the one that was asked about.
  if (found === commit || (await estate.repository.isAncestor(commit, found))) return commit;
  throw new Problem("REF_INVALID", {
    what: `the head ${commit.slice(0, 7)} of #${pullRequest.number} is no longer on the remote`,
    on: `pull request #${pullRequest.number}`,
    todo: "It was pushed over: the newer head is previewed instead.",
  });
}
