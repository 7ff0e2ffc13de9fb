import { Problem } from "../../../base/problem/index.ts";
import type { PullRequest, PullRequestDraft } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { isMerged, readPull, right as readRight, told } from "./pull-requests.ts";
import { anything, branchHead, pull, wholePull, type Pull, type WholePull } from "./schema.ts";

const right = "pull requests: write";
const mergeRight = "contents: write";
const one = "/repos/{owner}/{repo}/pulls/{pull_number}";
/** GitHub finds out in the background whether it merges: asked with growing pauses, then the merge itself is tried. */
const mergeabilityTries = 6;
const mergeTries = 3;
const firstPauseMs = 250;
/** States in which nothing that the host demands is missing. */
const ready: readonly (string | undefined)[] = ["clean", "has_hooks", "unstable"];

const isProblem = (thrown: unknown, ...codes: readonly Problem["code"][]): boolean => thrown instanceof Problem && codes.includes(thrown.code);

/** All of this pair of branches, newest first. GitHub takes no notice of a `head` that it does not understand: so they are compared again. */
async function ofPair(call: GitHubCall, { head, base }: PullRequestDraft): Promise<Pull[]> {
  const params = { state: "all", head: `${call.client.owner}:${head}`, base };
  const found = await call.all("GET /repos/{owner}/{repo}/pulls", pull, { params, right: readRight });
  const ours = `${call.client.owner}/${call.client.repo}`.toLowerCase();
  return found
    .filter((item) => item.head.ref === head && item.base.ref === base && item.head.repo?.full_name.toLowerCase() === ours)
    .sort((a, b) => b.number - a.number);
}

/** The answer to an earlier, lost, call: merged at the very head that the branch has (or had, where it was deleted). */
async function mergedAlready(call: GitHubCall, draft: PullRequestDraft, pair: readonly Pull[]): Promise<Pull | undefined> {
  const merged = pair.find(isMerged);
  if (merged === undefined || draft.merge === undefined) return undefined;
  const asking = { params: { branch: draft.head }, right: "contents: read" };
  const now = await call.readIfThere("GET /repos/{owner}/{repo}/branches/{branch}", branchHead, asking);
  return now === undefined || now.commit.sha === merged.head.sha ? merged : undefined;
}

async function opened(call: GitHubCall, draft: PullRequestDraft): Promise<number> {
  const { head, base, title, body } = draft;
  for (let tries = 1; ; tries++) {
    const pair = await ofPair(call, draft);
    const there = pair.find((item) => item.state === "open") ?? (await mergedAlready(call, draft, pair));
    if (there !== undefined) {
      if (there.state === "open" && (there.title !== title || (there.body ?? "") !== body)) {
        await call.write(`PATCH ${one}`, anything, { params: { pull_number: there.number, title, body }, right, repeatable: true });
      }
      return there.number;
    }
    try {
      return (await call.write("POST /repos/{owner}/{repo}/pulls", pull, { params: { head, base, title, body }, right })).number;
    } catch (thrown) {
      // Another run may have opened it first, or our own answer was lost: look once more before believing the "no".
      if (tries > 1 || !isProblem(thrown, "FORGE_REFUSED", "FORGE_UNREACHABLE")) throw thrown;
    }
  }
}

async function judged(call: GitHubCall, number: number): Promise<WholePull> {
  for (let tries = 1; ; tries++) {
    const found = await readPull(call, number);
    const isKnown = found.mergeable !== null || found.state === "closed";
    if (isKnown || tries === mergeabilityTries || !(await call.pause(firstPauseMs * 2 ** (tries - 1)))) return found;
  }
}

async function mergeNow(call: GitHubCall, found: WholePull): Promise<void> {
  // A merge commit: squashing or rebasing would cut the link that a promotion between environments needs.
  const params = { pull_number: found.number, sha: found.head.sha, merge_method: "merge" };
  for (let tries = 1; ; tries++) {
    try {
      await call.write(`PUT ${one}/merge`, anything, { params, right: mergeRight, repeatable: true });
      return;
    } catch (thrown) {
      if (!isProblem(thrown, "FORGE_REFUSED", "FORGE_UNREACHABLE")) throw thrown;
      const now = await readPull(call, found.number);
      if (isMerged(now)) return;
      // GitHub also says no while another merge into the same branch is under way.
      const isPassing = ready.includes(now.mergeable_state) && now.head.sha === found.head.sha;
      if (!isPassing || tries === mergeTries || !(await call.pause(firstPauseMs * 2 ** tries))) throw thrown;
    }
  }
}

const enable = `mutation ($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: MERGE }) { clientMutationId } }`;

async function mergeWhenReady(call: GitHubCall, found: WholePull): Promise<void> {
  if (found.auto_merge !== undefined) return;
  if (ready.includes(found.mergeable_state)) {
    await mergeNow(call, found);
    return;
  }
  const { errors } = await call.graph(enable, { id: found.node_id ?? "" });
  if (errors.length === 0) return;
  const now = await readPull(call, found.number);
  if (now.auto_merge !== undefined || isMerged(now)) return;
  if (ready.includes(now.mergeable_state)) {
    await mergeNow(call, now);
    return;
  }
  throw call.failures.refused(
    `did not agree to merge pull request ${found.number} when it is ready: ${errors.join("; ")}`,
    "Allow auto-merge in the repository's settings, or merge it by hand.",
  );
}

export async function savePullRequestDraft(call: GitHubCall, draft: PullRequestDraft): Promise<PullRequest> {
  const number = await opened(call, draft);
  if (draft.merge !== undefined) {
    const found = await judged(call, number);
    if (!isMerged(found)) await (draft.merge === "now" ? mergeNow(call, found) : mergeWhenReady(call, found));
  }
  const whole = await call.read(`GET ${one}`, wholePull, { params: { pull_number: number }, right: readRight });
  return told(call, whole);
}
