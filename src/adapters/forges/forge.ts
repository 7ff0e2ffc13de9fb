import type { Secret } from "../../base/secret/index.ts";

/**
 * The host of the repository: where pull requests, comments, checks and approvals live. "Pull request" is a merge request on GitLab.
 *
 * Every adapter holds to this, and the contract suite (test/forges/contract.ts) asks each of them the same questions:
 * - Reads see *all* pages. Nothing is read from a cache that another writer could have made stale: what was read before is used again only when
 *   the host itself has just said, to the same question, that it is still so (GitHub: ETag and 304).
 * - Every write is idempotent by what it names: a marker, a status name on a commit, an environment on a commit, a branch pair. Repeated after
 *   a lost answer it changes nothing and answers the same.
 * - The host's limits are obeyed: Retry-After and secondary limits are waited for inside the deadline of the call, edits of one comment are
 *   coalesced (the newest body wins).
 * - Failures are Problems: FORGE_UNREACHABLE (network, 5xx; `retry` says when), FORGE_REFUSED (401, 403: says which right is missing),
 *   FORGE_MISSING (404: repository, pull request, commit), FORGE_LIMITED (limit outlasts the deadline; `retry` says when), FORGE_NONSENSE (an
 *   answer that is not what the host's documentation promises). No message holds a token, also not inside a URL.
 */
export interface Forge {
  readonly name: "github" | "gitlab";
  readonly capabilities: Capabilities;
  /**
   * Newest first. By commit: those whose head it is, or that it came in with (merge, squash or rebase). By base: those into that branch; each
   * of them costs requests of its own (who pushed, who merged), so ask for the open ones, or for those that changed `since`, not for a whole history.
   */
  pullRequests(query: PullRequestQuery): Promise<readonly PullRequest[]>;
  /** One, as it is now. FORGE_MISSING when there is none. */
  pullRequest(number: number): Promise<PullRequest>;
  /** Opens it, or updates the open one of the same head and base branch; merges it when asked and the host agrees (else FORGE_REFUSED with the host's reason). */
  savePullRequest(draft: PullRequestDraft): Promise<PullRequest>;
  /** All comments of the conversation, oldest first, optionally only those written or edited at `since` (ISO) or later. */
  comments(number: number, since?: string): Promise<readonly Comment[]>;
  /**
   * Writes the one comment that starts with `marker`: edited in place when it is there on any page *and ours* (a copy by somebody else is not
   * touched), else created. When two runs create it at once, exactly one stays: the oldest; the other run removes its own and edits that one.
   * `on` is a pull request; or the issue that starts with `marker`, found whether it is open or closed, with the title and state that it is to
   * have. What cannot be removed (issues) is closed and loses the marker. FORGE_MISSING for an issue that is to be closed and is not there.
   */
  saveComment(on: number | IssueDraft, marker: string, body: string): Promise<Saved>;
  /** Sets one reaction of ours on a comment; one of ours that was there before is replaced. */
  react(number: number, comment: string, reaction: Reaction): Promise<void>;
  /** One status or check run per (commit, name), created or updated. */
  setStatus(commit: string, status: Status): Promise<void>;
  /** One deployment per (environment, commit), created or moved to this state. Does nothing where `capabilities.deployments` is false. */
  setDeployment(commit: string, deployment: Deployment): Promise<void>;
  /** The approvals that stand now: one per person, the newest of each; dismissed ones are not among them. */
  approvals(number: number): Promise<readonly ForgeApproval[]>;
  /** What a person may do in this repository *now*, and the teams or groups of `asked` that they are in. */
  person(login: string, asked: readonly string[]): Promise<Person>;
  /** Whether a CI job still runs: the proof that a lease's holder is dead. "unknown" when the host cannot say; never a guess. */
  jobState(job: CiJob): Promise<"running" | "ended" | "unknown">;
  /**
   * How a branch is protected. With `wanted`, as it is protected once the host was asked for at least that, and against force pushes and deletion:
   * what is stricter stays, nothing is lowered, and asked again it writes nothing. What the host cannot hold is not in the
   * answer, and no failure. FORGE_MISSING without such a branch, FORGE_REFUSED without the right: then nothing was changed.
   */
  protection(branch: string, wanted?: WantedProtection): Promise<Protection>;
}

export interface Capabilities {
  /** Check runs with annotations; false: a plain status, and annotations are left to the comment. */
  readonly annotations: boolean;
  readonly deployments: boolean;
  /** Approvals carry the commit that they were given at. False: trueup takes the head at the time of the approval from the pull request's history. */
  readonly approvalCommit: boolean;
  /** Teams or groups can be asked. */
  readonly teams: boolean;
  readonly reactions: boolean;
  /** Key of the comment limits in domain/reports. */
  readonly limits: "github" | "gitlab" | "gitea" | "bitbucket";
}

export interface PullRequestQuery {
  readonly commit?: string;
  readonly base?: string;
  readonly state: "open" | "merged" | "all";
  /** ISO: only those that changed then or later. What is older is not even looked at. */
  readonly since?: string;
}

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
  /** Login of who opened it. */
  readonly author: string;
  readonly base: string;
  readonly head: { readonly branch: string; readonly commit: string };
  /** The head is in another repository. */
  readonly fork: boolean;
  readonly mergedBy?: string;
  /** The commit on the base branch by which it came in. */
  readonly mergeCommit?: string;
  /** Logins of all who wrote or pushed a commit of it, as far as the host says: who pushed by its own record of pushes, never by what a commit says. */
  readonly pushers: readonly string[];
  /** Why somebody who pushed may be missing among them, in words that may be published; left out where nobody is. */
  readonly pushersUnknown?: string;
  /** ISO. */
  readonly updatedAt: string;
}

export interface PullRequestDraft {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  /** "when-ready" merges once the host's own conditions hold. */
  readonly merge?: "now" | "when-ready";
}

/** The one issue of ours with a marker. */
export interface IssueDraft {
  /** At most 200 characters. */
  readonly title: string;
  readonly state: "open" | "closed";
}

export interface Saved {
  readonly id: string;
  readonly url: string;
}

export interface Comment {
  readonly id: string;
  readonly url: string;
  readonly author: string;
  /** A bot or app, or trueup itself. */
  readonly bot: boolean;
  /** Written with the credentials that this forge was opened with. */
  readonly ours: boolean;
  readonly body: string;
  /** ISO. */
  readonly createdAt: string;
  readonly edited: boolean;
}

export type Reaction = "seen" | "done" | "refused";

export interface Status {
  /** "trueup/preview (prod)": the key among the statuses of a commit. */
  readonly name: string;
  /** "waiting" shows as not finished and not failed. */
  readonly state: "running" | "waiting" | "success" | "failure";
  /** One line, at most 140 characters. */
  readonly title: string;
  /** Markdown, shown where `annotations` are. */
  readonly summary?: string;
  readonly url?: string;
  readonly annotations?: readonly Annotation[];
}

export interface Annotation {
  /** Repository path. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly level: "notice" | "warning" | "failure";
  readonly title: string;
  readonly message: string;
}

export interface Deployment {
  readonly environment: string;
  readonly state: "running" | "success" | "failure";
  readonly description: string;
  /** Where to read how it went. */
  readonly url?: string;
  /** Where people find what runs there, as browsers write it; left out: nothing is said of it. */
  readonly environmentUrl?: string;
}

export interface ForgeApproval {
  readonly by: string;
  /** The commit it was given at; undefined where the host does not say. */
  readonly commit?: string;
  /** ISO. */
  readonly at: string;
}

export interface Person {
  readonly login: string;
  readonly permission: "none" | "read" | "write" | "maintain" | "admin";
  /** Those of the asked ones, as they were written: "@acme/platform". */
  readonly teams: readonly string[];
}

export interface CiJob {
  /** The run or pipeline, and the job in it; as the CI's own variables name them. */
  readonly run: string;
  readonly job?: string;
  readonly attempt?: number;
}

export interface Protection {
  readonly exists: boolean;
  readonly protected: boolean;
  /** Reviews that a merge needs; 0 for none. */
  readonly requiredApprovals: number;
  readonly requiresCodeOwners: boolean;
  readonly allowsForcePush: boolean;
  readonly allowsDeletion: boolean;
  /** Names of statuses that a merge needs. */
  readonly requiredStatuses: readonly string[];
  /** Who may push directly: logins, "@team" names, or the host's role names; "everyone who may write" as ["*write*"]. */
  readonly mayPush: readonly string[];
}

/** At least this, of a branch. */
export interface WantedProtection {
  /** Reviews that a merge needs; more than none also means that nobody pushes past pull requests. */
  readonly requiredApprovals: number;
  readonly requiresCodeOwners: boolean;
  /** Names of statuses that a merge needs. */
  readonly requiredStatuses: readonly string[];
}

/** How to reach the host of one repository. */
export interface ForgeSettings {
  readonly kind: Forge["name"];
  /** API root: "https://api.github.com", "https://gitlab.example/api/v4". */
  readonly api: string;
  /** "acme/estate", "acme/platform/estate". */
  readonly repository: string;
  readonly credentials: ForgeCredentials;
  /** For one call, with all its waiting. Milliseconds, 60,000 by default. */
  readonly deadlineMs?: number;
}

export type ForgeCredentials =
  | { readonly token: Secret }
  /** A GitHub App: its key signs a short token per hour. */
  | { readonly app: { readonly id: string; readonly installation?: string; readonly privateKey: Secret } };
