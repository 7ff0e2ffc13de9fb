import type { Clock } from "../../../base/clock/index.ts";
import { Scrubber } from "../../../base/secret/index.ts";
import { Failures } from "../failures.ts";
import type { Capabilities, Forge, ForgeSettings, IssueDraft, Saved } from "../forge.ts";
import { NewestWins, saveOnce } from "../sticky.ts";
import { approvalsOf } from "./approvals.ts";
import { GitlabCall, type GitlabSite } from "./call.ts";
import { saveDeployment } from "./deployments.ts";
import { saveKeptIssue } from "./issues.ts";
import { jobStateOf } from "./jobs.ts";
import { pullRequestOf, pullRequestsOf } from "./merge-requests.ts";
import { commentsOf, conversationOf, withoutCommands, type NoteSite } from "./notes.ts";
import { personOf } from "./people.ts";
import { protectedAs, protectionOf } from "./protection.ts";
import { setReaction } from "./reactions.ts";
import { saveMergeRequest } from "./save.ts";
import { User } from "./schema.ts";
import { saveStatus } from "./statuses.ts";
import { isJobToken } from "./wire.ts";

const capabilities: Capabilities = {
  annotations: false,
  deployments: true,
  approvalCommit: false,
  teams: true,
  reactions: true,
  limits: "gitlab",
};

function siteOf(settings: ForgeSettings, clock: Clock): GitlabSite {
  const scrubber = new Scrubber();
  const { api, repository, credentials, deadlineMs } = settings;
  const failures = new Failures({ host: "GitLab", repository, clock, scrubber });
  if (!("token" in credentials)) throw failures.refused("knows no apps like GitHub's", "Give a project access token with the scope api as the token.");
  scrubber.add(credentials.token);
  return { wire: { api, token: credentials.token }, project: repository, failures, clock, deadlineMs };
}

/** Who the token is. It cannot become somebody else, so it is asked once. */
function identityOf(): (call: GitlabCall) => Promise<number> {
  let known: number | undefined;
  return async (call) => (known ??= (await call.read(User, (api) => api.users.showCurrentUser())).id);
}

/** One project on GitLab, gitlab.com's or another. */
export function openGitlab(settings: ForgeSettings, clock: Clock): Forge {
  const site = siteOf(settings, clock);
  const me = identityOf();
  const lanes = new NewestWins<Saved>();
  const page = (iid: number): string => `${settings.api.replace(/\/api\/v4\/?$/, "")}/${settings.repository}/-/merge_requests/${iid}`;
  const begin = (): GitlabCall => {
    if (isJobToken(site.wire.token)) throw site.failures.refused(...jobTokenRefusal);
    return new GitlabCall(site);
  };
  const notesOf = async (call: GitlabCall, iid: number): Promise<NoteSite> => ({ iid, me: await me(call), page: page(iid) });
  const save = async (on: number | IssueDraft, marker: string, body: string): Promise<Saved> => {
    const call = begin();
    if (typeof on !== "number") return saveKeptIssue(call, await me(call), { draft: on, marker, body });
    return saveOnce(conversationOf(call, await notesOf(call, on)), marker, withoutCommands(body));
  };
  return {
    name: "gitlab",
    capabilities,
    pullRequests: async (query) => pullRequestsOf(begin(), query),
    pullRequest: async (number) => pullRequestOf(begin(), number),
    savePullRequest: async (draft) => {
      const call = begin();
      return call.looking(() => saveMergeRequest(call, draft));
    },
    comments: async (number, since) => {
      const call = begin();
      return commentsOf(call, await notesOf(call, number), since);
    },
    saveComment: (on, marker, body) => lanes.run(`${typeof on === "number" ? on : "issue"} ${marker}`, () => save(on, marker, body)),
    react: async (number, comment, reaction) => {
      const call = begin();
      const site = { iid: number, me: await me(call), comment };
      await call.looking(() => setReaction(call, site, reaction));
    },
    setStatus: async (commit, status) => {
      const call = begin();
      await call.looking(() => saveStatus(call, commit, status));
    },
    setDeployment: async (commit, deployment) => {
      const call = begin();
      await call.looking(() => saveDeployment(call, commit, deployment));
    },
    approvals: async (number) => approvalsOf(begin(), number),
    person: async (login, asked) => personOf(begin(), login, asked),
    jobState: async (job) => jobStateOf(begin(), job),
    protection: async (branch, wanted) => {
      const call = begin();
      return wanted === undefined ? protectionOf(call, branch) : call.looking(() => protectedAs(call, branch, wanted));
    },
  };
}

const jobTokenRefusal: readonly [string, string] = [
  "does not let a CI job token (CI_JOB_TOKEN) read or write merge requests, comments and statuses",
  "Make a project access token with the scope api and the role Developer, keep it as a masked CI variable, and give trueup that one.",
];
