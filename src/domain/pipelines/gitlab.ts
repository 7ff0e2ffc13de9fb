import { Problem } from "../../base/problem/index.ts";
import { branchesOf, receiverSecretsOf, passphrasesOf, waits, type PipelineNeeds, type Pipelines, type TrueupSource } from "./needs.ts";

type Identity = "preview" | "apply";

interface Job {
  readonly name: string;
  readonly why: readonly string[];
  readonly rule: string;
  readonly identity: Identity;
  readonly timeout: string;
  readonly interruptible: boolean;
  readonly script: readonly string[];
}

const image = "node:24-bookworm";

const foreign =
  "Not previewed: merge request !$1 comes from another project, and its code is not run with what this job holds. Read it and bring it into a branch of this project, or run trueup preview --pr $1 where a token for GitLab is set (docs/ci.md of trueup).";

/**
 * What a webhook for comments said, as two numbers and whose code it is about when it is a command of this job's kind, else nothing. In Node, because a value taken apart by the
 * shell could become words of a command.
 */
function commandOf(wanted: "previews" | "others"): string {
  // Wider than the command itself: however it is spaced, no comment that could ask for a preview reaches the job that may apply.
  const [test, result] =
    wanted === "previews" ? ["/preview/i.test(text)", 'isOwn(said.merge_request) ? "own" : "foreign"'] : ["!/preview/i.test(text)", '"own"'];
  return [
    `    - |`,
    `      found="$(node -e '`,
    `        const said = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));`,
    `        const [pr, id, text] = [said.merge_request?.iid, said.object_attributes?.id, String(said.object_attributes?.note)];`,
    ...(wanted === "previews" ? ["        const isOwn = (one) => one.source_project_id > 0 && one.source_project_id === one.target_project_id;"] : []),
    `        const isOne = said.object_kind === "note" && Number.isSafeInteger(pr) && Number.isSafeInteger(id) && text.includes("/trueup") && ${test};`,
    `        if (isOne) console.log(pr, id, ${result});`,
    `      ' "$TRIGGER_PAYLOAD")"`,
    "      set -- $found",
    `      if [ "$#" -ne 3 ]; then echo "Not a command for this job."; exit 0; fi`,
    ...(wanted === "previews" ? [`      if [ "$3" = foreign ]; then echo "${foreign}"; exit 0; fi`] : []),
    `    - trueup comment --pr "$1" --comment "$2"`,
  ].join("\n");
}

function jobs(needs: PipelineNeeds): readonly Job[] {
  const onBranch = branchesOf(needs).map((branch) => `$CI_COMMIT_BRANCH == "${branch}"`);
  const intoBranch = branchesOf(needs).map((branch) => `$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "${branch}"`);
  const own = "$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_MERGE_REQUEST_PROJECT_PATH";
  return [
    {
      name: "preview",
      why: ["Runs code of the merge request: never with more than the preview role, and not at all when it comes from a fork."],
      rule: `$CI_PIPELINE_SOURCE == "merge_request_event" && ${own} && (${intoBranch.join(" || ")})`,
      identity: "preview",
      timeout: "1h",
      interruptible: true,
      script: ['    - trueup preview --pr "$CI_MERGE_REQUEST_IID"'],
    },
    {
      name: "apply",
      why: ["Never interrupted. Two of one branch need no resource group: the lease in the ledger lets the second wait and say for whom."],
      rule: `$CI_PIPELINE_SOURCE == "push" && (${onBranch.join(" || ")})`,
      identity: "apply",
      timeout: "4h",
      interruptible: false,
      script: [`    - trueup apply ${waits} --branch "$CI_COMMIT_BRANCH"`],
    },
    {
      name: "drift",
      why: [
        "Of a pipeline schedule, every half hour say; trueup itself knows which stacks are due.",
        "What it finds is pushed to the ledger, which only the token of trueup/apply may.",
      ],
      rule: '$CI_PIPELINE_SOURCE == "schedule" && $TRUEUP_DRIFT == "true"',
      identity: "apply",
      timeout: "4h",
      interruptible: false,
      script: ["    - trueup drift --scheduled"],
    },
    {
      name: "comment-preview",
      why: ["`/trueup preview` runs code of the merge request: a job of its own, which holds nothing that may apply."],
      rule: '$CI_PIPELINE_SOURCE == "trigger" && $TRIGGER_PAYLOAD',
      identity: "preview",
      timeout: "1h",
      interruptible: true,
      script: [commandOf("previews")],
    },
    {
      name: "comment",
      why: ["Every other command; who may give it is read when it is executed. None of them runs code of an open merge request."],
      rule: '$CI_PIPELINE_SOURCE == "trigger" && $TRIGGER_PAYLOAD',
      identity: "apply",
      timeout: "4h",
      interruptible: false,
      script: [commandOf("others")],
    },
  ];
}

function jobText(job: Job): readonly string[] {
  const role = `TRUEUP_${job.identity.toUpperCase()}_ROLE`;
  return [
    ...job.why.map((line) => `# ${line}`),
    `trueup-${job.name}:`,
    "  extends: .trueup",
    "  rules:",
    `    - if: ${job.rule}`,
    `  timeout: ${job.timeout}`,
    `  interruptible: ${job.interruptible}`,
    "  environment:",
    `    name: trueup/${job.identity}`,
    "    action: access",
    "  script:",
    `    - sign_in "\${${role}:-}"`,
    `    - export TRUEUP_IDENTITY=${job.identity}`,
    ...job.script,
    "",
  ];
}

/** The clone is made here, of the target or default branch and without a token in its files: nothing of a merge request is in its folder. */
function base({ url, commit }: TrueupSource): readonly string[] {
  return [
    ".trueup:",
    `  image: ${image}`,
    "  variables:",
    "    GIT_STRATEGY: none",
    "  cache: []",
    "  id_tokens:",
    "    TRUEUP_ID_TOKEN:",
    "      aud: sts.amazonaws.com",
    "  before_script:",
    "    - |",
    "      set -eu",
    '      work="$(mktemp -d)"',
    `      git init -q "$work/trueup" && git -C "$work/trueup" fetch -q --depth 1 ${url} ${commit}`,
    `      git -C "$work/trueup" checkout -q --detach ${commit}`,
    '      node "$work/trueup/scripts/run.mjs" setup',
    '      git clone -q --depth 1 --branch "${CI_MERGE_REQUEST_TARGET_BRANCH_NAME:-$CI_COMMIT_BRANCH}" "$CI_REPOSITORY_URL" "$work/estate"',
    '      git -C "$work/estate" remote set-url origin "$CI_PROJECT_URL.git"',
    '      export TRUEUP_GIT_TOKEN="${TRUEUP_FORGE_TOKEN:?set it for this environment, see docs/ci.md of trueup}"',
    '      trueup() { node "$work/trueup/bin/trueup.mjs" -C "$work/estate" "$@"; }',
    "      sign_in() {",
    '        if [ -z "$1" ]; then return 0; fi',
    '        (umask 077 && printf %s "$TRUEUP_ID_TOKEN" > "$work/id-token")',
    '        export AWS_ROLE_ARN="$1" AWS_WEB_IDENTITY_TOKEN_FILE="$work/id-token" AWS_ROLE_SESSION_NAME="trueup-$CI_JOB_ID"',
    "      }",
    "",
  ];
}

function template(needs: PipelineNeeds): string {
  const { url, commit } = needs.source;
  // Both become words of a shell command.
  if (!/^https:\/\/[\w.:/-]+$/.test(url) || !/^[0-9a-f]{40}$/.test(commit))
    throw new Problem("USAGE", {
      what: `a job cannot fetch trueup from ${url}`,
      on: "--trueup",
      todo: "Name an https URL and one commit: --trueup https://host/owner/name@<40 hex digits>",
    });
  return [
    "# Written by `trueup init --ci gitlab`; write it again after environments or their branches changed. What it means: docs/ci.md of trueup.",
    ...base(needs.source),
    ...jobs(needs).flatMap(jobText),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function todo(needs: PipelineNeeds): readonly string[] {
  const branches = branchesOf(needs).join(", ");
  const [passphrases, receivers] = [passphrasesOf(needs), receiverSecretsOf(needs)];
  return [
    "If there was a .gitlab-ci.yml already, it was left alone: add `include: [{ local: .gitlab/trueup.yml }]` to it, on the default branch and on every environment branch.",
    `Protect ${branches} and trueup/*, and let only the token below push the ledger branches trueup/*.`,
    "Settings → Access tokens: two project tokens with the scope api: one as Developer for previews, one as Maintainer with write_repository as well for applies. Set each as the masked variable TRUEUP_FORGE_TOKEN, scoped to the environment trueup/preview and trueup/apply; the second also protected.",
    "In AWS: two roles that trust this GitLab's OIDC provider with the audience sts.amazonaws.com (docs/ci.md has both policies). Set TRUEUP_PREVIEW_ROLE scoped to trueup/preview, TRUEUP_APPLY_ROLE scoped to trueup/apply and protected, AWS_REGION for both. Without cloud accounts leave them out.",
    ...(passphrases.length === 0 ? [] : [`Set the masked variable${passphrases.length === 1 ? "" : "s"} ${passphrases.join(", ")}.`]),
    ...(receivers.length === 0 ? [] : [`Set the masked and protected variable${receivers.length === 1 ? "" : "s"} ${receivers.join(", ")} for notices.`]),
    "Build → Pipeline schedules: one on the default branch, every half hour, with the variable TRUEUP_DRIFT=true.",
    "Comment commands: a pipeline trigger token, and a webhook for comments to …/projects/<id>/ref/<default branch>/trigger/pipeline?token=<token>. Without it everything else works.",
    `Pin the image ${image} to a digest of your registry: a tag can be moved.`,
  ];
}

/** A file of jobs to be included, and the file that includes it where there is none yet. */
export function gitlabPipelines(needs: PipelineNeeds): Pipelines {
  return {
    files: [
      { path: ".gitlab/trueup.yml", text: template(needs) },
      { path: ".gitlab-ci.yml", text: "include:\n  - local: .gitlab/trueup.yml\n", onlyWhenAbsent: true },
    ],
    todo: todo(needs),
  };
}
