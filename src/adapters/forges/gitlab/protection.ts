import type { Protection, WantedProtection } from "../forge.ts";
import { holds } from "../protection.ts";
import type { GitlabCall } from "./call.ts";
import { protectBranch } from "./protect.ts";
import { ApprovalRules, Branch, Group, Project, ProtectedBranches, StatusChecks, User, type AccessLevel, type ProtectedBranch } from "./schema.ts";

/** GitLab's rule for names of protected branches: a star stands for any text, slashes included. */
export function covers(pattern: string, branch: string): boolean {
  const literal = pattern.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "s").test(branch);
}

const roles: readonly (readonly [number, string])[] = [
  [60, "admin"],
  [50, "owner"],
  [40, "maintainer"],
  [30, "*write*"],
];

async function nameOf(call: GitlabCall, level: AccessLevel): Promise<string | undefined> {
  const { user_id, group_id, deploy_key_id, access_level } = level;
  if (typeof user_id === "number") return (await call.find(User, (api) => api.users.show(user_id)))?.username ?? `user ${user_id}`;
  if (typeof group_id === "number") {
    const group = await call.find(Group, (api) => api.groups.show(group_id, { withProjects: false }));
    return group === undefined ? `group ${group_id}` : `@${group.full_path}`;
  }
  if (typeof deploy_key_id === "number") return `deploy key ${level.access_level_description ?? deploy_key_id}`;
  return roles.find(([from]) => (access_level ?? 0) >= from)?.[1];
}

async function mayPush(call: GitlabCall, rules: readonly ProtectedBranch[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const level of rules.flatMap((rule) => rule.push_access_levels)) {
    const name = await nameOf(call, level);
    if (name !== undefined) names.add(name);
  }
  return names.has("*write*") ? ["*write*"] : [...names];
}

const isFor = (covered: readonly { readonly name: string }[] | null | undefined, branch: string): boolean =>
  (covered ?? []).length === 0 || (covered ?? []).some((one) => covers(one.name, branch));

/** One person's approval counts for several rules, so it takes as many as the strictest rule asks for. */
async function requiredApprovals(call: GitlabCall, branch: string, isProtected: boolean): Promise<number> {
  const rules = (await call.offered(ApprovalRules, (api) => api.approvals.allApprovalRules(call.project, { perPage: 100 } as object))) ?? [];
  const holding = rules.filter((rule) => (rule.applies_to_all_protected_branches === true ? isProtected : isFor(rule.protected_branches, branch)));
  return Math.max(0, ...holding.map((rule) => rule.approvals_required));
}

/** GitLab asks for a good pipeline as a whole, with every status in it: "*pipeline*". External status checks have names. */
async function requiredStatuses(call: GitlabCall, branch: string): Promise<readonly string[]> {
  const project = await call.read(Project, (api) => api.projects.show(call.project));
  const whole = project.only_allow_merge_if_pipeline_succeeds === true ? ["*pipeline*"] : [];
  if (project.only_allow_merge_if_all_status_checks_passed !== true) return whole;
  const checks = (await call.offered(StatusChecks, (api) => api.statusChecks.all(call.project, { perPage: 100 } as object))) ?? [];
  return [...whole, ...checks.filter((check) => isFor(check.protected_branches, branch)).map((check) => check.name)];
}

/** Of several rules for one branch, the most permissive counts for pushing; code owners count if any rule asks for them. */
export async function protectionOf(call: GitlabCall, branch: string): Promise<Protection> {
  const exists = (await call.find(Branch, (api) => api.branches.show(call.project, branch))) !== undefined;
  const all = await call.read(ProtectedBranches, (api) => api.protectedBranches.all(call.project, { perPage: 100 }));
  const rules = all.filter((rule) => covers(rule.name, branch));
  const isProtected = rules.length > 0;
  return {
    exists,
    protected: isProtected,
    requiredApprovals: await requiredApprovals(call, branch, isProtected),
    requiresCodeOwners: rules.some((rule) => rule.code_owner_approval_required === true),
    allowsForcePush: !isProtected || rules.some((rule) => rule.allow_force_push === true),
    allowsDeletion: !isProtected,
    requiredStatuses: await requiredStatuses(call, branch),
    mayPush: isProtected ? await mayPush(call, rules) : ["*write*"],
  };
}

/** Protected as wanted: see the port. Named statuses are not among what GitLab can be asked for here. */
export async function protectedAs(call: GitlabCall, branch: string, wanted: WantedProtection): Promise<Protection> {
  const now = await protectionOf(call, branch);
  if (!now.exists) await call.read(Branch, (api) => api.branches.show(call.project, branch));
  if (holds(now, { ...wanted, requiredStatuses: [] })) return now;
  await protectBranch(call, branch, { ...wanted, askedAlready: now.requiredApprovals });
  return protectionOf(call, branch);
}
