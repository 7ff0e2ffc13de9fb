import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface GithubJob {
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly steps: readonly Step[];
}

export interface GithubWorkflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, GithubJob>>;
}

export interface GitlabJob {
  readonly rules?: readonly { readonly if: string }[];
  readonly timeout?: string;
  readonly interruptible?: boolean;
  readonly environment?: { readonly name: string; readonly action: string };
  readonly script: readonly string[];
}

function stepFaults(at: string, steps: readonly Step[]): string[] {
  return steps.flatMap(({ uses, run, with: given }) => [
    ...(uses !== undefined && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses) ? [`${at}: ${uses} is not pinned to a commit`] : []),
    ...(run?.includes("${{") === true ? [`${at}: an expression becomes part of a script`] : []),
    ...(uses?.startsWith("actions/checkout@") === true && given?.["persist-credentials"] !== false ? [`${at}: the clone would keep a token`] : []),
  ]);
}

function commentFaults(text: string): string[] {
  const used = text.split("\n").filter((line) => /^\s*(- )?uses: /.test(line) && !line.includes("/action@"));
  return used.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)).map((line) => `${line.trim()}: says no version`);
}

const runsForeignCode = (name: string): boolean => /preview/.test(name);

function githubJobFaults(name: string, job: GithubJob): string[] {
  const text = JSON.stringify(job);
  const signsIn = job.steps.some(({ uses }) => uses?.startsWith("aws-actions/configure-aws-credentials@") === true);
  const needed: readonly (readonly [boolean, string])[] = [
    [job.permissions !== undefined, "says nothing of its permissions"],
    [job["timeout-minutes"] !== undefined, "has no timeout"],
    [job.permissions?.["id-token"] === undefined || signsIn, "may ask for an identity that it does not use"],
    [job.environment === "trueup-preview" || job.environment === "trueup-apply", "is in no environment of ours"],
    [!runsForeignCode(name) || job.environment === "trueup-preview", "runs code of a pull request with more than the preview identity"],
    [!runsForeignCode(name) || job.permissions?.["contents"] === "read", "runs code of a pull request and may push"],
    [
      !runsForeignCode(name) || job.steps.every(({ uses, if: when }) => uses?.includes("aws-actions") !== true || /own|full_name/.test(when ?? "")),
      "gives a fork credentials",
    ],
    [runsForeignCode(name) || job.concurrency?.["cancel-in-progress"] !== true, "may be cancelled while it applies"],
    [!text.includes("vars.TRUEUP_APPLY_ROLE") || job.environment === "trueup-apply", "takes the apply role outside of its environment"],
  ];
  return [...needed.filter(([holds]) => !holds).map(([, what]) => `${name}: ${what}`), ...stepFaults(name, job.steps)];
}

/** What is wrong with a workflow that trueup wrote, by rules of our own. */
export function githubFaults(text: string): string[] {
  const { on, permissions, jobs } = parse(text) as GithubWorkflow;
  return [
    ...("pull_request_target" in on ? ["pull_request_target"] : []),
    ...(JSON.stringify(permissions) === "{}" ? [] : ["jobs that say nothing have permissions"]),
    ...commentFaults(text),
    ...Object.entries(jobs).flatMap(([name, job]) => githubJobFaults(name, job)),
  ];
}

export function actionFaults(text: string): string[] {
  const { runs } = parse(text) as { readonly runs: { readonly steps: readonly Step[] } };
  return [...commentFaults(text), ...stepFaults("action", runs.steps)];
}

/** The jobs of a file for GitLab, without its hidden ones. */
export function gitlabJobs(text: string): readonly (readonly [string, GitlabJob])[] {
  const file = parse(text) as Readonly<Record<string, GitlabJob>>;
  return Object.entries(file).filter(([name]) => !name.startsWith("."));
}

export function gitlabFaults(text: string): string[] {
  const fetched = /fetch .* https:\/\/\S+ (\S+)/.exec(text)?.[1] ?? "";
  return [
    ...(/^[0-9a-f]{40}$/.test(fetched) ? [] : ["trueup is not fetched at one commit"]),
    ...(text.includes("resource_group") ? ["waits in two places"] : []),
    ...gitlabJobs(text).flatMap(([name, job]) => {
      const needed: readonly (readonly [boolean, string])[] = [
        [(job.rules ?? []).every((rule) => rule.if.includes("$CI_PIPELINE_SOURCE ==")) && job.rules !== undefined, "runs at any event"],
        [job.timeout !== undefined, "has no timeout"],
        [job.environment?.action === "access", "makes deployments of its own"],
        [runsForeignCode(name) || job.interruptible === false, "may be cancelled while it applies"],
        [
          !runsForeignCode(name) || (job.environment?.name === "trueup/preview" && !JSON.stringify(job).includes("APPLY_ROLE")),
          "runs code of a merge request with more than the preview identity",
        ],
      ];
      return needed.filter(([holds]) => !holds).map(([, what]) => `${name}: ${what}`);
    }),
  ];
}
