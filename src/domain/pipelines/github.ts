import { Problem } from "../../base/problem/index.ts";
import { branchesOf, receiverSecretsOf, passphrasesOf, repairsDrift, waits, type PipelineNeeds, type Pipelines, type TrueupSource } from "./needs.ts";
import { pinned, pins } from "./pins.ts";

type Identity = "preview" | "apply";

interface Job {
  readonly name: string;
  /** Comment lines above it. */
  readonly why: readonly string[];
  readonly if: string;
  readonly identity: Identity;
  readonly permissions: Readonly<Record<string, "read" | "write">>;
  readonly concurrency: { readonly group: string; readonly cancels: boolean };
  readonly minutes: number;
  /** What is checked out; the ref of the event when left out. */
  readonly ref?: string;
  /** When the job may hold anything secret: code of a fork never does. Left out: always. */
  readonly trustedIf?: string;
  /** The event does not say whether the pull request is a fork's, so the job asks. */
  readonly asksFork?: true;
  /** Inputs of the action, in order. */
  readonly with: Readonly<Record<string, string>>;
}

const expression = (text: string): string => `\${{ ${text} }}`;

const notAFork = "github.event.pull_request.head.repo.full_name == github.repository";
const isCommand =
  "github.event_name == 'issue_comment' && github.event.issue.pull_request && github.event.comment.user.type != 'Bot' && contains(github.event.comment.body, '/trueup')";
/** Wider than the command itself: however it is spaced, no comment that could ask for a preview reaches the job that may apply. */
const asksPreview = "contains(github.event.comment.body, 'preview')";

const commentInputs = { command: "comment", pr: expression("github.event.issue.number"), comment: expression("github.event.comment.id") };

const tells = { "pull-requests": "write", checks: "write" } as const;
/** To push the ledger, tell how it ended, show deployments, ask whether another job still runs, and keep the drift issue. */
const applies = { contents: "write", ...tells, deployments: "write", actions: "read", issues: "write" } as const;

function changeJobs(): readonly Job[] {
  return [
    {
      name: "preview",
      why: [
        "Runs code of the pull request: never with more than the preview role, and with none when it comes from a fork.",
        "The clone is the base branch's; trueup fetches the pull request itself.",
      ],
      if: "github.event_name == 'pull_request'",
      identity: "preview",
      permissions: { contents: "read", ...tells },
      concurrency: { group: `trueup-preview-${expression("github.event.pull_request.number")}`, cancels: true },
      minutes: 60,
      ref: expression("github.event.pull_request.base.sha"),
      trustedIf: notAFork,
      with: { command: "preview", pr: expression("github.event.pull_request.number") },
    },
    {
      name: "apply",
      why: ["A running apply is never cancelled; of those that wait the newest is enough, because it brings the branch's head."],
      if: "github.event_name == 'push' && !github.event.deleted",
      identity: "apply",
      permissions: applies,
      concurrency: { group: `trueup-apply-${expression("github.ref")}`, cancels: false },
      minutes: 240,
      with: { command: `apply ${waits}`, branch: expression("github.ref_name") },
    },
  ];
}

function driftJob(needs: PipelineNeeds): Job {
  return {
    name: "drift",
    why: ["trueup itself knows which stacks are due."],
    if: "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'",
    identity: repairsDrift(needs) ? "apply" : "preview",
    permissions: repairsDrift(needs) ? applies : { ...applies, deployments: "read" },
    concurrency: { group: "trueup-drift", cancels: false },
    minutes: 240,
    with: { command: "drift --scheduled" },
  };
}

function commentJobs(): readonly Job[] {
  return [
    {
      name: "comment-preview",
      why: ["`/trueup preview` runs code of the pull request: a job of its own, which holds nothing that may apply."],
      if: `${isCommand} && ${asksPreview}`,
      identity: "preview",
      permissions: { contents: "read", ...tells },
      concurrency: { group: `trueup-preview-${expression("github.event.issue.number")}`, cancels: true },
      minutes: 60,
      trustedIf: "steps.from.outputs.own == 'true'",
      asksFork: true,
      with: commentInputs,
    },
    {
      name: "comment",
      why: ["Every other command; who may give it is read when it is executed. None of them runs code of an open pull request."],
      if: `${isCommand} && !${asksPreview}`,
      identity: "apply",
      permissions: applies,
      concurrency: { group: `trueup-comment-${expression("github.event.comment.id")}`, cancels: false },
      minutes: 240,
      with: commentInputs,
    },
  ];
}

function actionOf({ url, commit }: TrueupSource): string {
  const [, repository] = /^https:\/\/[^/@\s]+\/([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(url) ?? [];
  if (repository !== undefined) return `${repository}/action@${commit}`;
  throw new Problem("USAGE", {
    what: `GitHub Actions cannot take an action from ${url}`,
    on: "--trueup",
    todo: "Name a repository of the same GitHub at one commit: --trueup https://github.com/owner/name@<40 hex digits>",
  });
}

const variables = { preview: "TRUEUP_PREVIEW_ROLE", apply: "TRUEUP_APPLY_ROLE" } as const;

function signIn(job: Job): readonly string[] {
  const role = `vars.${variables[job.identity]}`;
  return [
    `      - name: Take on the ${job.identity} role`,
    `        if: ${role} != ''${job.trustedIf === undefined ? "" : ` && ${job.trustedIf}`}`,
    `        uses: ${pinned(pins.awsCredentials)}`,
    "        with:",
    `          role-to-assume: ${expression(role)}`,
    `          aws-region: ${expression("vars.AWS_REGION")}`,
    `          role-session-name: trueup-${job.name}-${expression("github.run_id")}`,
  ];
}

const askFork = [
  "      - name: Whether the pull request comes from this repository",
  "        id: from",
  "        env:",
  `          GH_TOKEN: ${expression("github.token")}`,
  `          PR: ${expression("github.event.issue.number")}`,
  "        run: |",
  `          own="$(gh api "repos/$GITHUB_REPOSITORY/pulls/$PR" --jq '.head.repo.full_name == .base.repo.full_name')"`,
  '          echo "own=$own" >> "$GITHUB_OUTPUT"',
];

/** Who runs code of a pull request gets no address of a receiver: by it anybody could say anything in trueup's name. */
function secretLines(job: Job, needs: PipelineNeeds): readonly string[] {
  const names = [...passphrasesOf(needs), ...(job.identity === "apply" || job.name === "drift" ? receiverSecretsOf(needs) : [])];
  const value = (name: string): string => (job.trustedIf === undefined ? `secrets.${name}` : `${job.trustedIf} && secrets.${name} || ''`);
  return names.length === 0 ? [] : ["        env:", ...names.map((name) => `          ${name}: ${expression(value(name))}`)];
}

function jobText(job: Job, needs: PipelineNeeds): readonly string[] {
  return [
    ...job.why.map((line) => `  # ${line}`),
    `  ${job.name}:`,
    `    if: ${job.if}`,
    "    runs-on: ubuntu-24.04",
    `    timeout-minutes: ${job.minutes}`,
    `    environment: trueup-${job.identity}`,
    "    permissions:",
    ...Object.entries({ ...job.permissions, "id-token": "write" }).map(([name, level]) => `      ${name}: ${level}`),
    "    concurrency:",
    `      group: ${job.concurrency.group}`,
    `      cancel-in-progress: ${job.concurrency.cancels}`,
    "    steps:",
    `      - uses: ${pinned(pins.checkout)}`,
    "        with:",
    ...(job.ref === undefined ? [] : [`          ref: ${job.ref}`]),
    "          persist-credentials: false",
    ...(job.asksFork === true ? askFork : []),
    ...signIn(job),
    `      - uses: ${actionOf(needs.source)}`,
    "        with:",
    ...Object.entries(job.with).map(([name, value]) => `          ${name}: ${value}`),
    `          identity: ${job.identity}`,
    ...secretLines(job, needs),
    "",
  ];
}

function workflow(needs: PipelineNeeds): string {
  const branches = `[${branchesOf(needs)
    .map((branch) => JSON.stringify(branch))
    .join(", ")}]`;
  return [
    "# Written by `trueup init --ci github`; write it again after environments or their branches changed. What it means: docs/ci.md of trueup.",
    "name: trueup",
    "",
    "on:",
    "  pull_request:",
    `    branches: ${branches}`,
    "  push:",
    `    branches: ${branches}`,
    "  schedule:",
    '    - cron: "13,43 * * * *"',
    "  workflow_dispatch:",
    "  issue_comment:",
    "    types: [created]",
    "",
    "# Nothing by default: every job says what it needs.",
    "permissions: {}",
    "",
    "jobs:",
    ...[...changeJobs(), driftJob(needs), ...commentJobs()].flatMap((job) => jobText(job, needs)),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function todo(needs: PipelineNeeds): readonly string[] {
  const branches = branchesOf(needs).join(", ");
  const [passphrases, receivers] = [passphrasesOf(needs), receiverSecretsOf(needs)];
  return [
    `Settings → Environments: make trueup-preview and trueup-apply. Let trueup-apply be used only from ${branches} and the default branch: without that a pull request could write itself a job that holds its role.`,
    "In AWS: two roles that trust GitHub's OIDC provider for those two environments (docs/ci.md has both policies). Set the variable TRUEUP_PREVIEW_ROLE in trueup-preview, TRUEUP_APPLY_ROLE in trueup-apply, AWS_REGION in both. Without cloud accounts leave them out.",
    ...(passphrases.length === 0 ? [] : [`Set the secret${passphrases.length === 1 ? "" : "s"} ${passphrases.join(", ")} in both environments.`]),
    ...(receivers.length === 0
      ? []
      : [
          `Set the secret${receivers.length === 1 ? "" : "s"} ${receivers.join(", ")} for notices in trueup-apply${repairsDrift(needs) ? "" : ", and in trueup-preview for drift"}.`,
        ]),
    `Protect ${branches}: pull requests and the status trueup/preview required, no force-push. Let only this workflow push the ledger branches trueup/*.`,
    "Approvals from teams need a token that may read them (an App's, as the action's input `token`): the job's own token may not.",
    "Commit the workflow to the default branch as well: GitHub runs schedules and comments from there.",
  ];
}

/** One workflow file with a job per event, each with least permissions and one of two identities. */
export function githubPipelines(needs: PipelineNeeds): Pipelines {
  return { files: [{ path: ".github/workflows/trueup.yml", text: workflow(needs) }], todo: todo(needs) };
}
