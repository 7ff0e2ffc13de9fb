import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import type { PipelineFile } from "../../src/domain/pipelines/index.ts";

const trace = new NoOperationTraceWriter();

/** What GitHub's own parser finds wrong with a workflow: its schema, its expressions and the contexts that each place may use. */
export async function githubSchemaFaults(text: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: ".github/workflows/trueup.yml", content: text }, trace);
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

/** The same for an action's own file. */
export function actionSchemaFaults(text: string): readonly string[] {
  const { context } = parseAction({ name: "action/action.yml", content: text }, trace);
  return context.errors.getErrors().map(({ message }) => message);
}

const reader = createRequire(import.meta.url).resolve("gitlab-ci-local");
const gitVariables = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };

/** A job as it is after includes and `extends`, and whether the event starts it. */
export interface ReadJob {
  readonly name: string;
  readonly when: string;
}

export type Read = { readonly jobs: readonly ReadJob[]; readonly faults?: undefined } | { readonly jobs?: undefined; readonly faults: string };

/**
 * What a reader of GitLab's pipelines makes of these files at an event: GitLab's published schema held over what is left after includes and `extends`,
 * and its rules decided with the variables of the event.
 */
export async function readByGitlab(files: readonly PipelineFile[], variables: Readonly<Record<string, string>>): Promise<Read> {
  const folder = mkdtempSync(join(tmpdir(), "trueup-gitlab-"));
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const env = { PATH: thisMachine().path, HOME: folder, ...gitVariables };
    const git = (...args: string[]): unknown => execFileSync("git", ["-C", folder, ...args], { env, stdio: "ignore" });
    git("init", "--quiet", "--initial-branch=main");
    git("remote", "add", "origin", "https://gitlab.example/acme/estate.git");
    // It includes only what git knows.
    git("add", "--all");
    const given = Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]);
    const argv = [process.execPath, reader, "--list-json", "--no-shell-executor-no-image", ...given] as const;
    const { exitCode, stdout, stderr } = await runChild([...argv], { cwd: folder, env, deadlineMs: 30_000 });
    if (exitCode !== 0) return { faults: `${stdout}${stderr}` };
    return { jobs: JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as ReadJob[] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
