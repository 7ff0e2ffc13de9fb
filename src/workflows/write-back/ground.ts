import { Problem } from "../../base/problem/index.ts";
import type { CommitFacts, Sha } from "../../adapters/git/index.ts";
import { revertMessage } from "../../domain/write-back/index.ts";
import type { Estate } from "../estate/index.ts";
import { readLine, type Line } from "./line.ts";
import type { WriteBackRequest } from "./request.ts";
import { takeBack, type Without } from "./take-back.ts";

/** The branch as last fetched, and what it would be without the commits. */
export interface Ground {
  readonly line: Line;
  readonly without: Without;
}

/** Raises BRANCH_MISSING. */
export async function groundOf(estate: Estate, { branch, commits }: Pick<WriteBackRequest, "branch" | "commits">): Promise<Ground> {
  const head = await estate.repository.branch(branch);
  if (head === undefined) {
    throw new Problem("BRANCH_MISSING", {
      what: `the branch ${branch} is gone from the remote: there is nothing to take back from`,
      on: `refs/heads/${branch}`,
      todo: `Push it again (git push origin <commit>:refs/heads/${branch}), then run the same command again.`,
    });
  }
  const line = await readLine(estate, head, commits);
  return { line, without: await takeBack(estate, line, commits) };
}

/** The commit that takes them back, on top of the head that was seen, on no ref yet. */
export async function revertCommit(
  { repository }: Estate,
  request: WriteBackRequest,
  { head, tree, commits }: { readonly head: Sha; readonly tree: Sha; readonly commits: readonly CommitFacts[] },
): Promise<Sha> {
  const { environment, branch, reason, run, by } = request;
  const message = revertMessage({ environment, branch, commits, reason, ...(run === undefined ? {} : { run }), ...(by === undefined ? {} : { by }) });
  return repository.write({ parent: head, tree, files: {}, message });
}
