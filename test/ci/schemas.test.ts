import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { githubPipelines, gitlabPipelines, type PipelineFile, type PipelineNeeds } from "../../src/domain/pipelines/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { actionSchemaFaults, githubSchemaFaults, readByGitlab } from "./schemas.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";

const needs: PipelineNeeds = {
  environments: [
    { name: "dev", branch: "env/dev", repairs: false },
    { name: "prod", branch: "env/prod", repairs: true, passphrase: "TRUEUP_PROD_PASSPHRASE", receivers: ["SLACK_HOOK"] },
  ],
  source: { url: "https://github.example/acme/trueup", commit: "93cb6efe".repeat(5) },
};
const plain: PipelineNeeds = { ...needs, environments: [{ name: "dev", branch: "env/dev", repairs: false }] };

describe("GitHub's own parser", () => {
  const workflow = (of: PipelineNeeds): string => githubPipelines(of).files[0]?.text ?? "";
  const action = readFileSync(new URL("../../action/action.yml", import.meta.url), "utf8");

  it("takes the workflow, with everything that an estate can make it hold and with nothing of it, and the action", async () => {
    for (const of of [needs, plain]) expect(await githubSchemaFaults(workflow(of))).toEqual([]);
    expect(actionSchemaFaults(action)).toEqual([]);
  });

  it.each([
    ["    timeout-minutes: 240", "    timeout-minutess: 240", /Unexpected value 'timeout-minutess'/],
    ["contents: read", "contents: reed", /Unexpected value 'reed'/],
    ["cancel-in-progress: false", "cancel-in-progress: maybe", /Expected a boolean|Unexpected value/],
    ["github.event.pull_request.number }}", "github.event.pull_request.number) }}", /Unexpected symbol/],
    ["vars.TRUEUP_PREVIEW_ROLE", "varz.TRUEUP_PREVIEW_ROLE", /Unrecognized named-value: 'varz'/],
    ["    if: github.event_name", "    if: secrets.SLACK_HOOK != '' && github.event_name", /Unrecognized named-value: 'secrets'/],
    ['cron: "13,43 ', 'cron: "13,99 ', /Invalid cron expression/],
    ["types: [created]", "typos: [created]", /Unexpected value 'typos'/],
    ["id: from", "id: 1 from", /The identifier '1 from' is invalid/],
  ])("would not take the workflow with %j changed to %j", async (from, to, fault) => {
    expect(workflow(needs)).toContain(from);
    expect(await githubSchemaFaults(workflow(needs).replace(from, to))).toContainEqual(expect.stringMatching(fault));
  });

  it.each([
    ["using: composite", "using: compost", /Unexpected value 'compost'/],
    ["      shell: bash\n", "", /Required property is missing: shell/],
    ["inputs.command }}", "inputz.command }}", /Unrecognized named-value: 'inputz'/],
  ])("would not take the action with %j changed to %j", (from, to, fault) => {
    expect(action).toContain(from);
    expect(actionSchemaFaults(action.replace(from, to))).toContainEqual(expect.stringMatching(fault));
  });
});

describe("a reader of GitLab's pipelines, with GitLab's own schema", () => {
  const changed = (files: readonly PipelineFile[], from: string, to: string): readonly PipelineFile[] => {
    expect(files.some(({ text }) => text.includes(from))).toBe(true);
    return files.map((file) => ({ ...file, text: file.text.replaceAll(from, to) }));
  };
  const started = async (variables: Readonly<Record<string, string>>): Promise<readonly string[] | string> => {
    const { jobs, faults } = await readByGitlab(gitlabPipelines(needs).files, variables);
    return faults ?? jobs.filter(({ when }) => when !== "never").map(({ name }) => name);
  };
  const request = (more: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
    CI_PIPELINE_SOURCE: "merge_request_event",
    CI_MERGE_REQUEST_PROJECT_PATH: "acme/estate",
    CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "acme/estate",
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "env/prod",
    ...more,
  });

  type Event = readonly [string, Readonly<Record<string, string>>, readonly string[]];
  const events: readonly Event[] = [
    ["a merge request into an environment branch", request({}), ["trueup-preview"]],
    ["a push to an environment branch", { CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "env/dev" }, ["trueup-apply"]],
  ];
  const rarer: readonly Event[] = [
    ["a merge request from a fork", request({ CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "mallory/estate" }), []],
    ["the schedule for drift", { CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "main", TRUEUP_DRIFT: "true" }, ["trueup-drift"]],
    ["a merge request into another branch", request({ CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main" }), []],
    ["a push to another branch", { CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "env/dev2" }, []],
    ["a pipeline that a person starts on an environment branch", { CI_PIPELINE_SOURCE: "web", CI_COMMIT_BRANCH: "env/dev" }, []],
    ["another schedule", { CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "env/dev" }, []],
    [
      "a webhook's trigger",
      { CI_PIPELINE_SOURCE: "trigger", CI_COMMIT_BRANCH: "main", TRIGGER_PAYLOAD: "/tmp/payload" },
      ["trueup-comment-preview", "trueup-comment"],
    ],
    ["another trigger", { CI_PIPELINE_SOURCE: "trigger", CI_COMMIT_BRANCH: "env/dev" }, []],
  ];
  it.each(isFull ? [...events, ...rarer] : events)("starts at %s the jobs that it should", async (_, variables, jobs) => {
    expect(await started(variables)).toEqual(jobs);
  });

  it("would not take words and values that GitLab does not know", async () => {
    const files = [
      ["timeout: 4h", "timeoutt: 4h"],
      ["interruptible: false", "interruptible: maybe"],
    ].reduce((all, [from = "", to = ""]) => changed(all, from, to), gitlabPipelines(needs).files);
    expect((await readByGitlab(files, {})).faults).toMatch(/'timeoutt' property is not expected[^]*'interruptible' property type must be boolean/);
  });

  it.skipIf(!isFull).each([
    ["aud: sts", "audd: sts", /must have required property 'aud'/],
    ["extends: .trueup", "extends: .trueop", /\.trueop is unspecified/],
    ['$CI_PIPELINE_SOURCE == "push"', '$CI_PIPELINE_SOURCE = "push"', /Error attempting to evaluate the following rules/],
  ])("would not take the jobs with %j changed to %j", async (from, to, fault) => {
    expect((await readByGitlab(changed(gitlabPipelines(needs).files, from, to), {})).faults).toMatch(fault);
  });
});
