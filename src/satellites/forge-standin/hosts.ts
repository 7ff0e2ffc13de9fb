import { githubLimits, githubRecommends, gitlabLimits, type Limits } from "./limits.ts";

/** What the host can be asked to hold; where it cannot, the contract does not ask for it. */
export interface HostTraits {
  readonly requiredStatuses: boolean;
  readonly forcePushWhenProtected: boolean;
  readonly deletionWhenProtected: boolean;
  /** A job is also told apart by its attempt. */
  readonly attempts: boolean;
  /** Whoever may write may edit what others wrote. */
  readonly editsOthers: boolean;
  readonly teamName: string;
}

export interface Kind {
  /** What the host really allows. */
  readonly limits: Limits;
  /** What it asks for and may insist on. */
  readonly recommends: Limits;
  readonly repository: string;
  readonly maxCommentLength: number;
  readonly hostRef: (number: number) => string;
  readonly tokenPrefix: string;
  readonly api: (url: string) => string;
  readonly bot: string;
  readonly traits: HostTraits;
}

export const kinds: Readonly<Record<"github" | "gitlab", Kind>> = {
  github: {
    limits: githubLimits,
    recommends: githubRecommends,
    repository: "acme/estate",
    maxCommentLength: 65_536,
    hostRef: (number) => `refs/pull/${number}/head`,
    tokenPrefix: "ghp_",
    bot: "renovate[bot]",
    api: (url) => url,
    traits: {
      requiredStatuses: true,
      forcePushWhenProtected: true,
      deletionWhenProtected: true,
      attempts: true,
      editsOthers: true,
      teamName: "@acme/platform",
    },
  },
  gitlab: {
    limits: gitlabLimits,
    recommends: {},
    repository: "acme/infra/estate",
    maxCommentLength: 1_000_000,
    hostRef: (number) => `refs/merge-requests/${number}/head`,
    tokenPrefix: "glpat-",
    bot: "project_1_bot_4f2c1d",
    api: (url) => `${url}/api/v4`,
    traits: {
      requiredStatuses: false,
      forcePushWhenProtected: true,
      deletionWhenProtected: false,
      attempts: false,
      editsOthers: true,
      teamName: "@acme/platform",
    },
  },
};
