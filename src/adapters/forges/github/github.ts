import type { Clock } from "../../../base/clock/index.ts";
import type {
  Capabilities,
  CiJob,
  Comment,
  Deployment,
  Forge,
  ForgeApproval,
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
} from "../forge.ts";
import { NewestWins } from "../sticky.ts";
import { standingApprovals } from "./approvals.ts";
import { setCheckRun, setCommitStatus } from "./checks.ts";
import { GitHubClient, type GitHubCall } from "./client.ts";
import { listComments, saveStickyComment, setReaction } from "./comments.ts";
import { moveDeployment } from "./deployments.ts";
import { whoWeAre, type Us } from "./identity.ts";
import { saveKeptIssue } from "./issues.ts";
import { stateOfJob } from "./jobs.ts";
import { whoIs } from "./people.ts";
import { protectedAs, protectionOf } from "./protection.ts";
import { findPullRequests, onePullRequest } from "./pull-requests.ts";
import { savePullRequestDraft } from "./save-pull-request.ts";

/** Tokens of people never write check runs; of any other whether it may is only known once it was tried. */
const isPersonal = ({ credentials }: ForgeSettings): boolean => "token" in credentials && /^(ghp_|github_pat_|gho_)/.test(credentials.token.reveal());

/** github.com and GitHub Enterprise Server. */
export class GitHub implements Forge {
  readonly name = "github";
  readonly #client: GitHubClient;
  readonly #edits = new NewestWins<Saved>();
  #us: Us | undefined;
  #writesChecks: boolean;

  constructor(settings: ForgeSettings, clock: Clock) {
    this.#client = new GitHubClient(settings, clock);
    this.#writesChecks = !isPersonal(settings);
  }

  get capabilities(): Capabilities {
    return { annotations: this.#writesChecks, deployments: true, approvalCommit: true, teams: true, reactions: true, limits: "github" };
  }

  pullRequests(query: PullRequestQuery): Promise<readonly PullRequest[]> {
    return findPullRequests(this.#client.begin(), query);
  }

  pullRequest(number: number): Promise<PullRequest> {
    return onePullRequest(this.#client.begin(), number);
  }

  savePullRequest(draft: PullRequestDraft): Promise<PullRequest> {
    return savePullRequestDraft(this.#client.begin(), draft);
  }

  async comments(number: number, since?: string): Promise<readonly Comment[]> {
    const call = this.#client.begin();
    return listComments(call, await this.#whoWeAre(call), { number, since });
  }

  saveComment(on: number | IssueDraft, marker: string, body: string): Promise<Saved> {
    return this.#edits.run(`${typeof on === "number" ? on : "issue"} ${marker}`, async () => {
      const call = this.#client.begin();
      const us = await this.#whoWeAre(call);
      if (typeof on === "number") return saveStickyComment(call, us, { number: on, marker, body });
      return saveKeptIssue(call, us, { draft: on, marker, body });
    });
  }

  async react(_number: number, comment: string, reaction: Reaction): Promise<void> {
    const call = this.#client.begin();
    await setReaction(call, await this.#whoWeAre(call), { comment, reaction });
  }

  async setStatus(commit: string, status: Status): Promise<void> {
    const call = this.#client.begin();
    if (this.#writesChecks && (await call.ifAllowed(setCheckRun(call, commit, status))) !== undefined) return;
    await setCommitStatus(call, commit, status);
    this.#writesChecks = false;
  }

  setDeployment(commit: string, deployment: Deployment): Promise<void> {
    return moveDeployment(this.#client.begin(), commit, deployment);
  }

  approvals(number: number): Promise<readonly ForgeApproval[]> {
    return standingApprovals(this.#client.begin(), number);
  }

  person(login: string, asked: readonly string[]): Promise<Person> {
    return whoIs(this.#client.begin(), login, asked);
  }

  jobState(job: CiJob): Promise<"running" | "ended" | "unknown"> {
    return stateOfJob(this.#client.begin(), job);
  }

  protection(branch: string, wanted?: WantedProtection): Promise<Protection> {
    const call = this.#client.begin();
    return wanted === undefined ? protectionOf(call, branch) : protectedAs(call, branch, wanted);
  }

  /** The same for as long as the credentials are. */
  async #whoWeAre(call: GitHubCall): Promise<Us> {
    this.#us ??= await whoWeAre(call);
    return this.#us;
  }
}
