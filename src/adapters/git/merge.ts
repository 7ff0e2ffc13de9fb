import { Problem } from "../../base/problem/index.ts";
import { gitFailed, type Git } from "./git.ts";
import { requireSha } from "./names.ts";
import type { Sha } from "./port.ts";

const mostNamed = 5;

/** The tree that merging `head` into `onto` gives, without a work tree. MERGE_CONFLICT names the files. */
export async function mergeTree(git: Git, onto: Sha, head: Sha): Promise<Sha> {
  const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "--end-of-options", requireSha(onto), requireSha(head)];
  const result = await git.run(args);
  const [tree = "", ...files] = result.stdout
    .split("\0")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (result.exitCode === 0) return requireSha(tree);
  if (result.exitCode !== 1) throw gitFailed(args, result, git.remote);
  const named = [...new Set(files)].sort();
  const more = named.length > mostNamed ? ` and ${named.length - mostNamed} more` : "";
  throw new Problem("MERGE_CONFLICT", {
    what: `the change does not merge: ${named.slice(0, mostNamed).join(", ")}${more}`,
    on: `${head.slice(0, 7)} onto ${onto.slice(0, 7)}`,
    todo: `Merge ${onto.slice(0, 7)} into your branch, settle the conflicts, and push again.`,
    detail: named.join("\n"),
  });
}

/** Ids of first-parent commits that `to` has and `from` has not, oldest first; of more than `limit`, the newest. */
export async function firstParentShas(git: Git, range: { readonly from: Sha | undefined; readonly to: Sha }, limit: number): Promise<readonly Sha[]> {
  const without = range.from === undefined ? [] : [`^${requireSha(range.from)}`];
  const text = await git.must([
    "rev-list",
    "--first-parent",
    `--max-count=${Math.max(0, Math.floor(limit))}`,
    "--end-of-options",
    requireSha(range.to),
    ...without,
  ]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .reverse();
}

/** false also when the mirror has no such ancestor: it holds all that the branches reach. */
export async function isAncestor(git: Git, ancestor: Sha, descendant: Sha): Promise<boolean> {
  if (requireSha(ancestor) === requireSha(descendant)) return true;
  const args = ["merge-base", "--is-ancestor", "--end-of-options", ancestor, descendant];
  const result = await git.run(args);
  if (result.exitCode === 0 || result.exitCode === 1) return result.exitCode === 0;
  const known = await git.run(["cat-file", "--batch-check"], { stdin: `${ancestor}\n` });
  if (known.stdout.includes(" missing")) return false;
  throw gitFailed(args, result, git.remote);
}
