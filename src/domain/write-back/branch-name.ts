import { createHash } from "node:crypto";

/**
 * Reverts have a folder of their own beside the ledger's `trueup/`: a name in there is an environment's ledger, is pushed by runners alone, and on
 * GitLab such a branch would be handed protected variables, and could not be deleted after the merge.
 */
const folder = "trueup-revert/";
const shortLength = 10;

/** Names that are tried for one revert: an earlier one may have been merged, and taken back again by somebody. */
export const mostAttempts = 9;

/** One commit by its beginning; of several that of the newest, and a digest of all. */
function nameOf(commits: readonly string[]): string {
  const [newest = ""] = commits;
  const short = newest.slice(0, shortLength);
  if (commits.length < 2) return short;
  const all = createHash("sha256").update([...commits].sort().join(" "));
  return `${short}-${all.digest("hex").slice(0, 7)}`;
}

/**
 * The branch that takes these commits (newest first) out of a branch. The same for the same question, whoever asks; no two questions share one.
 * `attempt`: from 1.
 */
export function revertBranch(from: string, commits: readonly string[], attempt = 1): string {
  return `${folder}${from}/${nameOf(commits)}${attempt === 1 ? "" : `-${attempt}`}`;
}

/** Whether a branch is one that trueup made to take something back. */
export function isRevertBranch(name: string): boolean {
  return name.startsWith(folder);
}
