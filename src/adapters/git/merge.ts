import { Problem } from "../../base/problem/index.ts";
import { gitFailed, type Git } from "./git.ts";
import { requireSha } from "./names.ts";
import type { RevertedTree, Sha } from "./port.ts";
import type { CommitWriter } from "./write.ts";

const mostNamed = 5;

interface Merged {
  readonly tree: Sha;
  /** In conflict, sorted. */
  readonly files: readonly string[];
}

async function merged(git: Git, onto: Sha, head: Sha): Promise<Merged> {
  const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", "--end-of-options", requireSha(onto), requireSha(head)];
  const result = await git.run(args);
  if (result.exitCode !== 0 && result.exitCode !== 1) throw gitFailed(args, result, git.remote);
  const [tree = "", ...files] = result.stdout
    .split("\0")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  return { tree: requireSha(tree), files: result.exitCode === 0 ? [] : [...new Set(files)].sort() };
}

/** The tree that merging `head` into `onto` gives, without a work tree. MERGE_CONFLICT names the files. */
export async function mergeTree(git: Git, onto: Sha, head: Sha): Promise<Sha> {
  const { tree, files } = await merged(git, onto, head);
  if (files.length === 0) return tree;
  const more = files.length > mostNamed ? ` and ${files.length - mostNamed} more` : "";
  throw new Problem("MERGE_CONFLICT", {
    what: `the change does not merge: ${files.slice(0, mostNamed).join(", ")}${more}`,
    on: `${head.slice(0, 7)} onto ${onto.slice(0, 7)}`,
    todo: `Merge ${onto.slice(0, 7)} into your branch, settle the conflicts, and push again.`,
    detail: files.join("\n"),
  });
}

/** Three trees, of which the one in the middle is what the other two have in common. */
interface Three {
  readonly base: Sha;
  readonly ours: Sha;
  readonly theirs: Sha;
}

/**
 * A merge of trees whose base is given. git has had a flag for that since 2.40 only: so three commits stand in for them, of which one is the parent of
 * the other two.
 */
export async function mergeTrees(git: Git, writer: Pick<CommitWriter, "standIn">, { base, ours, theirs }: Three): Promise<RevertedTree> {
  const root = await writer.standIn(base, []);
  const { tree, files } = await merged(git, await writer.standIn(ours, [root]), await writer.standIn(theirs, [root]));
  return files.length === 0 ? { kind: "tree", tree } : { kind: "conflict", files };
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
