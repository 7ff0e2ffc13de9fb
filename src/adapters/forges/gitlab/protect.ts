import { z } from "zod";
import type { WantedProtection } from "../forge.ts";
import { Refusal, type GitlabCall } from "./call.ts";
import { OwnApprovalRules, ProtectedBranch } from "./schema.ts";

/** Not part of the tier, or not understood by an older GitLab. */
const notOffered = [400, 403, 404, 422];
const developers = 30;
const nobody = 0;
const Identified = ProtectedBranch.extend({ id: z.int().optional() });
type Rule = z.infer<typeof Identified>;

/** Whoever could merge into the open branch still may: only what comes past merge requests ends, where approvals are wanted. */
async function open(call: GitlabCall, branch: string, { requiredApprovals }: WantedProtection): Promise<Rule> {
  const levels = { pushAccessLevel: requiredApprovals > 0 ? nobody : developers, mergeAccessLevel: developers, allowForcePush: false } as const;
  const made = await call.attempt(Identified, [409], (api) => api.protectedBranches.create(call.project, branch, levels));
  if (!(made instanceof Refusal)) return made;
  // Somebody else protected it meanwhile.
  return call.read(Identified, (api) => api.protectedBranches.show(call.project, branch));
}

/** Everyone who may write is let in by a rule from before reviews were wanted: that is taken out, named people and groups stay. */
async function closeToAll(call: GitlabCall, { name, push_access_levels: levels }: Rule): Promise<void> {
  const everyone = levels.filter(
    ({ access_level, user_id, group_id, deploy_key_id }) => access_level === developers && (user_id ?? group_id ?? deploy_key_id ?? undefined) === undefined,
  );
  if (everyone.length === 0) return;
  const gone = everyone.flatMap(({ id }) => (typeof id === "number" ? [{ id, _destroy: true }] : []));
  // Written as GitLab has it: names inside of a list are sent as they are.
  const allowedToPush = [...gone, ...(everyone.length === levels.length ? [{ access_level: nobody }] : [])];
  await call.attempt(z.unknown(), notOffered, (api) => api.protectedBranches.edit(call.project, name, { allowedToPush } as object));
}

async function tighten(call: GitlabCall, rule: Rule, { requiresCodeOwners, requiredApprovals }: WantedProtection): Promise<void> {
  const { name } = rule;
  if (requiredApprovals > 0) await closeToAll(call, rule);
  if (rule.allow_force_push === true) await call.act((api) => api.protectedBranches.edit(call.project, name, { allowForcePush: false }));
  if (!requiresCodeOwners || rule.code_owner_approval_required === true) return;
  await call.attempt(z.unknown(), notOffered, (api) => api.protectedBranches.edit(call.project, name, { codeOwnerApprovalRequired: true }));
}

/** An approval rule of trueup's own for the branch; those of people stay as they are, and the strictest counts. */
async function requireApprovals(call: GitlabCall, rule: Rule, wanted: number): Promise<void> {
  const name = `trueup: ${rule.name}`;
  const all = (await call.offered(OwnApprovalRules, (api) => api.approvals.allApprovalRules(call.project, { perPage: 100 } as object))) ?? [];
  const there = all.find((one) => one.name === name);
  if ((there?.approvals_required ?? 0) >= wanted || rule.id === undefined) return;
  const options = { protectedBranchIds: [rule.id] };
  await call.attempt(z.unknown(), notOffered, (api) =>
    there === undefined
      ? api.approvals.createApprovalRule(call.project, name, wanted, options)
      : api.approvals.editApprovalRule(call.project, there.id, name, wanted, options),
  );
}

/** Protects a branch by rules of its own. What the tier does not have is left out: how the branch is protected then says so. */
export async function protectBranch(call: GitlabCall, branch: string, wanted: WantedProtection & { readonly askedAlready: number }): Promise<void> {
  const known = await call.find(Identified, (api) => api.protectedBranches.show(call.project, branch));
  const rule = known ?? (await open(call, branch, wanted));
  await tighten(call, rule, wanted);
  if (wanted.requiredApprovals > wanted.askedAlready) await requireApprovals(call, rule, wanted.requiredApprovals);
}
