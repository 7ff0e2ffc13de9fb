import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { runChild } from "../../src/base/process/index.ts";
import type { PipelineFile } from "../../src/domain/pipelines/index.ts";
import { gitlabJobs } from "./lint.ts";
import { gitVariables, runnerVariables, type JobRun, type Published } from "./published.ts";
import { readByGitlab } from "./schemas.ts";

/** The host as far as a runner needs it. */
export interface GitlabPlace {
  readonly api: string;
  readonly gitUrl: string;
  readonly repository: string;
  /** The job's own, which clones and nothing else. */
  readonly jobToken: string;
  /** Where the jobs think that they get trueup from. */
  readonly source: string;
  readonly trueup: Published;
  /** Variables of the project, by the environment that they are scoped to. */
  readonly scoped: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly startJob: () => { readonly run: string; readonly job: string };
}

/** Something that happened: its predefined variables, and what a webhook said. */
export interface GitlabEvent {
  readonly variables: Readonly<Record<string, string>>;
  readonly payload?: object;
}

async function runJob(text: string, name: string, { event, place }: { readonly event: GitlabEvent; readonly place: GitlabPlace }): Promise<JobRun> {
  const { ".trueup": base } = parse(text) as { readonly ".trueup": { readonly before_script: readonly string[]; readonly variables: Record<string, string> } };
  const [, job] = gitlabJobs(text).find(([one]) => one === name) ?? [];
  const folder = mkdtempSync(join(place.trueup.path, "..", "job-"));
  const { run, job: id } = place.startJob();
  const project = place.gitUrl.replace(/\.git$/, "");
  const env = {
    ...runnerVariables(folder),
    ...gitVariables({ [`url.${place.trueup.path}.insteadOf`]: place.source }),
    ...base.variables,
    GITLAB_CI: "true",
    CI_API_V4_URL: place.api,
    CI_PROJECT_PATH: place.repository,
    CI_PROJECT_URL: project,
    CI_REPOSITORY_URL: place.gitUrl.replace("://", `://gitlab-ci-token:${place.jobToken}@`),
    CI_PIPELINE_ID: run,
    CI_JOB_ID: id,
    CI_JOB_URL: `${project}/-/jobs/${id}`,
    CI_DISPOSABLE_ENVIRONMENT: "true",
    GITLAB_USER_LOGIN: "ann",
    TRUEUP_ID_TOKEN: "signed.by.gitlab",
    ...event.variables,
    ...(event.payload === undefined ? {} : { TRIGGER_PAYLOAD: join(folder, "payload.json") }),
    ...place.scoped[job?.environment?.name ?? ""],
  };
  if (event.payload !== undefined) writeFileSync(join(folder, "payload.json"), JSON.stringify(event.payload));
  try {
    // Both parts in one shell, which the runner tells to end at the first failure.
    const script = ["set -eo pipefail", ...base.before_script, ...(job?.script ?? ["exit 9"])].join("\n");
    const told = await runChild(["bash", "-c", script], { cwd: folder, env, deadlineMs: 200_000, outputCap: 4 * 1024 * 1024 });
    return { name, exit: told.exitCode, out: told.stdout, err: told.stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every job that an event starts by the rules of the files, one after the other. */
export async function runPipeline(files: readonly PipelineFile[], event: GitlabEvent, place: GitlabPlace): Promise<readonly JobRun[]> {
  const { jobs, faults } = await readByGitlab(files, { ...event.variables, ...(event.payload === undefined ? {} : { TRIGGER_PAYLOAD: "/payload" }) });
  if (jobs === undefined) throw new Error(faults);
  const text = files.find(({ path }) => path === ".gitlab/trueup.yml")?.text ?? "";
  const runs: JobRun[] = [];
  for (const { name } of jobs.filter(({ when }) => when !== "never")) runs.push(await runJob(text, name, { event, place }));
  return runs;
}
