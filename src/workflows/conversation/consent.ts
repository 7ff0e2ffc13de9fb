import type { ApprovedChange, Consent, GivenApproval, Previewed, RecordedApproval } from "../../domain/gates/index.ts";
import { lastOfEach } from "../../domain/gates/index.ts";
import type { Forge, ForgeApproval, PullRequest } from "../../adapters/forges/index.ts";
import type { CommitFacts } from "../../adapters/git/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { demandedOwners, teamsAmong, type OwnerDemand } from "../../domain/owners/index.ts";
import { ledgerOf, readCodeOwners, readRevision, type Estate } from "../estate/index.ts";
import type { ConsentQuestion } from "../apply/index.ts";
import { keptApprovals, type KeptApproval } from "./approvals.ts";
import { sealedIn } from "./sealed.ts";

/** Merges that wait for one apply; an environment that is further behind is asked about the newest of them. */
export const mostChanges = 50;
export const writers: readonly string[] = ["write", "maintain", "admin"];

async function approvalOf(forge: Forge, approval: Pick<ForgeApproval, "by" | "commit">, teams: readonly string[]): Promise<GivenApproval> {
  const person = await forge.person(approval.by, teams);
  const { login, teams: groups, permission } = person;
  return { by: login, groups, permission, commit: approval.commit, mayWrite: writers.includes(permission) };
}

/** What the previews on the pull request showed, of each commit what was shown last. */
async function previewsOf(forge: Forge, number: number, { environment, key }: ConsentQuestion): Promise<readonly Previewed[]> {
  return lastOfEach(sealedIn(await forge.comments(number), environment, { pullRequest: number, key }));
}

/** A merge commit brings what its pull request had; a squash has one commit of its own. The pull request is the one into this very branch. */
async function pullRequestOf(forge: Forge, commit: CommitFacts, branch: string): Promise<PullRequest | undefined> {
  const found = (await forge.pullRequests({ commit: commit.sha, state: "merged" })).find((one) => one.base === branch);
  // A list may leave out who pushed; asked for one, the forge says it.
  return found === undefined ? undefined : forge.pullRequest(found.number);
}

interface Asked {
  readonly question: ConsentQuestion;
  readonly teams: readonly string[];
  /** Undefined where the rules do not ask for owners. */
  readonly owners: OwnersOf | undefined;
  /** By comments, from the ledger. */
  readonly kept: readonly KeptApproval[];
}

async function changeOf(forge: Forge, commit: CommitFacts, asked: Asked): Promise<ApprovedChange> {
  const { question, owners } = asked;
  const demands = owners === undefined ? [] : await owners(commit);
  const teams = [...new Set([...asked.teams, ...demands.flatMap((demand) => teamsAmong(demand.owners, { dialect: forge.name }))])];
  const pullRequest = await pullRequestOf(forge, commit, question.branch);
  if (pullRequest === undefined) return { commit: commit.sha, pullRequest: undefined, by: [commit.author.name], given: [], previews: [], demands };
  const { number, author, pushers, pushersUnknown } = pullRequest;
  const [reviews, previews] = await Promise.all([forge.approvals(number), previewsOf(forge, number, question)]);
  const comments = asked.kept.filter((one) => one.pullRequest === number && one.prints === undefined);
  const given = await Promise.all([...reviews, ...comments].map((approval) => approvalOf(forge, approval, teams)));
  const unsure = pushersUnknown === undefined ? {} : { pushersUnknown };
  return { commit: commit.sha, pullRequest: number, by: [author, ...pushers], ...unsure, given, previews, demands };
}

/** What one that was given after the merge is of. */
const seen = ({ prints = [], since }: KeptApproval): Pick<RecordedApproval, "prints" | "since"> => ({ prints, ...(since === undefined ? {} : { since }) });

/**
 * The same where there is no forge: who may write the ledger may approve on it, and is whom they say they are; of a team nobody is known to be. Nobody
 * approves what they committed themselves.
 */
export async function consentOnRecord(estate: Estate, question: ConsentQuestion): Promise<Consent> {
  const commits = await estate.repository.firstParents(question.from, question.head, mostChanges);
  const kept = keptApprovals((await (await ledgerOf(estate, question.environment)).read({ fetch: false }))?.environment);
  const given = kept.filter((one) => one.commit === question.head && one.prints !== undefined);
  const changes = commits.toReversed().map(({ sha, author }) => ({ commit: sha, pullRequest: undefined, by: [author.name], given: [], previews: [] }));
  return {
    changes,
    recorded: given.map((one) => ({ by: one.by, ...seen(one) })),
    ...(changes.length === 0 ? {} : { ownersUnknown: "without a forge nobody knows who owns what" }),
  };
}

type OwnersOf = (commit: CommitFacts) => Promise<readonly OwnerDemand[]>;

/** Who owns what a commit of the branch changes, by the CODEOWNERS of what is live: a change does not say who may approve it. */
async function ownersBy(estate: Estate, forge: Forge, treeish: string): Promise<OwnersOf | { readonly unknown: string }> {
  const { repository } = estate;
  const read = await readCodeOwners(repository, treeish, forge.name);
  if (read.kind !== "read") return { unknown: `approvals.codeOwners is true, and ${read.what} at ${treeish.slice(0, 7)}` };
  return async ({ sha, parents: [before] }) => {
    const paths = before === undefined ? (await repository.list(sha, "")).map(({ path }) => path) : await repository.changedPaths(before, sha);
    return demandedOwners(read.file, paths);
  };
}

/** Rules are those of what is live: a commit does not say who may approve it. */
function teamsAsked(environment: Environment): readonly string[] {
  const rules = [environment.approvals, ...environment.stacks.flatMap((stack) => (stack.approvals === undefined ? [] : [stack.approvals]))];
  return [...new Set(rules.flatMap((rule) => rule.from))].filter((name) => name.startsWith("@"));
}

/**
 * Who approved what of everything that is on the branch and not live yet, asked of the forge now. Raises FORGE_…: an apply that needs approvals
 * and cannot ask is not approved.
 */
export async function consentOf(estate: Estate, forge: Forge, question: ConsentQuestion): Promise<Consent> {
  const commits = await estate.repository.firstParents(question.from, question.head, mostChanges);
  const rulesAt = question.from ?? question.head;
  const { environment } = await readRevision(estate, rulesAt, question.environment);
  const teams = teamsAsked(environment);
  const found = environment.approvals.codeOwners === true ? await ownersBy(estate, forge, rulesAt) : undefined;
  const owners = typeof found === "function" ? found : undefined;
  const changes: ApprovedChange[] = [];
  const kept = keptApprovals((await (await ledgerOf(estate, question.environment)).read({ fetch: false }))?.environment);
  for (const commit of commits.toReversed()) changes.push(await changeOf(forge, commit, { question, teams, owners, kept }));
  const afterMerge = kept.filter((one) => one.commit === question.head && one.prints !== undefined);
  const owning = changes.flatMap(({ demands = [] }) => demands.flatMap((demand) => teamsAmong(demand.owners, { dialect: forge.name })));
  const asked = [...new Set([...teams, ...owning])];
  const recorded = await Promise.all(afterMerge.map(async (one) => ({ ...(await approvalOf(forge, one, asked)), ...seen(one) })));
  const ownersUnknown = typeof found === "object" ? found.unknown : undefined;
  return { changes, recorded: recorded.filter((one) => one.mayWrite), ...(ownersUnknown === undefined ? {} : { ownersUnknown }) };
}
