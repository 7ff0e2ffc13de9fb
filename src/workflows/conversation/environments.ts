import { Problem } from "../../base/problem/index.ts";
import type { Forge, PullRequest } from "../../adapters/forges/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import { treeOf, type Estate } from "../estate/index.ts";

/** The environments that a tree declares on a branch. */
async function declaredOn(estate: Estate, treeish: Sha, branch: string): Promise<string[]> {
  const tree = await treeOf(estate.repository, treeish);
  const names = await estate.programs.environments(tree);
  const found = await Promise.all(names.map(async (name) => ((await estate.programs.environment(tree, name)).branch === branch ? [name] : [])));
  return found.flat();
}

/**
 * Environments that live on a branch, as the branch itself says; with `head` also those that a change brings. One broken file of the change must
 * not hide the others: then those of the branch are the answer, and each preview says what is broken.
 */
export async function environmentsOn(estate: Estate, branch: string, head?: Sha): Promise<readonly string[]> {
  const base = await estate.repository.branch(branch);
  if (base === undefined)
    throw new Problem("BRANCH_MISSING", {
      what: `the branch ${branch} is not on the remote`,
      on: `refs/heads/${branch}`,
      todo: "Push it, or correct the name.",
    });
  const now = await declaredOn(estate, base, branch);
  if (head === undefined) return now;
  const then = await estate.repository
    .mergeTree(base, head)
    .then((merged) => declaredOn(estate, merged, branch))
    .catch(() => []);
  return [...new Set([...now, ...then])].sort();
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
