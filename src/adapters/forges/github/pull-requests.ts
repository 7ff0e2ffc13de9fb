import type { PullRequest, PullRequestQuery } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { pushersOf } from "./pushers.ts";
import { commit, pull, wholePull, type Pull, type WholePull } from "./schema.ts";

export const right = "pull requests: read";
const list = "GET /repos/{owner}/{repo}/pulls";
const ofCommit = "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls";
/** Commit times are the committer's, merge times GitHub's. */
const clockSlackMs = 10 * 60_000;
const atOnce = 4;

const isFork = ({ head, base }: Pull): boolean => head.repo?.full_name.toLowerCase() !== base.repo.full_name.toLowerCase();
export const isMerged = (found: Pull): boolean => found.merged_at !== undefined;

export function readPull(call: GitHubCall, number: number): Promise<WholePull> {
  return call.read("GET /repos/{owner}/{repo}/pulls/{pull_number}", wholePull, { params: { pull_number: number }, right });
}

/** With all that is only said about one by itself. */
export async function told(call: GitHubCall, found: WholePull): Promise<PullRequest> {
  return {
    number: found.number,
    url: found.html_url,
    title: found.title,
    state: isMerged(found) ? "merged" : found.state,
    draft: found.draft === true,
    author: found.user?.login ?? "ghost",
    base: found.base.ref,
    head: { branch: found.head.ref, commit: found.head.sha },
    fork: isFork(found),
    ...(found.merged_by === undefined ? {} : { mergedBy: found.merged_by.login }),
    // While it is open this is GitHub's trial merge.
    ...(isMerged(found) && found.merge_commit_sha !== undefined ? { mergeCommit: found.merge_commit_sha } : {}),
    ...(await pushersOf(call, found)),
    updatedAt: found.updated_at,
  };
}

export async function onePullRequest(call: GitHubCall, number: number): Promise<PullRequest> {
  return told(call, await readPull(call, number));
}

/**
 * Those that a commit came in with. For a commit off the default branch, as those of environments are, hosts of some versions answer with open
 * ones only: then the merged ones are looked through, newest change first, back to the time of the commit.
 */
async function mergedBy(call: GitHubCall, sha: string): Promise<Pull[]> {
  const { commit: facts } = await call.read("GET /repos/{owner}/{repo}/commits/{ref}", commit, { params: { ref: sha }, right: "contents: read" });
  const made = facts.committer?.date;
  const from = made === undefined ? -Infinity : Date.parse(made) - clockSlackMs;
  for await (const page of call.pages(list, pull, { params: { state: "closed", sort: "updated", direction: "desc" }, right })) {
    const found = page.filter((item) => isMerged(item) && item.merge_commit_sha === sha);
    if (found.length > 0) return found;
    if (page.some((item) => Date.parse(item.updated_at) < from)) return [];
  }
  return [];
}

async function withCommit(call: GitHubCall, sha: string, state: PullRequestQuery["state"]): Promise<Pull[]> {
  const linked = await call.all(ofCommit, pull, { params: { commit_sha: sha }, right });
  // GitHub also lists open ones that merely contain it.
  const found = linked.filter((item) => item.head.sha === sha || isMerged(item));
  return state === "open" || found.some(isMerged) ? found : [...found, ...(await mergedBy(call, sha))];
}

async function withBase(call: GitHubCall, { base, state, since }: PullRequestQuery): Promise<Pull[]> {
  const params = { state: state === "merged" ? "closed" : state, ...(base === undefined ? {} : { base }) };
  if (since === undefined) return call.all(list, pull, { params, right });
  const found: Pull[] = [];
  for await (const page of call.pages(list, pull, { params: { ...params, sort: "updated", direction: "desc" }, right })) {
    found.push(...page);
    if (page.some((item) => !changedSince(item, since))) break;
  }
  return found;
}

const changedSince = (found: Pull, since: string | undefined): boolean => since === undefined || Date.parse(found.updated_at) >= Date.parse(since);

const answers = ({ base, state, since }: PullRequestQuery, found: Pull): boolean =>
  (base === undefined || found.base.ref === base) &&
  (state === "all" || (state === "merged" ? isMerged(found) : found.state === "open")) &&
  changedSince(found, since);

export async function findPullRequests(call: GitHubCall, query: PullRequestQuery): Promise<PullRequest[]> {
  const found = query.commit === undefined ? await withBase(call, query) : await withCommit(call, query.commit, query.state);
  const numbers = [...new Set(found.filter((item) => answers(query, item)).map(({ number }) => number))].sort((a, b) => b - a);
  const all: PullRequest[] = [];
  for (let start = 0; start < numbers.length; start += atOnce) {
    all.push(...(await Promise.all(numbers.slice(start, start + atOnce).map((number) => onePullRequest(call, number)))));
  }
  return all;
}
