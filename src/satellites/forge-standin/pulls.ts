import type { MergeStyle } from "./git.ts";
import { demand, memberOf, permits, pullOf, Refusal, type Model, type Pull, type Review } from "./model.ts";
import { notePastDoors, notePush } from "./pushes.ts";
import { rulesOn } from "./rulesets.ts";

/** Where a branch of a fork is kept: hosts keep the objects of a repository and its forks together. */
export const headRef = (branch: string, fork: string | undefined): string => (fork === undefined ? `refs/heads/${branch}` : `refs/forks/${fork}/${branch}`);

export const headOf = (pull: Pull): string => pull.versions.at(-1)?.commit ?? "";

export interface Opening {
  readonly by: string;
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body?: string;
  readonly fork?: string | undefined;
  readonly draft?: boolean;
  readonly at?: Date;
}

/** Reads the heads that were pushed since, and says so under the host's own ref. */
export function notice(model: Model, hostRef: (number: number) => string): void {
  const heads = new Map<string, string | undefined>();
  for (const pull of model.pulls) {
    if (pull.state !== "open") continue;
    const ref = headRef(pull.branch, pull.fork);
    if (!heads.has(ref)) heads.set(ref, model.git.resolve(ref));
    const commit = heads.get(ref);
    if (commit === undefined) continue;
    if (pull.fork === undefined) notePastDoors(model, pull.branch, commit);
    if (commit !== headOf(pull)) {
      const at = model.now();
      pull.versions.push({ id: model.nextId(), commit, at });
      pull.updatedAt = at;
      if (model.policy.pushDismissesApprovals)
        for (const review of model.reviews) if (review.pull === pull.number && review.state === "approved") review.state = "dismissed";
    }
    if (pull.shown === commit) continue;
    model.git.setRef(hostRef(pull.number), commit);
    pull.shown = commit;
  }
}

export function openPull(model: Model, opening: Opening): Pull {
  memberOf(model, opening.by);
  const commit = model.git.resolve(headRef(opening.head, opening.fork));
  if (commit === undefined) throw new Refusal("invalid", "head is invalid");
  const base = model.git.resolve(`refs/heads/${opening.base}`);
  if (base === undefined) throw new Refusal("invalid", "base is invalid");
  const twin = model.pulls.find((pull) => pull.state === "open" && pull.branch === opening.head && pull.fork === opening.fork && pull.base === opening.base);
  if (twin !== undefined) throw new Refusal("conflict", `a pull request already exists: ${twin.number}`);
  if (model.git.commits(base, commit).length === 0) throw new Refusal("invalid", `No commits between ${opening.base} and ${opening.head}`);
  const at = opening.at ?? model.now();
  const pull: Pull = {
    id: model.nextId(),
    number: model.pulls.length + 1,
    author: opening.by,
    branch: opening.head,
    fork: opening.fork,
    title: opening.title,
    body: opening.body ?? "",
    base: opening.base,
    draft: opening.draft ?? false,
    state: "open",
    createdAt: at,
    updatedAt: at,
    versions: [{ id: model.nextId(), commit, at }],
  };
  model.pulls.push(pull);
  model.record(opening.by, "pull.open", String(pull.number));
  return pull;
}

/** Newest word of each person that counts: a comment does not take an approval back. */
export function standing(model: Model, number: number): readonly Review[] {
  const newest = new Map<string, Review>();
  for (const review of model.reviews) if (review.pull === number && review.state !== "commented") newest.set(review.by, review);
  return [...newest.values()].filter((review) => review.state === "approved");
}

export function review(model: Model, number: number, given: { readonly by: string; readonly state: Review["state"]; readonly at?: Date }): Review {
  const pull = pullOf(model, number);
  const at = given.at ?? model.now();
  const commit = pull.versions.findLast((version) => version.at <= at)?.commit ?? headOf(pull);
  const entry: Review = { id: model.nextId(), pull: number, by: given.by, state: given.state, commit, at };
  model.reviews.push(entry);
  pull.updatedAt = model.now();
  model.record(given.by, `review.${given.state}`, String(number));
  settle(model, pull);
  return entry;
}

/** Whether git can merge it; only an open one is asked about. */
export function hasConflicts({ git }: Model, pull: Pull): boolean {
  const base = git.resolve(`refs/heads/${pull.base}`);
  return pull.state === "open" && base !== undefined && !git.mergeable(base, headOf(pull));
}

export const noGoodPipeline = "The pipeline for this merge request did not complete.";

/** A commit without any status has no pipeline, which is none that succeeded. */
function hasGoodPipeline({ statuses }: Model, commit: string): boolean {
  const those = statuses.filter((entry) => entry.commit === commit && !entry.superseded);
  return those.length > 0 && those.every(({ state }) => state === "success");
}

/** Why it cannot be merged now; undefined when it can. */
export function obstacle(model: Model, pull: Pull): string | undefined {
  if (pull.draft) return "Pull Request is still a draft";
  if (model.policy.pipelinesMustSucceed && !hasGoodPipeline(model, headOf(pull))) return noGoodPipeline;
  const rules = rulesOn(model, pull.base);
  if (rules === undefined) return undefined;
  const approved = standing(model, pull.number).filter((entry) => permits(model, entry.by, "write")).length;
  if (approved < rules.requiredApprovals) return `At least ${rules.requiredApprovals} approving review is required by reviewers with write access.`;
  const missing = rules.requiredStatuses.filter((name) => !passed(model, headOf(pull), name));
  if (missing.length > 0) return `Required status check "${missing[0]}" is expected.`;
  return undefined;
}

function passed(model: Model, commit: string, name: string): boolean {
  const status = model.statuses.findLast((entry) => entry.commit === commit && entry.name === name);
  if (status?.state === "success") return true;
  return model.checks.some((check) => check.commit === commit && check.name === name && check.conclusion === "success");
}

export interface Merging {
  readonly by: string;
  readonly style: MergeStyle;
  readonly message?: string | undefined;
  readonly expected?: string | undefined;
}

export function mergePull(model: Model, number: number, merging: Merging): Pull {
  const pull = pullOf(model, number);
  demand(model, merging.by, "write");
  if (pull.state !== "open") throw new Refusal("unmergeable", "Pull Request is not mergeable");
  if (merging.expected !== undefined && merging.expected !== headOf(pull))
    throw new Refusal("conflict", "Head branch was modified. Review and try the merge again.");
  const why = obstacle(model, pull);
  if (why !== undefined) throw new Refusal("unmergeable", why);
  const onto = model.git.resolve(`refs/heads/${pull.base}`) ?? "";
  const by = memberOf(model, merging.by);
  const message =
    merging.message ?? (merging.style === "squash" ? `${pull.title} (#${number})` : `Merge pull request #${number} from ${pull.branch}\n\n${pull.title}`);
  const result = model.git.merge(merging.style, { base: onto, head: headOf(pull), message, by });
  if (result === undefined) throw new Refusal("unmergeable", "Pull Request has merge conflicts");
  model.git.setRef(`refs/heads/${pull.base}`, result.tip);
  notePush(model, { by: merging.by, branch: pull.base, from: onto, to: result.tip, merges: true });
  const at = model.now();
  if (merging.style === "rebase" && model.policy.rebaseMovesHead) {
    if (pull.fork === undefined) notePush(model, { by: merging.by, branch: pull.branch, from: headOf(pull), to: result.tip });
    pull.versions.push({ id: model.nextId(), commit: result.tip, at });
    model.git.setRef(headRef(pull.branch, pull.fork), result.tip);
  }
  pull.merged = { by: merging.by, at, tip: result.tip, landed: result.landed, style: merging.style, onto };
  pull.state = "merged";
  pull.updatedAt = at;
  model.record(merging.by, `pull.merge.${merging.style}`, String(number));
  return pull;
}

/** Merges what waited for its conditions. */
export function settle(model: Model, pull: Pull): void {
  if (pull.waiting === undefined || pull.state !== "open" || obstacle(model, pull) !== undefined) return;
  mergePull(model, pull.number, pull.waiting);
}

/** The commits of a pull request, oldest first. */
export function pullCommits(model: Model, pull: Pull): ReturnType<Model["git"]["commits"]> {
  return model.git.commits(pull.merged?.onto ?? `refs/heads/${pull.base}`, headOf(pull));
}

/** Those that a commit came in with, or is a commit of. */
export function pullsWith(model: Model, commit: string): readonly Pull[] {
  return model.pulls.filter((pull) => pull.merged?.landed.includes(commit) === true || pullCommits(model, pull).some(({ id }) => id === commit));
}
