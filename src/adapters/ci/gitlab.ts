import { z } from "zod";
import type { Machine } from "../../base/process/index.ts";
import type { CiEvent, CiSurroundings } from "./surroundings.ts";
import { CiVariables } from "./variables.ts";

/** A webhook's text, where a webhook for comments started the pipeline through a trigger token. */
const webhook = z.object({
  object_kind: z.string(),
  object_attributes: z.object({ id: z.number().int().positive(), action: z.string().optional() }).optional(),
  merge_request: z.object({ iid: z.number().int().positive() }).nullish(),
});

function mergeRequest(variables: CiVariables): CiEvent {
  return {
    kind: "pull-request",
    number: variables.number("CI_MERGE_REQUEST_IID"),
    // Set only where the pipeline runs on a trial merge, whose commit nobody wrote.
    head: variables.maybe("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") ?? variables.needed("CI_COMMIT_SHA"),
    fork: variables.needed("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") !== variables.needed("CI_MERGE_REQUEST_PROJECT_PATH"),
  };
}

/** GitLab has no pipeline for comments of its own: a webhook for them starts one, and what it said comes along in a file. */
function triggered(variables: CiVariables): CiEvent {
  if (variables.maybe("TRIGGER_PAYLOAD") === undefined) return { kind: "manual" };
  const { object_kind: kind, object_attributes: note, merge_request: found } = variables.payload("TRIGGER_PAYLOAD", webhook);
  const isNew = note?.action === undefined || note.action === "create";
  if (kind !== "note" || note === undefined || found === undefined || found === null || !isNew) return { kind: "manual" };
  return { kind: "comment", pullRequest: found.iid, comment: String(note.id) };
}

function eventOf(variables: CiVariables): CiEvent {
  const source = variables.needed("CI_PIPELINE_SOURCE");
  if (source === "merge_request_event") return mergeRequest(variables);
  if (source === "trigger") return triggered(variables);
  const branch = variables.maybe("CI_COMMIT_BRANCH");
  if (source === "push" && branch !== undefined) return { kind: "push", branch, commit: variables.needed("CI_COMMIT_SHA") };
  return { kind: source === "schedule" ? "schedule" : "manual" };
}

export function gitlabSurroundings(machine: Pick<Machine, "variable">): CiSurroundings {
  const variables = new CiVariables(machine, "GitLab CI");
  return {
    forge: {
      kind: "gitlab",
      api: variables.needed("CI_API_V4_URL"),
      // The pipeline of a fork runs in the fork's project; the merge request is in this one.
      repository: variables.maybe("CI_MERGE_REQUEST_PROJECT_PATH") ?? variables.needed("CI_PROJECT_PATH"),
    },
    // A job that is run again gets an id of its own.
    job: { run: variables.needed("CI_PIPELINE_ID"), job: variables.needed("CI_JOB_ID"), attempt: 1 },
    event: eventOf(variables),
    actor: variables.maybe("GITLAB_USER_LOGIN") ?? "gitlab",
    url: variables.needed("CI_JOB_URL"),
  };
}
