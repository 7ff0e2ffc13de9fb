import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { runChild, type ChildResult } from "../../src/base/process/index.ts";
import { allFilledIn, filledIn, holds, type Contexts } from "./expressions.ts";
import { gitVariables, runnerVariables, type JobRun, type Published } from "./published.ts";

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly if?: string;
  readonly environment: string;
  readonly steps: readonly Step[];
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

/** Something that happened, as GitHub tells a workflow of it. */
export interface GithubEvent {
  readonly name: "pull_request" | "push" | "schedule" | "issue_comment";
  readonly payload: object;
  readonly ref: string;
  readonly sha: string;
}

/** The host as far as a runner needs it. */
export interface GithubPlace {
  readonly api: string;
  readonly gitUrl: string;
  readonly repository: string;
  /** The job's own: GITHUB_TOKEN. */
  readonly token: string;
  readonly trueup: Published;
  readonly secrets: Readonly<Record<string, string>>;
  readonly startJob: () => { readonly run: string; readonly job: string; readonly attempt?: number };
}

/** Asks the host for one thing and answers whether two parts of it are equal: as much of GitHub's own tool as the workflow uses. */
const gh = `#!/usr/bin/env node
const [command, path, flag, filter] = process.argv.slice(2);
if (command !== "api" || flag !== "--jq") throw new Error("not understood: " + process.argv.slice(2).join(" "));
const answer = await fetch(process.env.GITHUB_API_URL + "/" + path, { headers: { authorization: "Bearer " + process.env.GH_TOKEN } });
if (!answer.ok) throw new Error(path + " answers " + answer.status);
const found = await answer.json();
const at = (way) => way.trim().split(".").slice(1).reduce((value, name) => value?.[name], found);
const [left, right] = filter.split("==");
console.log(at(left) === at(right));
`;

/** The shells of GitHub's runner: `bash` when a step asks for it, another way when it says nothing. */
const shells: Readonly<Record<string, readonly string[]>> = {
  bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
  none: ["bash", "-e"],
};

/** One job on a runner of its own: its steps run as they are written, those of the actions of others are left out or done here. */
class Runner {
  readonly #place: GithubPlace;
  readonly #folder: string;
  readonly #event: GithubEvent;
  readonly #steps: Record<string, { readonly outputs: Record<string, string> }> = {};
  readonly #variables: Readonly<Record<string, string>>;
  out = "";
  err = "";

  constructor(place: GithubPlace, event: GithubEvent, folder: string) {
    this.#place = place;
    this.#folder = folder;
    this.#event = event;
    for (const name of ["work", "tools", "tmp"]) mkdirSync(join(folder, name));
    for (const [name, text] of Object.entries({ "tools/gh": gh, "event.json": JSON.stringify(event.payload), "summary.md": "", output: "" })) {
      writeFileSync(join(folder, name), text);
    }
    chmodSync(join(folder, "tools/gh"), 0o755);
    const { run, job, attempt } = place.startJob();
    this.#variables = {
      ...runnerVariables(join(folder, "tmp"), join(folder, "tools")),
      ...gitVariables(),
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: place.api,
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_REPOSITORY: place.repository,
      GITHUB_RUN_ID: run,
      GITHUB_RUN_ATTEMPT: String(attempt ?? 1),
      GITHUB_JOB: job,
      GITHUB_ACTOR: "ann",
      GITHUB_EVENT_NAME: event.name,
      GITHUB_EVENT_PATH: join(folder, "event.json"),
      GITHUB_REF: event.ref,
      GITHUB_REF_NAME: event.ref.replace(/^refs\/(heads|pull)\//, ""),
      GITHUB_SHA: event.sha,
      GITHUB_WORKSPACE: join(folder, "work"),
      GITHUB_OUTPUT: join(folder, "output"),
      GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
      RUNNER_ENVIRONMENT: "github-hosted",
      RUNNER_OS: "Linux",
      RUNNER_ARCH: "X64",
    };
  }

  contexts(more: Contexts = {}): Contexts {
    const { name, payload, ref, sha } = this.#event;
    const { repository, token, secrets } = this.#place;
    const names = { ref, sha, ref_name: this.#variables["GITHUB_REF_NAME"], run_id: this.#variables["GITHUB_RUN_ID"] };
    const github = { event_name: name, event: payload, repository, token, ...names };
    return { github, vars: {}, secrets, steps: this.#steps, ...more };
  }

  /** The exit code of the first step that fails, or 0. */
  async run(steps: readonly Step[], given: Contexts = {}, env: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
    for (const step of steps) {
      const contexts = this.contexts(given);
      if (!holds(step.if, contexts)) continue;
      const own = { ...env, ...allFilledIn(step.env, contexts) };
      const exit = step.uses === undefined ? await this.#script(step, own) : await this.#use(step, contexts, own);
      if (exit !== 0) return exit;
    }
    return 0;
  }

  async #spawn(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<ChildResult> {
    const told = await runChild(argv as [string, ...string[]], { cwd: join(this.#folder, "work"), env, deadlineMs: 200_000, outputCap: 4 * 1024 * 1024 });
    this.out += told.stdout;
    this.err += told.stderr;
    return told;
  }

  async #script({ id, run, shell }: Step, env: Readonly<Record<string, string>>): Promise<number | undefined> {
    const file = join(this.#folder, "step.sh");
    writeFileSync(file, run ?? "exit 9");
    const action = { GITHUB_ACTION_PATH: join(this.#place.trueup.path, "action") };
    const { exitCode } = await this.#spawn([...(shells[shell ?? "none"] ?? []), file], { ...this.#variables, ...action, ...env });
    const said = readFileSync(join(this.#folder, "output"), "utf8").split("\n").filter(Boolean);
    writeFileSync(join(this.#folder, "output"), "");
    if (id !== undefined) this.#steps[id] = { outputs: Object.fromEntries(said.map((line) => line.split(/=(.*)/s, 2) as [string, string])) };
    return exitCode;
  }

  async #use({ id, uses = "", with: given }: Step, contexts: Contexts, env: Readonly<Record<string, string>>): Promise<number | undefined> {
    const inputs = allFilledIn(given, contexts);
    if (uses.startsWith("actions/checkout@")) return this.#checkout(inputs);
    if (uses === `acme/trueup/action@${this.#place.trueup.commit}`) {
      const { inputs: known, runs } = parse(readFileSync(join(this.#place.trueup.path, "action/action.yml"), "utf8")) as Action;
      const usual = Object.entries(known).map(([name, one]) => [name, filledIn(one.default ?? "", contexts)]);
      return this.run(runs.steps, { inputs: { ...Object.fromEntries(usual), ...inputs } }, env);
    }
    // Nothing was kept for this job, and nothing is.
    if (!/^actions\/cache\/(save|restore)@/.test(uses)) throw new Error(`${uses} is not known here`);
    if (id !== undefined) this.#steps[id] = { outputs: {} };
    return 0;
  }

  /** As actions/checkout does: one commit, and no token in what it leaves behind. */
  async #checkout({ ref = this.#event.ref }: Readonly<Record<string, string>>): Promise<number | undefined> {
    const { gitUrl, token } = this.#place;
    const header = `Authorization: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    const branch = /^refs\/heads\/(.*)$/.exec(ref)?.[1];
    for (const argv of [
      ["init", "--quiet"],
      ["remote", "add", "origin", gitUrl],
      ["-c", `http.extraheader=${header}`, "fetch", "--quiet", "--depth=1", "origin", branch === undefined ? ref : `+${ref}:refs/remotes/origin/${branch}`],
      ["checkout", "--quiet", ...(branch === undefined ? ["--detach", "FETCH_HEAD"] : ["-B", branch, `refs/remotes/origin/${branch}`])],
    ]) {
      const { exitCode } = await this.#spawn(["git", ...argv], { ...this.#variables });
      if (exitCode !== 0) return exitCode;
    }
    return 0;
  }
}

/** Every job of a workflow that an event starts, one after the other, each from its first step to its last. */
export async function runWorkflow(text: string, event: GithubEvent, place: GithubPlace): Promise<readonly JobRun[]> {
  const { jobs } = parse(text) as { readonly jobs: Readonly<Record<string, Job>> };
  const runs: JobRun[] = [];
  for (const [name, job] of Object.entries(jobs)) {
    const folder = mkdtempSync(join(place.trueup.path, "..", "job-"));
    const runner = new Runner(place, event, folder);
    if (holds(job.if, runner.contexts())) {
      const exit = await runner.run(job.steps);
      runs.push({ name, exit, out: runner.out, err: runner.err });
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return runs;
}
