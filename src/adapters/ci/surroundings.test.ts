import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ciSurroundings } from "./surroundings.ts";

const folder = mkdtempSync(join(tmpdir(), "ci-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const head = "4f2c1d9a".repeat(5);
const merge = "00ff00ff".repeat(5);

const machine = (variables: Readonly<Record<string, string>>) => ({ variable: (name: string): string | undefined => variables[name] });

let files = 0;
function payload(value: unknown): string {
  const file = join(folder, `event-${(files += 1)}.json`);
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

const github = {
  GITHUB_ACTIONS: "true",
  GITHUB_RUN_ID: "912",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_JOB: "apply",
  GITHUB_REPOSITORY: "acme/estate",
  GITHUB_API_URL: "https://api.github.example",
  GITHUB_SERVER_URL: "https://github.example",
  GITHUB_EVENT_NAME: "push",
  GITHUB_SHA: merge,
  GITHUB_REF: "refs/heads/env/prod",
  GITHUB_ACTOR: "ann",
};

const gitlab = {
  GITLAB_CI: "true",
  CI_PIPELINE_ID: "77",
  CI_JOB_ID: "4711",
  CI_JOB_URL: "https://gitlab.example/acme/estate/-/jobs/4711",
  CI_PROJECT_PATH: "acme/platform/estate",
  CI_API_V4_URL: "https://gitlab.example/api/v4",
  CI_PIPELINE_SOURCE: "push",
  CI_COMMIT_BRANCH: "env/prod",
  CI_COMMIT_SHA: merge,
  GITLAB_USER_LOGIN: "ben",
};

const pull = (from: string | null) => ({ pull_request: { number: 12, head: { sha: head, repo: from === null ? null : { full_name: from } } } });
const comment = (action: string, onPull: boolean) => ({
  action,
  issue: { number: 12, ...(onPull ? { pull_request: { url: "x" } } : {}) },
  comment: { id: 90071992547, body: "/trueup apply" },
});
const note = (kind: string, action = "create") => ({ object_kind: kind, object_attributes: { id: 5, action }, merge_request: { iid: 8 } });

const onGithub = (more: Readonly<Record<string, string>>) => ciSurroundings(machine({ ...github, ...more }));
const onGitlab = (more: Readonly<Record<string, string>>) => ciSurroundings(machine({ ...gitlab, ...more }));

describe("the CI job that this process is", () => {
  it("is none where no host says so, and none in a host that only imitates GitHub", () => {
    expect(ciSurroundings(machine({ CI: "true" }))).toBeUndefined();
    expect(onGithub({ GITHUB_ACTIONS: "false" })).toBeUndefined();
    expect(onGithub({ GITEA_ACTIONS: "true" })).toBeUndefined();
  });

  it("is read from GitHub's variables", () => {
    expect(onGithub({})).toEqual({
      forge: { kind: "github", api: "https://api.github.example", repository: "acme/estate" },
      job: { run: "912", job: "apply", attempt: 2 },
      event: { kind: "push", branch: "env/prod", commit: merge },
      actor: "ann",
      url: "https://github.example/acme/estate/actions/runs/912/attempts/2",
    });
  });

  it("is read from GitLab's variables", () => {
    expect(onGitlab({})).toEqual({
      forge: { kind: "gitlab", api: "https://gitlab.example/api/v4", repository: "acme/platform/estate" },
      job: { run: "77", job: "4711", attempt: 1 },
      event: { kind: "push", branch: "env/prod", commit: merge },
      actor: "ben",
      url: "https://gitlab.example/acme/estate/-/jobs/4711",
    });
  });
});

describe("what started a job on GitHub", () => {
  it.each([
    ["the same repository", "Acme/Estate", false],
    ["another repository", "mallory/estate", true],
    ["a repository that was deleted", null, true],
  ])("is a pull request from %s, at its own head", (_, from, fork) => {
    const found = onGithub({ GITHUB_EVENT_NAME: "pull_request", GITHUB_REF: "refs/pull/12/merge", GITHUB_EVENT_PATH: payload(pull(from)) });
    expect(found?.event).toEqual({ kind: "pull-request", number: 12, head, fork });
  });

  it.each([
    ["a new comment on a pull request", comment("created", true), { kind: "comment", pullRequest: 12, comment: "90071992547" }],
    ["an edited comment", comment("edited", true), { kind: "manual" }],
    ["a comment on an issue", comment("created", false), { kind: "manual" }],
  ])("%s", (_, event, expected) => {
    expect(onGithub({ GITHUB_EVENT_NAME: "issue_comment", GITHUB_EVENT_PATH: payload(event) })?.event).toEqual(expected);
  });

  it.each([
    ["schedule", "refs/heads/main", { kind: "schedule" }],
    ["workflow_dispatch", "refs/heads/main", { kind: "manual" }],
    ["push", "refs/tags/v1", { kind: "manual" }],
  ])("%s of %s", (name, ref, expected) => {
    expect(onGithub({ GITHUB_EVENT_NAME: name, GITHUB_REF: ref })?.event).toEqual(expected);
  });

  it("is refused when pull-request code would run with the base's secrets", () => {
    const event = payload(pull("acme/estate"));
    expect(() => onGithub({ GITHUB_EVENT_NAME: "pull_request_target", GITHUB_EVENT_PATH: event })).toThrow(/pull_request_target/);
  });
});

describe("what started a job on GitLab", () => {
  const request = {
    CI_PIPELINE_SOURCE: "merge_request_event",
    CI_MERGE_REQUEST_IID: "8",
    CI_MERGE_REQUEST_PROJECT_PATH: "acme/platform/estate",
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "acme/platform/estate",
  };

  it("is a merge request, at its own head also where a trial merge is run", () => {
    expect(onGitlab(request)?.event).toEqual({ kind: "pull-request", number: 8, head: merge, fork: false });
    expect(onGitlab({ ...request, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: head })?.event).toEqual({ kind: "pull-request", number: 8, head, fork: false });
  });

  it("is a fork's merge request, which belongs to the project that it asks", () => {
    const found = onGitlab({ ...request, CI_PROJECT_PATH: "mallory/estate", CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "mallory/estate" });
    expect(found).toMatchObject({ event: { fork: true }, forge: { repository: "acme/platform/estate" } });
  });

  it.each([
    ["a webhook for a new comment on a merge request", note("note"), { kind: "comment", pullRequest: 8, comment: "5" }],
    ["a webhook for an edited comment", note("note", "update"), { kind: "manual" }],
    ["a webhook for something else", note("push"), { kind: "manual" }],
    ["a webhook for a comment on a commit", { ...note("note"), merge_request: null }, { kind: "manual" }],
  ])("is %s", (_, event, expected) => {
    expect(onGitlab({ CI_PIPELINE_SOURCE: "trigger", TRIGGER_PAYLOAD: payload(event) })?.event).toEqual(expected);
  });

  it("is a schedule, a person, or a tag", () => {
    expect(onGitlab({ CI_PIPELINE_SOURCE: "schedule" })?.event).toEqual({ kind: "schedule" });
    expect(onGitlab({ CI_PIPELINE_SOURCE: "web" })?.event).toEqual({ kind: "manual" });
    expect(onGitlab({ CI_COMMIT_BRANCH: "" })?.event).toEqual({ kind: "manual" });
  });
});

describe("a job whose host leaves something out", () => {
  it.each([
    ["no repository", { GITHUB_REPOSITORY: "" }, /GITHUB_REPOSITORY is not set/],
    ["an attempt that is no number", { GITHUB_RUN_ATTEMPT: "2; rm" }, /GITHUB_RUN_ATTEMPT is not a whole number/],
    ["an event file that is not there", { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: join(folder, "nowhere") }, /cannot be read as JSON/],
    ["an event file that is no JSON", { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: payload("{") }, /cannot be read as JSON/],
    [
      "a head that is no commit",
      { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: payload({ pull_request: { number: 12, head: { sha: "--upload-pack=x" } } }) },
      /pull_request\.head\.sha/,
    ],
  ])("is refused by name: %s", (_, more, says) => {
    expect(() => onGithub(more)).toThrow(says);
  });
});
