export type {
  Annotation,
  Capabilities,
  CiJob,
  Comment,
  Deployment,
  Forge,
  ForgeApproval,
  ForgeCredentials,
  ForgeSettings,
  IssueDraft,
  Person,
  Protection,
  PullRequest,
  PullRequestDraft,
  PullRequestQuery,
  Reaction,
  Saved,
  Status,
  WantedProtection,
} from "./forge.ts";
export { aheadOfHost } from "./host-time.ts";
export { forgeClient } from "./open.ts";
