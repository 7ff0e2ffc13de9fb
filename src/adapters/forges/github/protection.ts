import { Problem } from "../../../base/problem/index.ts";
import type { Protection, WantedProtection } from "../forge.ts";
import { holds } from "../protection.ts";
import type { GitHubCall } from "./client.ts";
import { protectByRuleset } from "./rulesets.ts";
import { branch as branchSchema, branchProtection, branchRule, type Actors, type BranchProtection, type BranchRule } from "./schema.ts";

const absent: Protection = {
  exists: false,
  protected: false,
  requiredApprovals: 0,
  requiresCodeOwners: false,
  allowsForcePush: false,
  allowsDeletion: false,
  requiredStatuses: [],
  mayPush: [],
};

const everyone = "*write*";

const names = (org: string, actors: Actors | undefined): string[] => [
  ...(actors?.users ?? []).map(({ login = "somebody whom GitHub does not name" }) => login),
  ...(actors?.teams ?? []).map(({ slug }) => `@${org}/${slug}`),
  ...(actors?.apps ?? []).map((app) => (app?.slug === undefined ? "an app that GitHub does not name" : `${app.slug}[bot]`)),
];

/** Who passes the classic protection with a direct push: the list of it, cut down to who may leave out the pull request where one is required. */
function classicPushers(org: string, rules: BranchProtection): readonly string[] {
  const admins = rules.enforce_admins ? [] : ["admin"];
  if (rules.lock_branch) return admins;
  const listed = rules.restrictions === undefined ? undefined : names(org, rules.restrictions);
  if (rules.required_pull_request_reviews === undefined) return listed === undefined ? [everyone] : [...new Set([...listed, ...admins])];
  const past = names(org, rules.required_pull_request_reviews.bypass_pull_request_allowances);
  return [...new Set([...past.filter((name) => listed === undefined || listed.includes(name)), ...admins])];
}

function fromClassic(org: string, rules: BranchProtection): Omit<Protection, "exists" | "protected"> {
  const { required_pull_request_reviews: reviews, required_status_checks: checks } = rules;
  return {
    requiredApprovals: reviews?.required_approving_review_count ?? 0,
    requiresCodeOwners: reviews?.require_code_owner_reviews ?? false,
    allowsForcePush: rules.allow_force_pushes,
    allowsDeletion: rules.allow_deletions,
    requiredStatuses: checks === undefined ? [] : [...new Set([...checks.contexts, ...checks.checks.map(({ context }) => context)])],
    mayPush: classicPushers(org, rules),
  };
}

const open: Omit<Protection, "exists" | "protected"> = {
  requiredApprovals: 0,
  requiresCodeOwners: false,
  allowsForcePush: true,
  allowsDeletion: true,
  requiredStatuses: [],
  mayPush: [everyone],
};

/** Classic protection and rulesets hold at once: of each the stricter counts. */
function withRules(classic: Omit<Protection, "exists" | "protected">, rules: readonly BranchRule[]): Omit<Protection, "exists" | "protected"> {
  const has = (...types: readonly string[]): boolean => rules.some(({ type }) => types.includes(type));
  const facts = rules.map(({ parameters }) => parameters ?? {});
  return {
    requiredApprovals: Math.max(classic.requiredApprovals, ...facts.map((each) => each.required_approving_review_count ?? 0)),
    requiresCodeOwners: classic.requiresCodeOwners || facts.some((each) => each.require_code_owner_review === true),
    allowsForcePush: classic.allowsForcePush && !has("non_fast_forward"),
    allowsDeletion: classic.allowsDeletion && !has("deletion"),
    requiredStatuses: [
      ...new Set([...classic.requiredStatuses, ...facts.flatMap((each) => (each.required_status_checks ?? []).map(({ context }) => context))]),
    ],
    // Who may bypass a ruleset is only told to who may change it.
    mayPush: has("update", "pull_request") ? [] : classic.mayPush,
  };
}

async function rulesOf(call: GitHubCall, branch: string): Promise<BranchRule[]> {
  try {
    return await call.all("GET /repos/{owner}/{repo}/rules/branches/{branch}", branchRule, { params: { branch }, right: "metadata: read" });
  } catch (thrown) {
    // A host older than rulesets.
    if (thrown instanceof Problem && thrown.code === "FORGE_MISSING") return [];
    throw thrown;
  }
}

export async function protectionOf(call: GitHubCall, branch: string): Promise<Protection> {
  const params = { branch };
  const found = await call.readIfThere("GET /repos/{owner}/{repo}/branches/{branch}", branchSchema, { params, right: "contents: read" });
  if (found === undefined) return absent;
  const rules = await rulesOf(call, branch);
  // Where GitHub does not say which of both protects it, no rule means that it is the classic one.
  const isClassic = found.protected && (found.protection?.enabled ?? rules.length === 0);
  if (!isClassic) return { exists: true, protected: rules.length > 0, ...withRules(open, rules) };
  const asking = { params, right: "administration: read" };
  const classic = await call.readIfThere("GET /repos/{owner}/{repo}/branches/{branch}/protection", branchProtection, asking);
  if (classic === undefined) {
    throw call.failures.refused(`does not show how the branch "${branch}" is protected`, 'Give the token the right for it. It takes "administration: read".');
  }
  return { exists: true, protected: true, ...withRules(fromClassic(call.client.owner, classic), rules) };
}

/** Protected as wanted: see the port. */
export async function protectedAs(call: GitHubCall, branch: string, wanted: WantedProtection): Promise<Protection> {
  const now = await protectionOf(call, branch);
  if (!now.exists) await call.read("GET /repos/{owner}/{repo}/branches/{branch}", branchSchema, { params: { branch }, right: "contents: read" });
  if (holds(now, wanted)) return now;
  await protectByRuleset(call, branch, wanted);
  return protectionOf(call, branch);
}
