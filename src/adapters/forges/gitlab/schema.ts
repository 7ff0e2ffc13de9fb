import { z } from "zod";

/** What is read of GitLab's answers, and nothing more: fields that trueup does not use may change as they like. */
const Instant = z.iso.datetime({ offset: true });
const Id = z.int();

export const User = z.object({ id: Id, username: z.string().min(1), state: z.string().optional(), bot: z.boolean().nullish() });
export type User = z.infer<typeof User>;
export const Users = z.array(User);

export const Project = z.object({
  id: Id,
  only_allow_merge_if_pipeline_succeeds: z.boolean().nullish(),
  only_allow_merge_if_all_status_checks_passed: z.boolean().nullish(),
});

export const Branch = z.object({ name: z.string(), commit: z.object({ id: z.string().min(1) }) });

export const MergeRequest = z.object({
  iid: Id,
  web_url: z.string(),
  title: z.string(),
  description: z.string().nullish(),
  state: z.enum(["opened", "closed", "locked", "merged"]),
  draft: z.boolean().optional(),
  work_in_progress: z.boolean().optional(),
  author: z.object({ username: z.string().min(1) }),
  target_branch: z.string(),
  source_branch: z.string(),
  /** The head of the source branch. A merge request without any commit has none. */
  sha: z.string().nullish(),
  source_project_id: Id.nullish(),
  target_project_id: Id,
  merge_user: z.object({ username: z.string() }).nullish(),
  merged_by: z.object({ username: z.string() }).nullish(),
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
  /** Where it left its target branch. Lists do not say it. */
  diff_refs: z.object({ base_sha: z.string().nullish() }).nullish(),
  detailed_merge_status: z.string().nullish(),
  merge_status: z.string().nullish(),
  merge_error: z.string().nullish(),
  merged_at: Instant.nullish(),
  closed_at: Instant.nullish(),
  merge_when_pipeline_succeeds: z.boolean().nullish(),
  created_at: Instant,
  updated_at: Instant,
});
export type MergeRequest = z.infer<typeof MergeRequest>;
export const MergeRequests = z.array(MergeRequest);

export const Versions = z.array(z.object({ head_commit_sha: z.string().min(1), created_at: Instant }));
export type Version = z.infer<typeof Versions>[number];

export const Approvals = z.object({ approved_by: z.array(z.object({ user: User, approved_at: Instant.nullish() })) });

export const Note = z.object({
  id: Id,
  body: z.string(),
  author: User,
  created_at: Instant,
  updated_at: Instant,
  last_edited_at: Instant.nullish(),
  system: z.boolean(),
});
export type Note = z.infer<typeof Note>;
export const Notes = z.array(Note);

export const Issue = z.object({
  iid: Id,
  title: z.string(),
  description: z.string().nullish(),
  state: z.enum(["opened", "closed"]),
  author: User,
  web_url: z.string(),
  created_at: Instant,
  updated_at: Instant,
});
export type Issue = z.infer<typeof Issue>;
export const Issues = z.array(Issue);

/** GraphQL's answer about notes, one alias each. */
export const Edits = z.object({
  data: z.record(z.string(), z.object({ lastEditedAt: Instant.nullable(), lastEditedBy: z.object({ id: z.string() }).nullable() }).nullable()),
});

export const Award = z.object({ id: Id, name: z.string(), user: z.object({ id: Id }) });
export const Awards = z.array(Award);

export const CommitStatus = z.object({
  id: Id,
  name: z.string(),
  status: z.string(),
  ref: z.string().nullish(),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
});
export type CommitStatus = z.infer<typeof CommitStatus>;
export const CommitStatuses = z.array(CommitStatus);

export const Pipeline = z.object({ id: Id, status: z.string(), ref: z.string().nullish() });
export const Pipelines = z.array(Pipeline);
export const Job = z.object({ id: Id, status: z.string(), pipeline: z.object({ id: Id }) });

export const Deployment = z.object({
  id: Id,
  sha: z.string(),
  status: z.string(),
  environment: z.object({ id: Id, name: z.string(), external_url: z.string().nullish() }),
  deployable: z.unknown().optional(),
});
export type Deployment = z.infer<typeof Deployment>;
export const Deployments = z.array(Deployment);
export const Environment = z.object({ id: Id, external_url: z.string().nullish() });

/** `state` is the account's, `membership_state` that of the invitation. */
export const Member = z.object({ id: Id, access_level: z.int(), state: z.string().optional(), membership_state: z.string().nullish() });
export type Member = z.infer<typeof Member>;

const PushEvent = z.object({
  author_username: z.string(),
  created_at: Instant,
  push_data: z
    .object({
      action: z.string(),
      ref_type: z.string(),
      ref: z.string().nullish(),
      commit_from: z.string().nullish(),
      commit_to: z.string().nullish(),
    })
    .optional(),
});
export type PushEvent = z.infer<typeof PushEvent>;
export const PushEvents = z.array(PushEvent);

const AccessLevel = z.object({
  access_level: z.int().nullish(),
  access_level_description: z.string().nullish(),
  id: Id.nullish(),
  user_id: Id.nullish(),
  group_id: Id.nullish(),
  deploy_key_id: Id.nullish(),
});
export type AccessLevel = z.infer<typeof AccessLevel>;

export const ProtectedBranch = z.object({
  name: z.string(),
  push_access_levels: z.array(AccessLevel),
  allow_force_push: z.boolean().nullish(),
  code_owner_approval_required: z.boolean().nullish(),
});
export type ProtectedBranch = z.infer<typeof ProtectedBranch>;
export const ProtectedBranches = z.array(ProtectedBranch);

const Covered = z.array(z.object({ name: z.string() }));
export const ApprovalRules = z.array(
  z.object({ approvals_required: z.int(), applies_to_all_protected_branches: z.boolean().nullish(), protected_branches: Covered.nullish() }),
);
export const OwnApprovalRules = z.array(z.object({ id: Id, name: z.string(), approvals_required: z.int() }));
export const StatusChecks = z.array(z.object({ name: z.string(), protected_branches: Covered.nullish() }));

export const Group = z.object({ id: Id, full_path: z.string() });
