import { existsSync } from "node:fs";
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { runChild, type ChildResult } from "../../base/process/index.ts";
import type { Scrubber } from "../../base/secret/index.ts";
import { scrubberOf } from "../../adapters/engine/index.ts";
import type { Environment, NamedCommand } from "../../domain/environments/index.ts";
import { treeOf } from "../estate/index.ts";
import type { ApplyEnd, ApplyRun } from "./run.ts";

type HookName = "preApply" | "postApply" | "onFail" | "onRollback";

/** How one hook ended. */
export interface HookResult {
  readonly hook: HookName;
  /** Whose it is: of what is live, or of the commit that is applied. */
  readonly of: "live" | "commit";
  readonly passed: boolean;
  /** How it ended and the last line it printed. */
  readonly says: string;
  /** The last lines it printed, scrubbed. */
  readonly log: readonly string[];
}

interface Hook {
  readonly name: HookName;
  readonly of: HookResult["of"];
  readonly command: NamedCommand;
}

const keptLines = 40;
const longestLine = 300;
const outputCap = 256 * 1024;

/**
 * Whose hooks run: what is live decides that there is one, so that a commit cannot remove or replace the hook of its own apply; the commit's own
 * runs beside it. One that both have is run once, as the commit has its files.
 */
function hooksFor(name: HookName, live: Environment["hooks"] | undefined, own: Environment["hooks"]): readonly Hook[] {
  const [before, now] = [live?.[name], own[name]];
  const isSame = before !== undefined && now !== undefined && before.run.join("\0") === now.run.join("\0");
  return [
    ...(before === undefined || isSame ? [] : [{ name, of: "live" as const, command: before }]),
    ...(now === undefined ? [] : [{ name, of: "commit" as const, command: now }]),
  ];
}

/** A clean copy of the commit that a hook is of, for this one hook; with the node_modules that the run's programs have. */
async function copyFor(run: ApplyRun, hook: Hook): Promise<string> {
  const { repository, work } = run.estate;
  const commit = hook.of === "live" ? (run.live?.branch?.head ?? run.branch.head) : run.branch.head;
  const folder = join(work, "hooks", `${run.run}-${hook.name}-${hook.of}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tree = await treeOf(repository, commit);
  await tree.materialise(
    (await tree.list("")).map(({ path }) => path),
    folder,
  );
  const [first] = run.inspection?.stacks.values() ?? [];
  const modules = first === undefined ? undefined : join(first.site.repositoryRoot, "node_modules");
  if (modules !== undefined && existsSync(modules) && !existsSync(join(folder, "node_modules"))) await symlink(modules, join(folder, "node_modules"));
  return folder;
}

function endingOf(command: NamedCommand, { endedBy, exitCode, signal }: ChildResult): string {
  if (endedBy === "deadline") return `not done within ${command.deadlineMs / 1000} s`;
  return endedBy === "cancel" ? "cancelled" : `exit ${exitCode ?? signal}`;
}

function linesOf(text: string, scrubber: Scrubber): string[] {
  return scrubber
    .scrub(text)
    .split("\n")
    .map((line) => line.trimEnd().slice(0, longestLine))
    .filter((line) => line !== "")
    .slice(-keptLines);
}

async function runHook(run: ApplyRun, hook: Hook, result: string): Promise<HookResult> {
  const { estate, request } = run;
  const { name, of, command } = hook;
  const ended = (passed: boolean, says: string, log: readonly string[]): HookResult => ({ hook: name, of, passed, says, log });
  const [first] = run.inspection?.stacks.values() ?? [];
  if (first === undefined) return ended(false, "there is no stack to run it for", []);
  const scrubber = scrubberOf(first.site);
  let folder: string | undefined;
  try {
    folder = await copyFor(run, hook);
    const env = {
      PATH: estate.machine.path,
      HOME: folder,
      CI: "true",
      TRUEUP_ENVIRONMENT: request.environment,
      TRUEUP_COMMIT: run.branch.head,
      TRUEUP_RUN: run.run,
      TRUEUP_RESULT: result,
    };
    const child = await runChild(command.run, {
      cwd: folder,
      env,
      deadlineMs: command.deadlineMs,
      graceMs: 2_000,
      outputCap,
      // What is told after a failure or a cancel must still be told.
      ...(name === "preApply" ? { signal: run.stop.signal } : {}),
      ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
    });
    const log = linesOf(`${child.stdout}\n${child.stderr}`, scrubber);
    const last = log.at(-1);
    return ended(child.endedBy === "itself" && child.exitCode === 0, `${endingOf(command, child)}${last === undefined ? "" : `: ${last}`}`, log);
  } catch (thrown) {
    return ended(false, scrubber.scrub(thrown instanceof Error ? thrown.message : "it cannot be started"), []);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the hooks of one moment, one after another, and keeps how they ended for the record. */
async function runHooks(run: ApplyRun, name: HookName, result: string): Promise<readonly HookResult[]> {
  const results: HookResult[] = [];
  for (const hook of hooksFor(name, run.judged?.rules.hooks, run.revision.environment.hooks)) {
    run.estate.observe({ kind: "step", text: `hook ${name}${hook.of === "live" ? " of what is live" : ""}: ${hook.command.run.join(" ")}` });
    const ended = await runHook(run, hook, result);
    run.hooks.push(ended);
    results.push(ended);
    if (name === "preApply" && !ended.passed) break;
  }
  return results;
}

/** The hooks before the first stack; the problem that stops the run when one fails. */
export async function beforeApply(run: ApplyRun): Promise<Problem | undefined> {
  const failed = (await runHooks(run, "preApply", "applying")).find(({ passed }) => !passed);
  if (failed === undefined) return undefined;
  return new Problem("HOOK_FAILED", {
    what: `the hook preApply${failed.of === "live" ? " of what is live" : ""} failed: ${failed.says}`,
    on: `environment ${run.request.environment}, hooks.preApply at ${run.branch.head.slice(0, 7)}`,
    todo: `Nothing was touched. Mend what it says, then run again: trueup apply ${run.request.environment}`,
  });
}

/** The hooks after the last stack: they change nothing about how the run ended. */
export async function afterApply(run: ApplyRun, end: ApplyEnd): Promise<void> {
  // Whoever has the lease now tells how it goes on.
  if (run.kept.lost.aborted) return;
  const hasBegun = [...run.stacks.values()].some(({ result }) => result !== "skipped");
  if (end === "good") await runHooks(run, "postApply", end);
  else if ((end === "failed" || end === "rolledBack") && hasBegun) await runHooks(run, "onFail", end);
  if ([...run.units.values()].some(({ back }) => back !== undefined)) await runHooks(run, "onRollback", end);
}
