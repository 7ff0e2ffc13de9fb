import { Problem } from "../../base/problem/index.ts";
import type { Forge, PullRequest } from "../../adapters/forges/index.ts";
import type { CommitFacts, Sha } from "../../adapters/git/index.ts";
import { revertBody } from "../../domain/reports/index.ts";
import { mostAttempts, revertBranch, revertTitle, titleOf } from "../../domain/write-back/index.ts";
import type { Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { groundOf, revertCommit, type Ground } from "./ground.ts";
import type { WriteBackRequest, Written } from "./request.ts";

/** Where a revert is, or is to be, proposed. */
interface Place {
  readonly name: string;
  /** Of the branch, where it was pushed before. */
  readonly pushed: Sha | undefined;
  readonly pullRequest: PullRequest | undefined;
}

async function pullRequestAt(
  forge: Forge,
  { branch, name, head }: { readonly branch: string; readonly name: string; readonly head: Sha },
): Promise<PullRequest | undefined> {
  const found = await forge.pullRequests({ commit: head, state: "all" });
  return found.find((one) => !one.fork && one.base === branch && one.head.branch === name);
}

/** Of earlier proposals of the same those that were merged are history: somebody has taken them back, or they would not be asked for again. */
async function placeOf(
  estate: Estate,
  forge: Forge | undefined,
  { request, ground }: { readonly request: WriteBackRequest; readonly ground: Ground },
): Promise<Place> {
  const { repository } = estate;
  const { line } = ground;
  const asked = line.commits.flatMap(({ sha }) => (request.commits.includes(sha) ? [sha] : []));
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const name = revertBranch(request.branch, asked, attempt);
    const pushed = await repository.branch(name);
    if (pushed === undefined) return { name, pushed, pullRequest: undefined };
    if (await repository.isAncestor(pushed, line.head)) continue;
    const pullRequest = forge === undefined ? undefined : await pullRequestAt(forge, { branch: request.branch, name, head: pushed });
    if (pullRequest?.state !== "merged") return { name, pushed, pullRequest };
  }
  const name = revertBranch(request.branch, asked);
  throw new Problem("PUSH_REFUSED", {
    what: `${name} and ${mostAttempts - 1} branches after it were merged, and the commits are there again`,
    on: `branch ${request.branch}`,
    todo: "Take them back by hand (git revert), or delete the old branches. Nothing was pushed.",
  });
}

/** Two runs may push it at once: one of them has, and both go on with that. */
async function push(estate: Estate, name: string, commit: Sha): Promise<void> {
  const outcome = await estate.repository.moveRef(name, undefined, commit);
  if (outcome.kind === "moved") return;
  await estate.repository.fetch();
  if ((await estate.repository.branch(name)) !== undefined) return;
  throw new Problem("PUSH_REFUSED", {
    what: `the branch ${name} was pushed, and is not there`,
    on: `refs/heads/${name}`,
    todo: "Somebody deleted it at the same moment. Run the same command again.",
    retry: { afterMs: 10_000 },
  });
}

/** Where the branch went on since it was pushed, what was asked for is told: what it changes is the pull request's to show. */
function takenIn(request: WriteBackRequest, { line, without }: Ground): { readonly taken: readonly CommitFacts[]; readonly files: readonly string[] } {
  if (without.kind === "tree") return { taken: without.commits, files: without.files };
  return { taken: line.commits.filter(({ sha }) => request.commits.includes(sha)), files: without.kind === "conflict" ? without.files : [] };
}

function draftOf(request: WriteBackRequest, ground: Ground, live: EnvironmentRecord | undefined): { readonly title: string; readonly body: string } {
  const { environment, branch, reason, run, by, stacks = [] } = request;
  const { taken, files } = takenIn(request, ground);
  const body = revertBody({
    environment,
    branch,
    commits: taken.map(({ sha, subject, body: text, author }) => ({ sha, title: titleOf({ subject, body: text }), author: author.name })),
    files,
    reason,
    ...(run === undefined ? {} : { run }),
    ...(by === undefined ? {} : { by }),
    stacks: stacks.map((name) => {
      const commit = live?.stacks[name]?.lastGood?.commit;
      return { name, ...(commit === undefined ? {} : { live: commit }) };
    }),
  });
  return { title: revertTitle({ branch, commits: taken }), body };
}

interface Proposal {
  readonly name: string;
  readonly title: string;
  readonly body: string;
}

/** A forge that does not let us open it is not asked for ever: the branch is there, and a person opens it. */
async function open(forge: Forge, base: string, { name, title, body }: Proposal): Promise<Written> {
  try {
    const { number, url, state } = await forge.savePullRequest({ head: name, base, title, body });
    return { kind: "pull-request", number, url, state };
  } catch (thrown) {
    if (!(thrown instanceof Problem && thrown.code === "FORGE_REFUSED")) throw thrown;
    return { kind: "branch", name, why: thrown.what };
  }
}

/**
 * A branch with the revert, and a pull request of it. The same question finds the same branch and the same pull request, also one that somebody closed:
 * that was an answer. Whoever comes after one that died between the two opens what is missing.
 */
export async function proposeRevert(
  estate: Estate,
  { request, forge, live }: { readonly request: WriteBackRequest; readonly forge: Forge | undefined; readonly live: EnvironmentRecord | undefined },
): Promise<Written> {
  const ground = await groundOf(estate, request);
  const { line, without } = ground;
  if (without.kind === "nothing") return without;
  const { name, pushed, pullRequest } = await placeOf(estate, forge, { request, ground });
  if (pullRequest !== undefined) return { kind: "pull-request", number: pullRequest.number, url: pullRequest.url, state: pullRequest.state };
  if (pushed === undefined) {
    if (without.kind === "conflict") return without;
    await push(estate, name, await revertCommit(estate, request, { head: line.head, ...without }));
  }
  if (forge === undefined) return { kind: "branch", name, why: "no forge is known here, or no token for it" };
  return open(forge, request.branch, { name, ...draftOf(request, ground, live) });
}
