import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { gitlabPipelines } from "../../src/domain/pipelines/index.ts";
import { gitlabJobs } from "./lint.ts";

const folder = mkdtempSync(join(tmpdir(), "gitlab-job-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shows = `import { execFileSync } from "node:child_process"; import { readFileSync, statSync } from "node:fs";
const file = process.env.AWS_WEB_IDENTITY_TOKEN_FILE;
console.log("ran " + JSON.stringify({
  words: process.argv.slice(4),
  origin: execFileSync("git", ["-C", process.argv[3], "remote", "get-url", "origin"], { encoding: "utf8" }).trim(),
  branch: execFileSync("git", ["-C", process.argv[3], "branch", "--show-current"], { encoding: "utf8" }).trim(),
  git: process.env.TRUEUP_GIT_TOKEN, identity: process.env.TRUEUP_IDENTITY, role: process.env.AWS_ROLE_ARN,
  token: file === undefined ? undefined : readFileSync(file, "utf8"), mode: file === undefined ? undefined : (statSync(file).mode & 0o777).toString(8),
}));
`;

const gitVariables = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b.example",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b.example",
};

/** A repository with one commit; its id. */
function repository(path: string, branch: string, files: Readonly<Record<string, string>>): string {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", path, ...args], { encoding: "utf8", env: { PATH: thisMachine().path, ...gitVariables } }).trim();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  git("init", "--quiet", `--initial-branch=${branch}`);
  git("add", "--all");
  git("commit", "--quiet", "-m", "one");
  return git("rev-parse", "HEAD");
}

let text = "";
beforeAll(() => {
  const trueup = join(folder, "trueup");
  const commit = repository(trueup, "main", { "scripts/run.mjs": 'console.log("setup", process.argv[2]);\n', "bin/trueup.mjs": shows });
  repository(join(folder, "estate"), "env/dev", { "trueup.config.ts": "" });
  const source = { url: "https://gitlab.example/acme/trueup", commit };
  const environments = [{ name: "dev", branch: "env/dev", repairs: false }];
  text = (gitlabPipelines({ environments, source }).files[0]?.text ?? "").replace(source.url, trueup);
});

async function run(
  name: string,
  more: Readonly<Record<string, string>>,
): Promise<{ readonly exit: number | undefined; readonly ran: unknown; readonly err: string }> {
  const { ".trueup": base } = parse(text) as { readonly ".trueup": { readonly before_script: readonly string[] } };
  const job = gitlabJobs(text).find(([one]) => one === name)?.[1];
  const env = {
    PATH: `${dirname(process.execPath)}:${thisMachine().path}`,
    TMPDIR: folder,
    ...gitVariables,
    CI_REPOSITORY_URL: join(folder, "estate"),
    CI_PROJECT_URL: "https://gitlab.example/acme/estate",
    CI_JOB_ID: "4711",
    TRUEUP_ID_TOKEN: "signed.by.gitlab",
    ...more,
  };
  const script = [...base.before_script, ...(job?.script ?? ["exit 9"])].join("\n");
  const told = await runChild(["sh", "-c", script], { cwd: folder, env, deadlineMs: 30_000 });
  const line = told.stdout.split("\n").find((one) => one.startsWith("ran "));
  return { exit: told.exitCode, ran: line === undefined ? undefined : JSON.parse(line.slice(4)), err: told.stderr };
}

const forge = { TRUEUP_FORGE_TOKEN: "glpat-x" };

describe("a whole job for GitLab", () => {
  it("runs trueup of the pinned commit on a clone without a token, with the role's statement in a file of its own", async () => {
    const { exit, ran } = await run("trueup-apply", {
      ...forge,
      CI_COMMIT_BRANCH: "env/dev",
      TRUEUP_APPLY_ROLE: "arn:aws:iam::1:role/apply",
      TRUEUP_PREVIEW_ROLE: "no",
    });
    expect(exit).toBe(0);
    expect(ran).toEqual({
      words: ["apply", "--wait=60", "--branch", "env/dev"],
      origin: "https://gitlab.example/acme/estate.git",
      branch: "env/dev",
      git: "glpat-x",
      identity: "apply",
      role: "arn:aws:iam::1:role/apply",
      token: "signed.by.gitlab",
      mode: "600",
    });
  });

  it("previews on the target branch's clone, and never with the apply role", async () => {
    const given = { ...forge, CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "env/dev", CI_MERGE_REQUEST_IID: "8", TRUEUP_APPLY_ROLE: "arn:aws:iam::1:role/apply" };
    const { exit, ran } = await run("trueup-preview", given);
    expect([exit, ran]).toEqual([0, expect.objectContaining({ words: ["preview", "--pr", "8"], branch: "env/dev", identity: "preview" })]);
    expect(ran).not.toHaveProperty("role");
  });

  it("ends at once, and names it, without the token for the forge", async () => {
    const { exit, ran, err } = await run("trueup-apply", { CI_COMMIT_BRANCH: "env/dev" });
    expect([exit === 0, ran, err]).toEqual([false, undefined, expect.stringMatching(/TRUEUP_FORGE_TOKEN: set it for this environment/)]);
  });
});
