import { z } from "zod";

/** What is read of GitHub's answers; fields that are not named here are not looked at. */

const time = z.iso.datetime({ offset: true });
const user = z.object({ login: z.string().min(1), type: z.string().optional() });
/** GitHub says null where there is nothing; here that is undefined. */
const perhaps = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
/** Nobody: people who left GitHub. */
const perhapsUser = perhaps(user);
/** Beside a commit nobody is also an object with nothing in it. */
const perhapsNamed = perhaps(user.or(z.strictObject({}).transform(() => undefined)));

export const account = user;

export const pull = z.object({
  number: z.number().int(),
  node_id: z.string().optional(),
  html_url: z.string(),
  title: z.string(),
  body: perhaps(z.string()),
  state: z.enum(["open", "closed"]),
  draft: perhaps(z.boolean()),
  user: perhapsUser,
  head: z.object({ ref: z.string(), sha: z.string(), repo: perhaps(z.object({ full_name: z.string() })) }),
  base: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }) }),
  merged_at: perhaps(time),
  merge_commit_sha: perhaps(z.string()),
  updated_at: time,
});
export type Pull = z.infer<typeof pull>;

/** One by itself says more than one in a list. */
export const wholePull = pull.extend({
  merged_by: perhapsUser,
  commits: z.number().int().optional(),
  mergeable: z.boolean().nullish(),
  mergeable_state: z.string().optional(),
  auto_merge: perhaps(z.object({})),
});
export type WholePull = z.infer<typeof wholePull>;

export const pullCommit = z.object({ sha: z.string(), author: perhapsNamed, committer: perhapsNamed });

/** Of one branch; a commit of zeros stands for none. */
export const activity = z.object({ before: z.string(), after: z.string(), ref: z.string(), activity_type: z.string(), actor: perhapsUser });
export type Activity = z.infer<typeof activity>;

export const commit = z.object({ commit: z.object({ committer: perhaps(z.object({ date: perhaps(time) })) }) });

export const branchHead = z.object({ commit: z.object({ sha: z.string() }) });

export const comment = z.object({
  id: z.number().int(),
  html_url: z.string(),
  body: perhaps(z.string()),
  user: perhapsUser,
  created_at: time,
  updated_at: time,
  performed_via_github_app: perhaps(z.object({ slug: perhaps(z.string()) })),
});
export type IssueComment = z.infer<typeof comment>;

export const issue = comment.extend({
  number: z.number().int(),
  title: z.string(),
  state: z.enum(["open", "closed"]),
  /** Only of what is a pull request as well. */
  pull_request: perhaps(z.object({})),
});
export type Issue = z.infer<typeof issue>;

export const reaction = z.object({ id: z.number().int(), content: z.string(), user: perhapsUser });

export const review = z.object({
  id: z.number().int(),
  user: perhapsUser,
  state: z.string(),
  commit_id: perhaps(z.string()),
  submitted_at: perhaps(time),
});

export const checkRun = z.object({
  id: z.number().int(),
  status: z.string(),
  conclusion: perhaps(z.string()),
  external_id: perhaps(z.string()),
  details_url: perhaps(z.string()),
  output: z.object({ title: perhaps(z.string()), summary: perhaps(z.string()), annotations_count: z.number().int().default(0) }),
});
export type CheckRun = z.infer<typeof checkRun>;

export const annotation = z.object({
  path: z.string(),
  start_line: z.number().int(),
  annotation_level: perhaps(z.string()),
  title: perhaps(z.string()),
  message: perhaps(z.string()),
});

export const status = z.object({
  context: z.string(),
  state: z.string(),
  description: perhaps(z.string()),
  target_url: perhaps(z.string()),
});

export const deployment = z.object({ id: z.number().int() });

export const deploymentStatus = z.object({
  state: z.string(),
  description: perhaps(z.string()),
  log_url: perhaps(z.string()),
  target_url: perhaps(z.string()),
  environment_url: perhaps(z.string()),
});

export const permission = z.object({ permission: z.string(), role_name: z.string().optional() });

export const membership = z.object({ state: z.string() });

export const run = z.object({ status: z.string().nullable() });

export const job = z.object({ id: z.number().int(), name: z.string(), status: z.string() });

export const branch = z.object({ protected: z.boolean(), protection: perhaps(z.object({ enabled: z.boolean().optional() })) });

const enabled = z
  .object({ enabled: z.boolean().optional() })
  .optional()
  .transform((given) => given?.enabled === true);
const actors = z.object({
  users: z.array(z.object({ login: perhaps(z.string()) })).default([]),
  teams: z.array(z.object({ slug: z.string() })).default([]),
  apps: z.array(perhaps(z.object({ slug: perhaps(z.string()) }))).default([]),
});
export type Actors = z.infer<typeof actors>;

export const branchProtection = z.object({
  required_status_checks: perhaps(z.object({ contexts: z.array(z.string()).default([]), checks: z.array(z.object({ context: z.string() })).default([]) })),
  enforce_admins: enabled,
  required_pull_request_reviews: perhaps(
    z.object({
      required_approving_review_count: z.number().int().default(0),
      require_code_owner_reviews: z.boolean().default(false),
      bypass_pull_request_allowances: actors.optional(),
    }),
  ),
  restrictions: perhaps(actors),
  allow_force_pushes: enabled,
  allow_deletions: enabled,
  lock_branch: enabled,
});
export type BranchProtection = z.infer<typeof branchProtection>;

export const branchRule = z.object({
  type: z.string(),
  parameters: z
    .object({
      required_approving_review_count: z.number().int().optional(),
      require_code_owner_review: z.boolean().optional(),
      required_status_checks: z.array(z.object({ context: z.string() })).optional(),
    })
    .optional(),
});
export type BranchRule = z.infer<typeof branchRule>;

export const ruleset = z.object({ id: z.number().int(), name: z.string() });
export type Ruleset = z.infer<typeof ruleset>;
const rulesetRule = z.object({ type: z.string(), parameters: z.record(z.string(), z.unknown()).optional() });
export type RulesetRule = z.infer<typeof rulesetRule>;
export const rulesetRules = z.object({ rules: z.array(rulesetRule).default([]) });

export const app = z.object({ slug: z.string().min(1) });

export const installation = z.object({ id: z.number().int() });

export const installationToken = z.object({ token: z.string().min(1), expires_at: time });

export const graphAnswer = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string(), type: z.string().optional() })).optional(),
});

export const viewer = z.object({ viewer: z.object({ login: z.string().min(1) }) });

/** For writes of whose answer nothing is read. */
export const anything = z.unknown();
