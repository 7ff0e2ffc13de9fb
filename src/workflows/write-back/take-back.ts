import type { CommitFacts, Sha } from "../../adapters/git/index.ts";
import type { Estate } from "../estate/index.ts";
import type { Line } from "./line.ts";

/** What the branch would be without some commits. */
export type Without =
  | {
      readonly kind: "tree";
      readonly tree: Sha;
      /** Those that are really taken back, newest first. */
      readonly commits: readonly CommitFacts[];
      /** Paths that it changes. */
      readonly files: readonly string[];
    }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "conflict"; readonly files: readonly string[] };

const gone = "the branch no longer holds it";

/** Takes commits out of a line, the newest first, so that each is taken from where it once was put on. Raises REF_INVALID for one that has none before it. */
export async function takeBack({ repository }: Estate, { head, commits, gone: done }: Line, wanted: readonly Sha[]): Promise<Without> {
  const asked = commits.filter(({ sha }) => wanted.includes(sha));
  if (asked.length === 0) return { kind: "nothing", why: gone };
  const standing = asked.filter(({ sha }) => !done.has(sha));
  if (standing.length === 0) return { kind: "nothing", why: "it was taken back already" };
  const before = await repository.tree(head);
  let tree = before;
  const taken: CommitFacts[] = [];
  for (const commit of standing) {
    const without = await repository.revertTree(tree, commit.sha);
    if (without.kind === "conflict") return without;
    if (without.tree !== tree) taken.push(commit);
    tree = without.tree;
  }
  // Also where one takes back what another had taken back.
  if (tree === before) return { kind: "nothing", why: "without it the branch would hold the same" };
  return { kind: "tree", tree, commits: taken, files: await repository.changedPaths(head, tree) };
}
