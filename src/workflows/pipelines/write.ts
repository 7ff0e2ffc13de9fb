import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { githubPipelines, gitlabPipelines, type PipelineFile, type PipelineNeeds, type Pipelines } from "../../domain/pipelines/index.ts";
import { treeOf, type Estate } from "../estate/index.ts";
import { sourceOf } from "./source.ts";

export const pipelineHosts = ["github", "gitlab"] as const;
export type PipelineHost = (typeof pipelineHosts)[number];

export interface PipelineRequest {
  readonly host: PipelineHost;
  /** `url@commit`: where jobs get trueup from. */
  readonly source: string | undefined;
  /** Also over files that differ. */
  readonly force: boolean;
  /** Only says what would be written. */
  readonly dryRun?: boolean;
}

export interface WrittenPipelines {
  readonly files: readonly { readonly path: string; readonly state: "written" | "unchanged" | "left alone" }[];
  readonly environments: readonly string[];
  readonly todo: readonly string[];
}

const makers: Readonly<Record<PipelineHost, (needs: PipelineNeeds) => Pipelines>> = { github: githubPipelines, gitlab: gitlabPipelines };

function needOf({ name, branch, drift, stacks, secrets, notices }: Environment): PipelineNeeds["environments"][number] {
  const repairs = drift.mode === "fix" || stacks.some((stack) => stack.drift.mode === "fix");
  const receivers = notices.map((target) => (target.kind === "webhook" ? target.secret : target.variable));
  return { name, branch, repairs, receivers, ...("env" in secrets.from ? { passphrase: secrets.from.env } : {}) };
}

async function environmentsOf(estate: Estate): Promise<PipelineNeeds["environments"]> {
  const commit = await estate.repository.fetchLocal(estate.root, "HEAD");
  const tree = await treeOf(estate.repository, commit);
  const names = await estate.programs.environments(tree);
  if (names.length === 0)
    throw new Problem("CONFIG_INVALID", {
      what: "there is no environment yet, so there is no branch that a pipeline could apply",
      on: `environments/ at ${commit.slice(0, 7)}`,
      todo: "Make environments/<name>/environment.ts, commit it, and run the same command again.",
    });
  return Promise.all(names.map(async (name) => needOf(await estate.programs.environment(tree, name))));
}

interface Planned {
  readonly file: PipelineFile;
  readonly state: WrittenPipelines["files"][number]["state"] | "differs";
}

async function look(root: string, file: PipelineFile): Promise<Planned> {
  const there = await readFile(join(root, file.path), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (there === undefined) return { file, state: "written" };
  if (there === file.text) return { file, state: "unchanged" };
  return { file, state: file.onlyWhenAbsent === true ? "left alone" : "differs" };
}

/**
 * Writes the pipelines of one CI host into the clone's work tree, for the environments that its HEAD declares. Commits nothing. All or nothing:
 * USAGE when a file is there that differs, unless `force`.
 */
export async function writePipelines(estate: Estate, request: PipelineRequest): Promise<WrittenPipelines> {
  const [source, environments] = [await sourceOf(estate.machine, request.source), await environmentsOf(estate)];
  const { files, todo } = makers[request.host]({ environments, source });
  const planned = await Promise.all(files.map((file) => look(estate.root, file)));
  const different = planned.find(({ state }) => state === "differs");
  if (different !== undefined && !request.force)
    throw new Problem("USAGE", {
      what: `${different.file.path} is there already and differs; nothing was written`,
      on: estate.root,
      todo: "Commit or move what is there; with --force it is written anew, and git shows what changed.",
    });
  for (const { file, state } of request.dryRun === true ? [] : planned) {
    if (state === "unchanged" || state === "left alone") continue;
    const path = join(estate.root, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
  }
  return {
    files: planned.map(({ file, state }) => ({ path: file.path, state: state === "differs" ? "written" : state })),
    environments: environments.map(({ name }) => name),
    todo,
  };
}
