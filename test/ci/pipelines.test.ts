import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { githubPipelines, gitlabPipelines, type PipelineNeeds } from "../../src/domain/pipelines/index.ts";
import { allCommands } from "../../src/doors/cli/commands.ts";
import { runCommandLine, type Standing } from "../../src/doors/cli/command-line.ts";
import { actionFaults, githubFaults, gitlabFaults, gitlabJobs, type GithubWorkflow } from "./lint.ts";

const commit = "93cb6efe".repeat(5);
const needs: PipelineNeeds = {
  environments: [
    { name: "dev", branch: "env/dev", repairs: false },
    { name: "prod", branch: "env/prod", repairs: true, passphrase: "TRUEUP_PROD_PASSPHRASE", receivers: ["SLACK_HOOK"] },
  ],
  source: { url: "https://github.example/acme/trueup", commit },
};
const [github = "", gitlab = ""] = [githubPipelines(needs), gitlabPipelines(needs)].map(({ files }) => files[0]?.text ?? "");
const action = readFileSync(fileURLToPath(new URL("../../action/action.yml", import.meta.url)), "utf8");

const folder = mkdtempSync(join(tmpdir(), "pipelines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Prints its arguments as JSON: in the place of node or trueup it shows what a script would have run. */
const echo = join(folder, "node");
writeFileSync(echo, `#!${process.execPath}\nconsole.log(JSON.stringify(process.argv.slice(2)));\n`);
chmodSync(echo, 0o755);

/** What the real command line makes of words: which command is run with which arguments and flags, and the exit code. */
async function understood(argv: readonly string[]): Promise<{ readonly exit: number; readonly ran: readonly unknown[] }> {
  const ran: unknown[] = [];
  for (const spec of await allCommands()) {
    if (spec.run === undefined) continue;
    vi.spyOn(spec as Required<typeof spec>, "run").mockImplementation(async (_context, args, flags) => {
      ran.push([spec.name, args, flags]);
      return { exitCode: 0, kind: "Nothing", data: undefined, text: "" };
    });
  }
  const never = new AbortController().signal;
  const standing = {
    interrupts: { signal: never, hardSignal: never },
    strays: { first: () => undefined, problemOf: (thrown: unknown) => thrown, over: () => undefined },
    say: () => undefined,
  } as unknown as Standing;
  return { exit: await runCommandLine(argv, standing), ran };
}

const samples: readonly (readonly [RegExp, string])[] = [
  [/\$\{\{ github\.event\.(pull_request|issue)\.number \}\}/, "12"],
  [/\$\{\{ github\.event\.comment\.id \}\}/, "90071992547"],
  [/\$\{\{ github\.ref_name \}\}/, "env/dev"],
];
const filled = (value: string): string => samples.reduce((so, [from, to]) => so.replace(from, to), value);

/** Runs the action's own last script as the runner would, up to the point where it starts trueup. */
async function actionRuns(inputs: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const last = (parse(action) as { runs: { steps: { run: string; env: Record<string, string> }[] } }).runs.steps.at(-1);
  const env = Object.fromEntries(
    Object.entries(last?.env ?? {}).map(([name, value]) => [name, value.replace(/^\$\{\{ inputs\.(\w+) \}\}$/, (_, input: string) => inputs[input] ?? "")]),
  );
  const script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", last?.run ?? "exit 9"] as const;
  const told = await runChild([...script], {
    cwd: folder,
    env: { ...env, PATH: `${folder}:${thisMachine().path}`, GITHUB_ACTION_PATH: "/a" },
    deadlineMs: 10_000,
  });
  return (JSON.parse(told.stdout) as string[]).slice(1);
}

const workflow = parse(github) as GithubWorkflow;
const inputsOf = (job: string): Record<string, string> => {
  const given = workflow.jobs[job]?.steps.find(({ uses }) => uses?.includes("/action@") === true)?.with ?? {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, filled(String(value))]));
};

describe("the workflow for GitHub", () => {
  it("holds to its rules", () => {
    expect(githubFaults(github)).toEqual([]);
    expect(actionFaults(action)).toEqual([]);
  });

  it.each([
    ["uses: actions/checkout@93cb6efe18208431cddfb8368fd83d5badbf9bfd", "uses: actions/checkout@v5", /not pinned to a commit/],
    [" # v5.0.1", "", /says no version/],
    ["  pull_request:", "  pull_request_target:", /^pull_request_target$/],
    ['own="$(gh', 'own="${{ github.event.comment.body }}$(gh', /becomes part of a script/],
    ["permissions: {}", "permissions: write-all", /jobs that say nothing/],
    ["    timeout-minutes: 240\n", "", /apply: has no timeout/],
    ["cancel-in-progress: false", "cancel-in-progress: true", /apply: may be cancelled/],
    ["    environment: trueup-preview", "    environment: trueup-apply", /preview: runs code of a pull request with more/],
    ["      contents: read", "      contents: write", /preview: runs code of a pull request and may push/],
    ["persist-credentials: false", "persist-credentials: true", /keep a token/],
    [" && github.event.pull_request.head.repo.full_name == github.repository", "", /gives a fork credentials/],
    ["    environment: trueup-apply", "    environment: trueup-preview", /takes the apply role outside/],
  ])("would not hold to them with %j changed", (from, to, fault) => {
    expect(github).toContain(from);
    expect(githubFaults(github.replace(from, to))).toContainEqual(expect.stringMatching(fault));
  });

  it("gives each job what it needs and no more", () => {
    const permissions = Object.fromEntries(
      Object.entries(workflow.jobs).map(([name, job]) => [name, Object.entries(job.permissions ?? {}).map((one) => one.join(":"))]),
    );
    const tells = ["pull-requests:write", "checks:write"];
    const looks = ["contents:read", ...tells, "id-token:write"];
    const applies = ["contents:write", ...tells, "deployments:write", "actions:read", "issues:write"];
    expect(permissions).toEqual({
      preview: looks,
      apply: [...applies, "id-token:write"],
      drift: [...applies, "id-token:write"],
      "comment-preview": looks,
      comment: [...applies, "id-token:write"],
    });
  });

  it("gives the address of a receiver to jobs that record something, and to none that runs a pull request's code", () => {
    const knows = Object.entries(workflow.jobs).filter(([, job]) => JSON.stringify(job).includes("SLACK_HOOK"));
    expect(knows.map(([name]) => name)).toEqual(["apply", "drift", "comment"]);
    expect(githubPipelines(needs).todo).toContainEqual(expect.stringMatching(/SLACK_HOOK for notices in trueup-apply\./));
    expect(gitlabPipelines(needs).todo).toContainEqual(expect.stringMatching(/protected variable SLACK_HOOK/));
  });

  it("takes the apply identity for drift only where drift is put back", () => {
    const looking = githubPipelines({ ...needs, environments: [{ name: "dev", branch: "main", repairs: false }] }).files[0]?.text ?? "";
    expect([workflow.jobs["drift"]?.environment, (parse(looking) as GithubWorkflow).jobs["drift"]?.environment]).toEqual(["trueup-apply", "trueup-preview"]);
  });

  it("lets no comment that could ask for a preview reach the job that may apply", () => {
    const conditions = parse(github) as { readonly jobs: Readonly<Record<string, { readonly if: string }>> };
    const common = /^github\.event_name == 'issue_comment' && .* && contains\(github\.event\.comment\.body, '\/trueup'\) && /;
    const [preview, other] = ["comment-preview", "comment"].map((name) => (conditions.jobs[name]?.if ?? "").replace(common, ""));
    expect([preview, other]).toEqual(["contains(github.event.comment.body, 'preview')", "!contains(github.event.comment.body, 'preview')"]);
  });

  it("keeps passphrases from code of a fork", () => {
    expect(github).toContain(
      "TRUEUP_PROD_PASSPHRASE: ${{ github.event.pull_request.head.repo.full_name == github.repository && secrets.TRUEUP_PROD_PASSPHRASE || '' }}",
    );
    expect(github).toContain("TRUEUP_PROD_PASSPHRASE: ${{ steps.from.outputs.own == 'true' && secrets.TRUEUP_PROD_PASSPHRASE || '' }}");
  });

  const lines: readonly (readonly [string, readonly string[]])[] = [
    ["preview", ["preview", "--pr", "12"]],
    ["apply", ["apply", "--wait=60", "--branch", "env/dev"]],
    ["drift", ["drift", "--scheduled"]],
    ["comment-preview", ["comment", "--pr", "12", "--comment", "90071992547"]],
    ["comment", ["comment", "--pr", "12", "--comment", "90071992547"]],
  ];
  it("has no other jobs than those whose commands are tested", () => {
    expect(Object.keys(workflow.jobs)).toEqual(lines.map(([job]) => job));
  });

  it.each(lines)("runs in %s: trueup %j", async (job, argv) => {
    expect(await actionRuns(inputsOf(job))).toEqual(argv);
  });

  it.each(lines)("runs in %s what the command line understands: %j", async (_, argv) => {
    const { exit, ran } = await understood(argv);
    expect([exit, ran.length]).toEqual([0, 1]);
  });

  it("would notice a flag that is not there any more", async () => {
    expect(await understood(["apply", "--brunch", "env/dev"])).toEqual({ exit: 2, ran: [] });
  });

  it("makes no words of a value", async () => {
    const evil = 'env/dev --all; touch pwned $(touch pwned) `touch pwned` "';
    expect(await actionRuns({ command: "apply", branch: evil, environment: "*" })).toEqual(["apply", "--env", "*", "--branch", evil]);
  });
});

describe("the jobs for GitLab", () => {
  it("hold to their rules", () => {
    expect(gitlabFaults(gitlab)).toEqual([]);
  });

  it.each([
    [` ${commit}\n`, " main\n", /not fetched at one commit/],
    ["  timeout: 4h\n", "  resource_group: prod\n", /waits in two places/],
    ["  timeout: 4h\n", "", /trueup-apply: has no timeout/],
    ["  interruptible: false", "  interruptible: true", /trueup-apply: may be cancelled/],
    ["    name: trueup/preview", "    name: trueup/apply", /trueup-preview: runs code of a merge request/],
    ["    action: access", "    action: start", /makes deployments/],
    ['    - if: $CI_PIPELINE_SOURCE == "push" && ', "    - if: ", /trueup-apply: runs at any event/],
  ])("would not hold to them with %j changed", (from, to, fault) => {
    expect(gitlab).toContain(from);
    expect(gitlabFaults(gitlab.replace(from, to))).toContainEqual(expect.stringMatching(fault));
  });

  const note = (text: string, from: number | undefined = 7): string =>
    JSON.stringify({
      object_kind: "note",
      object_attributes: { id: 55, note: text },
      merge_request: { iid: 8, source_project_id: from, target_project_id: 7 },
    });

  /** The commands of one job's script, with trueup and the sign-in replaced by what shows them. */
  async function jobTells(name: string, payload: string): Promise<string> {
    const job = gitlabJobs(gitlab).find(([one]) => one === name)?.[1];
    const file = join(folder, "payload.json");
    writeFileSync(file, payload);
    const script = ["set -eu", `trueup() { ${echo} "$@"; }`, "sign_in() { :; }", ...(job?.script ?? ["exit 9"])].join("\n");
    const env = { PATH: thisMachine().path, CI_MERGE_REQUEST_IID: "8", CI_COMMIT_BRANCH: "env/dev", TRIGGER_PAYLOAD: file };
    const told = await runChild(["sh", "-c", script], {
      cwd: folder,
      env: { ...env, PATH: `${join(process.execPath, "..")}:${env.PATH}` },
      deadlineMs: 10_000,
    });
    expect(told.exitCode).toBe(0);
    return told.stdout;
  }

  async function jobRuns(name: string, payload: string): Promise<readonly (readonly string[])[]> {
    return (await jobTells(name, payload))
      .split("\n")
      .filter((line) => line.startsWith("["))
      .map((line) => JSON.parse(line) as string[]);
  }

  const comment = ["comment", "--pr", "8", "--comment", "55"];
  const lines: readonly (readonly [string, string, readonly (readonly string[])[]])[] = [
    ["trueup-preview", "{}", [["preview", "--pr", "8"]]],
    ["trueup-apply", "{}", [["apply", "--wait=60", "--branch", "env/dev"]]],
    ["trueup-drift", "{}", [["drift", "--scheduled"]]],
    ["trueup-comment-preview", note("please\n/trueup preview"), [comment]],
    ["trueup-comment-preview", note("/trueup \t preview"), [comment]],
    ["trueup-comment-preview", note("/trueup apply"), []],
    ["trueup-comment", note("/trueup apply\n/trueup \t preview"), []],
    ["trueup-comment-preview", note("/trueup preview", 9), []],
    ["trueup-comment", note("/trueup apply"), [comment]],
    ["trueup-comment", note("/trueup preview"), []],
    ["trueup-comment", note("just words; $(touch pwned)"), []],
    ["trueup-comment", note("/trueup apply").replace("55", '"55; touch pwned"'), []],
  ];
  it.each(lines)("%s runs, after %s, %j", async (job, payload, ran) => {
    expect(await jobRuns(job, payload)).toEqual(ran);
  });

  it("say why a merge request of another project is not previewed, and what can be done", async () => {
    expect(await jobTells("trueup-comment-preview", note("/trueup preview", 9))).toMatch(
      /^Not previewed: merge request !8 comes from another project, .* trueup preview --pr 8 /,
    );
    expect(await jobTells("trueup-comment-preview", note("/trueup apply", 9))).toBe("Not a command for this job.\n");
  });

  it.each([...new Set(lines.flatMap(([, , ran]) => ran))].map((argv) => [argv]))("run what the command line understands: %j", async (argv) => {
    const { exit, ran } = await understood(argv);
    expect([exit, ran.length]).toEqual([0, 1]);
  });
});

describe("what pipelines cannot be written for", () => {
  it.each([
    ["a branch that is a pattern", { environments: [{ name: "dev", branch: 'x" || true || "', repairs: false }] }, /means something else/],
    ["a source that is no address", { source: { url: "https://github.example/x;id", commit } }, /cannot (take|fetch)/],
  ])("%s is refused on both hosts", (_, more, says) => {
    for (const make of [githubPipelines, gitlabPipelines]) expect(() => make({ ...needs, ...more })).toThrow(says);
  });
});
