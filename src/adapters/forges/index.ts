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
  Person,
  Protection,
  PullRequest,
  PullRequestDraft,
  PullRequestQuery,
  Reaction,
  Status,
} from "./forge.ts";
export { openForge } from "./open.ts";
