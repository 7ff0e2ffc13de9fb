import type { CiJob } from "../../src/adapters/forges/index.ts";
import type { Standin } from "../../src/satellites/forge-standin/index.ts";

/** The variables of a CI job that a person started, as its host sets them, and how it speaks to the stand-in. */
export function jobVariables(standin: Standin, job: CiJob): Readonly<Record<string, string>> {
  const { api, repository, credentials } = standin.settings();
  const token = "token" in credentials ? credentials.token.reveal() : "";
  const own = { TRUEUP_FORGE: standin.name, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token };
  if (standin.name === "github")
    return {
      ...own,
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: api,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: repository,
      GITHUB_RUN_ID: job.run,
      GITHUB_RUN_ATTEMPT: String(job.attempt ?? 1),
      GITHUB_JOB: job.job ?? "apply",
      GITHUB_EVENT_NAME: "workflow_dispatch",
      GITHUB_ACTOR: "ann",
    };
  return {
    ...own,
    GITLAB_CI: "true",
    CI_API_V4_URL: api,
    CI_PROJECT_PATH: repository,
    CI_PIPELINE_ID: job.run,
    CI_JOB_ID: job.job ?? "1",
    CI_PIPELINE_SOURCE: "web",
    CI_JOB_URL: "https://gitlab.com/j/1",
    GITLAB_USER_LOGIN: "ann",
  };
}
