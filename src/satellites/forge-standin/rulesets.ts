import type { BranchRules, Model } from "./model.ts";

/** Rules of GitHub's newer kind: they stand beside a branch's protection, and of both the stricter counts. */
export interface Ruleset {
  readonly id: number;
  name: string;
  enforcement: string;
  include: readonly string[];
  rules: readonly RulesetRule[];
}

export interface RulesetRule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export const rulesetsOn = (model: Model, branch: string): readonly Ruleset[] =>
  model.rulesets.filter(({ enforcement, include }) => enforcement === "active" && include.includes(`refs/heads/${branch}`));

function stricter(one: BranchRules, { type, parameters = {} }: RulesetRule): BranchRules {
  if (type === "deletion") return { ...one, allowsDeletion: false };
  if (type === "non_fast_forward") return { ...one, allowsForcePush: false };
  if (type === "pull_request") {
    const requiredApprovals = Math.max(one.requiredApprovals, Number(parameters["required_approving_review_count"] ?? 0));
    return { ...one, requiredApprovals, requiresCodeOwners: one.requiresCodeOwners || parameters["require_code_owner_review"] === true };
  }
  if (type !== "required_status_checks") return one;
  const named = (parameters["required_status_checks"] as readonly { readonly context: string }[]).map(({ context }) => context);
  return { ...one, requiredStatuses: [...new Set([...one.requiredStatuses, ...named])] };
}

const none: BranchRules = { requiredApprovals: 0, requiresCodeOwners: false, allowsForcePush: true, allowsDeletion: true, requiredStatuses: [] };

/** Everything that holds for a branch; undefined where nothing does. */
export function rulesOn(model: Model, branch: string): BranchRules | undefined {
  const sets = rulesetsOn(model, branch);
  const own = model.rules.get(branch);
  if (sets.length === 0) return own;
  return sets.flatMap(({ rules }) => rules).reduce(stricter, own ?? none);
}

/** Every branch for which something holds. */
export function ruledBranches(model: Model): readonly (readonly [string, BranchRules])[] {
  const named = model.rulesets.flatMap(({ include }) => include.map((ref) => ref.replace(/^refs\/heads\//, "")));
  return [...new Set([...model.rules.keys(), ...named])].flatMap((branch) => {
    const rules = rulesOn(model, branch);
    return rules === undefined ? [] : [[branch, rules] as const];
  });
}
