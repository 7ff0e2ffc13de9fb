import { z } from "zod";
import type { Machine } from "../../base/process/index.ts";
import type { CiEvent, CiSurroundings } from "./surroundings.ts";
import { CiVariables } from "./variables.ts";

const positive = z.number().int().positive();

/** A fork that was deleted meanwhile has no repository any more. */
const pullRequestEvent = z.object({
  pull_request: z.object({
    number: positive,
    head: z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/), repo: z.object({ full_name: z.string() }).nullish() }),
  }),
});

const commentEvent = z.object({
  action: z.string(),
  issue: z.object({ number: positive, pull_request: z.object({}).nullish() }),
  comment: z.object({ id: positive }),
});

const branches = "refs/heads/";

/** No command of trueup is safe there: not even one that only reads the pull request's environment files. */
export function refuseTarget(machine: Pick<Machine, "variable">): void {
  if (machine.variable("GITHUB_EVENT_NAME") !== "pull_request_target") return;
  throw new CiVariables(machine, "GitHub Actions").wrong(
    "the event pull_request_target would run code of the pull request with the secrets of its base",
    "Let the workflow run on pull_request; see docs/ci.md.",
  );
}

function pullRequest(variables: CiVariables, repository: string): CiEvent {
  const { pull_request: found } = variables.payload("GITHUB_EVENT_PATH", pullRequestEvent);
  const from = found.head.repo?.full_name.toLowerCase();
  return { kind: "pull-request", number: found.number, head: found.head.sha, fork: from !== repository.toLowerCase() };
}

/** Only a new comment on a pull request says something: an edited one could change what was already agreed to. */
function comment(variables: CiVariables): CiEvent {
  const { action, issue, comment: written } = variables.payload("GITHUB_EVENT_PATH", commentEvent);
  if (action !== "created" || issue.pull_request === undefined || issue.pull_request === null) return { kind: "manual" };
  return { kind: "comment", pullRequest: issue.number, comment: String(written.id) };
}

function push(variables: CiVariables): CiEvent {
  const ref = variables.needed("GITHUB_REF");
  return ref.startsWith(branches) ? { kind: "push", branch: ref.slice(branches.length), commit: variables.needed("GITHUB_SHA") } : { kind: "manual" };
}

function eventOf(variables: CiVariables, repository: string): CiEvent {
  const name = variables.needed("GITHUB_EVENT_NAME");
  if (name === "pull_request") return pullRequest(variables, repository);
  if (name === "issue_comment") return comment(variables);
  if (name === "push") return push(variables);
  return { kind: name === "schedule" ? "schedule" : "manual" };
}

export function githubSurroundings(machine: Pick<Machine, "variable">): CiSurroundings {
  const variables = new CiVariables(machine, "GitHub Actions");
  const repository = variables.needed("GITHUB_REPOSITORY");
  const run = variables.needed("GITHUB_RUN_ID");
  const attempt = variables.number("GITHUB_RUN_ATTEMPT");
  return {
    forge: { kind: "github", api: variables.needed("GITHUB_API_URL"), repository },
    job: { run, job: variables.needed("GITHUB_JOB"), attempt },
    event: eventOf(variables, repository),
    actor: variables.needed("GITHUB_ACTOR"),
    url: `${variables.needed("GITHUB_SERVER_URL")}/${repository}/actions/runs/${run}/attempts/${attempt}`,
  };
}
