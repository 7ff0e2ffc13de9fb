import type { Forge, PullRequest } from "../../adapters/forges/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import { rollbackText, terminalBlock } from "../../domain/reports/index.ts";
import type { Estate } from "../estate/index.ts";
import { proposeRollback } from "../write-back/index.ts";
import type { Ordered, Outcome } from "./orders.ts";

/** A pull request that was rebased onto its base came in by as many commits as it had. */
const mostCommits = 50;

async function cameWith(forge: Forge, { number }: PullRequest, commit: Sha): Promise<boolean> {
  return (await forge.pullRequests({ commit, state: "merged" })).some((one) => one.number === number);
}

/** The first-parent commits by which it came in: one, unless its commits were put on the branch one by one. Newest first. */
async function broughtIn(estate: Estate, forge: Forge, pullRequest: PullRequest): Promise<readonly Sha[]> {
  const { repository } = estate;
  await repository.fetch();
  const { base, mergeCommit } = pullRequest;
  const head = await repository.branch(base);
  if (mergeCommit === undefined || head === undefined) return [];
  if ((await repository.commit(mergeCommit)).parents.length > 1) return [mergeCommit];
  const upTo = [...(await repository.firstParents(undefined, mergeCommit, mostCommits))].reverse();
  const found: Sha[] = [];
  for (const { sha } of upTo) {
    if (sha !== mergeCommit && !(await cameWith(forge, pullRequest, sha))) break;
    found.push(sha);
  }
  return found;
}

/** The same as on the command line, for what this pull request brought. */
export async function rollBack(estate: Estate, forge: Forge, { environment, pullRequest, by, text }: Ordered): Promise<Outcome> {
  const commits = await broughtIn(estate, forge, pullRequest);
  if (commits.length === 0) return { ok: false, says: "the forge does not say by which commit this came in: trueup rollback --commit takes one by name" };
  const report = await proposeRollback(estate, { environment, commits, stacks: [], reason: text, by: `@${by}` });
  const { written } = report;
  const says =
    written.kind === "pull-request"
      ? `#${written.number} takes it back; nothing changes before that is merged`
      : written.kind === "branch"
        ? `the branch ${written.name} takes it back: ${written.why}`
        : written.kind === "commit"
          ? `${written.sha.slice(0, 7)} took it back`
          : `there is nothing to take back: ${written.why}`;
  return { ok: true, says, markdown: terminalBlock(rollbackText(report, { width: 110, color: false, unicode: true })) };
}
