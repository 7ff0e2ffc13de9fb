import { Problem } from "../../base/problem/index.ts";
import type { Estate } from "../estate/index.ts";
import { groundOf, revertCommit } from "./ground.ts";
import type { WriteBackRequest, Written } from "./request.ts";

const mostTries = 6;

/** Straight onto the branch. Who was faster is read, and what is to be taken back is decided again on what is there then. Raises PUSH_REFUSED. */
export async function pushRevert(estate: Estate, request: WriteBackRequest): Promise<Written> {
  const { repository, clock } = estate;
  for (let attempt = 1; attempt <= mostTries; attempt++) {
    const { line, without } = await groundOf(estate, request);
    if (without.kind !== "tree") return without;
    const next = await revertCommit(estate, request, { head: line.head, ...without });
    const outcome = await repository.moveRef(request.branch, line.head, next);
    if (outcome.kind === "moved") return { kind: "commit", sha: next };
    await repository.fetch();
    // A push whose answer was lost may have arrived.
    const now = await repository.branch(request.branch);
    if (now !== undefined && (await repository.isAncestor(next, now))) return { kind: "commit", sha: next };
    await clock.sleep(50 * attempt);
  }
  throw new Problem("PUSH_REFUSED", {
    what: `others pushed to ${request.branch} ${mostTries} times in a row while a revert was to be pushed`,
    on: `refs/heads/${request.branch}`,
    todo: "Run the same command again. Nothing was pushed.",
    retry: { afterMs: 30_000 },
  });
}
