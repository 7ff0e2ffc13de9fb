import { canonicalJson } from "../../../base/json/index.ts";
import { Problem } from "../../../base/problem/index.ts";
import type { WantedProtection } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { anything, ruleset, rulesetRules, type Ruleset, type RulesetRule } from "./schema.ts";

const right = "administration: write";
const list = "/repos/{owner}/{repo}/rulesets";
const one = `${list}/{ruleset_id}`;

/** A ruleset of trueup's own per branch: what people have set up for it is never written. */
const nameOf = (branch: string): string => `trueup: ${branch}`;

async function found(call: GitHubCall, branch: string): Promise<Ruleset | undefined> {
  const all = await call.all(`GET ${list}`, ruleset, { params: { includes_parents: false }, right });
  return all.find(({ name }) => name === nameOf(branch));
}

const usualReview = {
  dismiss_stale_reviews_on_push: false,
  require_last_push_approval: false,
  required_review_thread_resolution: false,
};

function reviewRule(known: RulesetRule | undefined, wanted: WantedProtection): RulesetRule | undefined {
  if (wanted.requiredApprovals === 0 && !wanted.requiresCodeOwners) return known;
  const { parameters = {} } = known ?? {};
  const count = Number(parameters["required_approving_review_count"] ?? 0);
  return {
    type: "pull_request",
    parameters: {
      ...usualReview,
      ...parameters,
      required_approving_review_count: Math.max(count, wanted.requiredApprovals),
      require_code_owner_review: parameters["require_code_owner_review"] === true || wanted.requiresCodeOwners,
    },
  };
}

function statusRule(known: RulesetRule | undefined, wanted: WantedProtection): RulesetRule | undefined {
  if (wanted.requiredStatuses.length === 0) return known;
  const { parameters = {} } = known ?? {};
  const there = Array.isArray(parameters["required_status_checks"]) ? (parameters["required_status_checks"] as readonly { readonly context: string }[]) : [];
  const added = wanted.requiredStatuses.filter((name) => !there.some(({ context }) => context === name)).map((context) => ({ context }));
  return {
    type: "required_status_checks",
    parameters: { strict_required_status_checks_policy: false, do_not_enforce_on_create: true, ...parameters, required_status_checks: [...there, ...added] },
  };
}

/** What is in the ruleset already is raised, never lowered; rules of other kinds that somebody added to it stay. */
export function raised(known: readonly RulesetRule[], wanted: WantedProtection): readonly RulesetRule[] {
  const of = (type: string): RulesetRule | undefined => known.find((rule) => rule.type === type);
  const ours = [
    of("deletion") ?? { type: "deletion" },
    of("non_fast_forward") ?? { type: "non_fast_forward" },
    reviewRule(of("pull_request"), wanted),
    statusRule(of("required_status_checks"), wanted),
  ].filter((rule) => rule !== undefined);
  const types = new Set(ours.map(({ type }) => type));
  return [...ours, ...known.filter(({ type }) => !types.has(type))];
}

async function write(call: GitHubCall, branch: string, wanted: WantedProtection): Promise<void> {
  const there = await found(call, branch);
  const known = there === undefined ? [] : (await call.read(`GET ${one}`, rulesetRules, { params: { ruleset_id: there.id }, right })).rules;
  const rules = raised(known, wanted);
  if (there !== undefined && canonicalJson(rules) === canonicalJson(known)) return;
  const params = {
    name: nameOf(branch),
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
    rules,
  };
  if (there === undefined) await call.write(`POST ${list}`, anything, { params, right });
  else await call.write(`PUT ${one}`, anything, { params: { ...params, ruleset_id: there.id }, right, repeatable: true });
}

/** Writes the ruleset of a branch. FORGE_REFUSED without the right, or where the plan has no rulesets. */
export async function protectByRuleset(call: GitHubCall, branch: string, wanted: WantedProtection): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await write(call, branch, wanted);
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
      // Who may not administer a repository is told that there is no such page.
      if (thrown.code === "FORGE_MISSING")
        throw call.failures.refused(`does not let the branch "${branch}" be protected`, `Give the token the right for it: "${right}".`);
      // Perhaps only the answer was lost: look again.
      if (tries > 1 || thrown.code !== "FORGE_UNREACHABLE") throw thrown;
    }
  }
}
