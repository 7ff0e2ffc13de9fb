import { Problem } from "../../../base/problem/index.ts";
import { walkPushes, whyUnknown, type BranchPush, type Pushed, type ToldPushers, type Walk } from "../pushers.ts";
import type { GitHubCall } from "./client.ts";
import { activity, pullCommit, type Activity, type WholePull } from "./schema.ts";

/** GitHub lists no more than these below a pull request; the comparison of its ends lists all. */
const mostListedCommits = 250;
/** 1,000 pushes of a branch, newest first. */
const mostPages = 10;
const right = "contents: read";

interface Written {
  readonly logins: readonly string[];
  readonly commits: ReadonlySet<string>;
}

/** Whom its commits name. That is whatever somebody wrote into them: it can only add to who may not approve. */
async function written(call: GitHubCall, found: WholePull): Promise<Written> {
  const commits =
    (found.commits ?? 0) > mostListedCommits
      ? await call.all("GET /repos/{owner}/{repo}/compare/{basehead}", pullCommit, {
          params: { basehead: `${found.base.sha}...${found.head.sha}` },
          key: "commits",
          right,
        })
      : await call.all("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", pullCommit, {
          params: { pull_number: found.number },
          right: "pull requests: read",
        });
  const logins = commits.flatMap(({ author, committer }) => [author?.login, committer?.login]);
  return { logins: logins.filter((login): login is string => login !== undefined), commits: new Set(commits.map(({ sha }) => sha)) };
}

const some = (commit: string): string | undefined => (/^0+$/.test(commit) ? undefined : commit);

const pushOf = ({ before, after, activity_type: kind, actor }: Activity): BranchPush => ({
  by: actor?.login,
  from: kind === "branch_creation" ? undefined : some(before),
  to: kind === "branch_deletion" ? undefined : some(after),
  forced: kind === "force_push",
});

interface Asked {
  readonly repository: string;
  readonly ref: string;
  readonly of: Pushed;
}

/** As far back as it takes. `named`: GitHub picks those of the branch; else they are picked here. */
async function walked(call: GitHubCall, { repository, ref, of }: Asked, named: boolean): Promise<Walk> {
  const [owner = "", repo = ""] = repository.split("/");
  const params = { owner, repo, direction: "desc", ...(named ? { ref } : {}) };
  const pushes: BranchPush[] = [];
  let read = 0;
  for await (const page of call.pages("GET /repos/{owner}/{repo}/activity", activity, { params, right })) {
    pushes.push(...page.filter((one) => one.ref === ref).map(pushOf));
    const walk = walkPushes(pushes, of);
    read += 1;
    if (walk.state !== "open" || read === mostPages) return walk;
  }
  return walkPushes(pushes, of);
}

/** Undefined where it is not shown to these credentials, or not by this GitHub. */
async function shown(walking: Promise<Walk>): Promise<Walk | undefined> {
  try {
    return await walking;
  } catch (thrown) {
    if (thrown instanceof Problem && (thrown.code === "FORGE_MISSING" || thrown.code === "FORGE_REFUSED")) return undefined;
    throw thrown;
  }
}

async function pushedTo(call: GitHubCall, found: WholePull, commits: ReadonlySet<string>): Promise<Walk | string> {
  const repository = found.head.repo?.full_name;
  if (repository === undefined) return "the repository that it came from is gone, and with it who pushed there";
  const asked: Asked = { repository, ref: `refs/heads/${found.head.ref}`, of: { head: found.head.sha, mayHold: (commit) => commits.has(commit) } };
  const walk = await shown(walked(call, asked, true));
  // Of a branch that is gone by now, GitHub may tell nothing under its name.
  const again = found.state === "open" || (walk !== undefined && walk.logins.length > 0) ? walk : await shown(walked(call, asked, false));
  return again ?? walk ?? `GitHub does not show who pushed to ${repository} (${right})`;
}

/** GitHub knows who pushed, whoever the commits say they are of. */
export async function pushersOf(call: GitHubCall, found: WholePull): Promise<ToldPushers> {
  const { logins, commits } = await written(call, found);
  const pushed = await pushedTo(call, found, commits);
  const walk = typeof pushed === "string" ? undefined : pushed;
  const unknown = typeof pushed === "string" ? pushed : whyUnknown(pushed, { host: "GitHub", branch: found.head.ref });
  // "web-flow" is GitHub itself, committing what a person clicked.
  const pushers = [...new Set([...logins, ...(walk?.logins ?? [])])].filter((login) => login !== "web-flow");
  return { pushers, ...(unknown === undefined ? {} : { pushersUnknown: unknown }) };
}
