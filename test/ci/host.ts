import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { components } from "@octokit/openapi-types";
import type { Standin } from "../../src/satellites/forge-standin/index.ts";
import { runWorkflow, type GithubEvent, type GithubPlace } from "./github-runner.ts";
import { runPipeline, type GitlabEvent, type GitlabPlace } from "./gitlab-runner.ts";
import type { JobRun, Published } from "./published.ts";

/** A forge whose CI starts jobs: what happened goes in, what the jobs of the written pipeline did comes out. */
export interface CiHost {
  pushed(branch: string): Promise<readonly JobRun[]>;
  opened(number: number): Promise<readonly JobRun[]>;
  scheduled(): Promise<readonly JobRun[]>;
  commented(number: number, comment: string): Promise<readonly JobRun[]>;
}

interface Told {
  readonly forge: Standin;
  /** The clone whose work tree holds the pipeline that is in force. */
  readonly clone: string;
  readonly trueup: Published;
  readonly source: string;
  readonly secrets: Readonly<Record<string, string>>;
}

function tokenOf(forge: Standin, login?: string): string {
  const { credentials } = forge.settings(login === undefined ? {} : { login });
  return "token" in credentials ? credentials.token.reveal() : "";
}

/** Less of it than GitHub tells, and nothing that it does not. */
type Part<T> = T extends readonly (infer Item)[] ? readonly Part<Item>[] : T extends object ? { readonly [Key in keyof T]?: Part<T[Key]> } : T;
type Events = components["schemas"];

function onGithub({ forge, clone, trueup, secrets }: Told): CiHost {
  const { api, repository } = forge.settings();
  const token = tokenOf(forge);
  const place: GithubPlace = { api, repository, token, gitUrl: forge.gitUrl, trueup, secrets, startJob: () => forge.startJob() };
  const run = (event: GithubEvent): Promise<readonly JobRun[]> => runWorkflow(readFileSync(join(clone, ".github/workflows/trueup.yml"), "utf8"), event, place);
  const ask = async (path: string): Promise<object> =>
    (await (await fetch(`${api}/repos/${repository}/${path}`, { headers: { authorization: `Bearer ${token}` } })).json()) as object;
  const of = { repository: { full_name: repository } };
  const onBranch = (name: GithubEvent["name"], branch: string, payload: object): Promise<readonly JobRun[]> =>
    run({ name, ref: `refs/heads/${branch}`, sha: forge.head(branch), payload });
  return {
    pushed: (branch) => onBranch("push", branch, { deleted: false, forced: false, ...of } satisfies Part<Events["webhook-push"]>),
    scheduled: () => onBranch("schedule", "main", { schedule: "13,43 * * * *", ...of }),
    opened: async (number) => {
      const payload = { action: "opened", number, pull_request: await ask(`pulls/${number}`) } satisfies Part<Events["webhook-pull-request-opened"]>;
      return run({ name: "pull_request", ref: `refs/pull/${number}/merge`, sha: "0".repeat(40), payload });
    },
    commented: async (number, comment) => {
      const issue = { number, pull_request: { url: `${api}/repos/${repository}/pulls/${number}` } };
      const payload = { action: "created", issue, comment: await ask(`issues/comments/${comment}`), ...of } satisfies Part<
        Events["webhook-issue-comment-created"]
      >;
      return onBranch("issue_comment", "main", payload);
    },
  };
}

function onGitlab({ forge, clone, trueup, source, secrets }: Told): CiHost {
  const { api, repository } = forge.settings();
  const place: GitlabPlace = {
    api,
    gitUrl: forge.gitUrl,
    repository,
    // A token that only reads: what a job's own is good for.
    jobToken: tokenOf(forge, "dan"),
    source,
    trueup,
    scoped: {
      "trueup/preview": { TRUEUP_FORGE_TOKEN: tokenOf(forge, forge.bot) },
      "trueup/apply": { TRUEUP_FORGE_TOKEN: tokenOf(forge), ...secrets },
    },
    startJob: () => forge.startJob(),
  };
  const run = (variables: Readonly<Record<string, string>>, payload?: object): Promise<readonly JobRun[]> => {
    const files = [".gitlab-ci.yml", ".gitlab/trueup.yml"].map((path) => ({ path, text: readFileSync(join(clone, path), "utf8") }));
    const event: GitlabEvent = { variables, ...(payload === undefined ? {} : { payload }) };
    return runPipeline(files, event, place);
  };
  const onBranch = (source: string, branch: string): Readonly<Record<string, string>> => ({
    CI_PIPELINE_SOURCE: source,
    CI_COMMIT_BRANCH: branch,
    CI_COMMIT_SHA: forge.head(branch),
  });
  return {
    pushed: (branch) => run(onBranch("push", branch)),
    scheduled: () => run({ ...onBranch("schedule", "main"), TRUEUP_DRIFT: "true" }),
    opened: (number) => {
      const { head, base } = forge.pulls().find((pull) => pull.number === number) ?? { head: "", base: "" };
      return run({
        CI_PIPELINE_SOURCE: "merge_request_event",
        CI_COMMIT_SHA: forge.head(head),
        CI_MERGE_REQUEST_IID: String(number),
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: base,
        CI_MERGE_REQUEST_PROJECT_PATH: repository,
        CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: repository,
      });
    },
    commented: (number, comment) => {
      const { body = "" } = forge.comments(number).find(({ id }) => id === comment) ?? {};
      return run(onBranch("trigger", "main"), {
        object_kind: "note",
        object_attributes: { id: Number(comment), note: body, action: "create" },
        merge_request: { iid: number, source_project_id: 1, target_project_id: 1 },
      });
    },
  };
}

/** The CI of the forge's own kind. */
export function ciHostOf(told: Told): CiHost {
  return told.forge.name === "github" ? onGithub(told) : onGitlab(told);
}
