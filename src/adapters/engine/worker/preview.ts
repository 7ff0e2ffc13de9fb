import { readFile, writeFile, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ChildResult } from "../../../base/process/index.ts";
import { readRun } from "../changes.ts";
import { engineEnvironment, tryCli } from "../cli.ts";
import { Collector } from "../collect.ts";
import { withoutColours } from "../diagnostics.ts";
import type { EngineParts } from "../engine.ts";
import type { Operation } from "../operation.ts";
import { policyFlags } from "../policy-flags.ts";
import type { EngineOutcome, Overdue, RunLimits, StackSite } from "../port.ts";
import { missingReferences } from "../problems.ts";
import { copyProject, readConfig, shortName } from "../project-copy.ts";
import { faultOf, resultOf, type RawRun } from "../run.ts";
import { credentialsIn, NoScrubber, scrubberOf } from "../secrets.ts";
import { freedIn, saltOf, sourcesOf, type Exported } from "../state.ts";
import type { Carried } from "./carry.ts";
import type { WorkerRoom } from "./room.ts";

const graceMs = 2_000;
const wordsCap = 64 * 1024;
/** A program may read stacks one after the other; each attempt brings at least one more. */
const mostAttempts = 10;

export interface ConfinedRequest {
  readonly site: StackSite;
  readonly limits: RunLimits;
  readonly operation: Operation;
  readonly found: { readonly state: Exported; readonly raw: string } | undefined;
}

interface Work extends ConfinedRequest {
  readonly parts: EngineParts;
  readonly room: WorkerRoom;
  readonly carried: Carried;
  readonly config: { readonly project: string; readonly text: string };
}

const marksOf = (root: string, { pulumiStack }: StackSite, ending: "json" | "outputs"): string => join(root, ".trueup-run", `${pulumiStack}.${ending}`);

/** Where a file backend keeps the checkpoint of `organization/project/stack`. */
function checkpoint({ room }: Work, fullName: string): string {
  const [, project = "", name = ""] = fullName.split("/");
  return join(room.folders.backend, ".pulumi", "stacks", basename(project), `${basename(name)}.json`);
}

/** A stack that the program reads, as recorded; without user code, with what the environment's own backend wants. */
async function brought(work: Work, fullName: string): Promise<Readonly<Record<string, string>>> {
  const { parts, site, room, carried } = work;
  const copy = await copyProject(site, parts.cli.tmp, undefined);
  try {
    const found = await tryCli(parts.cli, { site, args: ["stack", "export", "-s", fullName], cwd: copy.directory });
    if (found.exitCode !== 0) return {};
    return { [checkpoint(work, fullName)]: await room.carrier.state(fullName, found.stdout, carried) };
  } finally {
    await copy.remove();
  }
}

/** Everything that the run needs in its place, as texts: they are written inside, where a link that a program left leads nowhere else. */
async function filesFor(work: Work): Promise<{ readonly writes: Record<string, string>; readonly config: string }> {
  const { site, room, carried, found } = work;
  const name = shortName(site.pulumiStack);
  const fullName = `organization/${work.config.project}/${name}`;
  const config = join(room.folders.tmp, "config", name, `Pulumi.${name}.yaml`);
  const marks = await readFile(marksOf(site.repositoryRoot, site, "json"), "utf8").catch(() => undefined);
  return {
    config,
    writes: {
      [join(room.folders.backend, ".pulumi", "meta.yaml")]: "version: 1\n",
      [checkpoint(work, fullName)]: await room.carrier.state(fullName, found?.raw, carried),
      [config]: await room.carrier.config(work.config.text, saltOf(found?.state), carried),
      ...(marks === undefined ? {} : { [marksOf(room.folders.files, site, "json")]: marks }),
    },
  };
}

async function once(work: Work, files: { readonly writes: Readonly<Record<string, string>>; readonly config: string }): Promise<RawRun> {
  const { parts, room, limits, operation } = work;
  const site = room.site(work.site);
  const { flags: policies, files: levels } = operation.program ? policyFlags(site, dirname(files.config)) : { flags: [], files: {} };
  const collector = new Collector({ stack: site.stack, runsProgram: operation.program, onProgress: limits.onProgress, keepDebug: parts.controls.keepDebug });
  let overdue: Overdue | undefined;
  const { PATH: _, ...env } = engineEnvironment({ ...parts.cli, home: room.folders.home, tmp: room.folders.tmp, pulumiHome: room.folders.pulumi }, site);
  const parallel = limits.parallel === undefined ? [] : ["--parallel", String(limits.parallel)];
  const flags = [...operation.flags, ...policies, "--config-file", files.config, "-s", site.pulumiStack, "--non-interactive", "--color", "never", ...parallel];
  const witness = marksOf(site.directory, site, "outputs");
  const ended = await room.worker.run(
    {
      operation: { command: operation.command, program: operation.program },
      hasPacks: site.policyPacks.length > 0,
      args: [operation.command, ...flags],
      cwd: site.directory,
      env,
      deadlineMs: limits.deadlineMs,
      graceMs: limits.graceMs ?? graceMs,
      outputCap: wordsCap,
      writes: { ...files.writes, ...levels },
      reads: [witness],
    },
    {
      onEvent: (json) => collector.take(json),
      onDeadline: () => (overdue = { deadlineMs: limits.deadlineMs, ...collector.underWay() }),
      signal: limits.signal,
      hardSignal: limits.hardSignal,
      onSession: limits.onSession,
    },
  );
  await keepWitness(work.site, ended.files[witness]);
  const child: ChildResult = { ...ended.child, exitCode: ended.child.exitCode, signal: ended.child.signal };
  return { child, collected: collector.end(ended.opened), overdue, result: resultOf(child) };
}

/** The prepared copy is ours alone: no program was ever run in it. */
async function keepWitness(site: StackSite, text: string | undefined): Promise<void> {
  const path = marksOf(site.directory, site, "outputs");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text ?? "");
}

async function attempts(work: Work): Promise<RawRun> {
  const files = await filesFor(work);
  let { writes } = files;
  const asked = new Set<string>();
  for (let left = mostAttempts; ; left--) {
    const run = await once(work, { writes, config: files.config });
    if (run.result !== "failed" || left === 0) return run;
    const words = run.collected.diagnostics.map(({ message }) => withoutColours(message)).join("\n");
    const more = missingReferences(words).filter((name) => !asked.has(name));
    for (const name of more) asked.add(name);
    const found = await Promise.all(more.map((name) => brought(work, name)));
    writes = { ...writes, ...(Object.assign({}, ...found) as Record<string, string>) };
    if (found.every((each) => Object.keys(each).length === 0)) return run;
  }
}

/** One look at what a stack would become, by code that nothing is trusted with but what its confinement says. */
export async function previewConfined(parts: EngineParts, room: WorkerRoom, request: ConfinedRequest): Promise<EngineOutcome> {
  const started = performance.now();
  const { site, found } = request;
  const scrubber = parts.controls.unscrubbed === true ? new NoScrubber() : scrubberOf(site);
  const inside = room.site(site);
  for (const secret of [inside.passphrase, ...credentialsIn(inside.variables)]) scrubber.add(secret);
  const { project, text } = await readConfig(site);
  const run = await attempts({ ...request, parts, room, carried: { site, scrubber }, config: { project, text } });
  const fault = faultOf(run, { site: inside, scrubber, withheld: undefined });
  if (fault !== undefined) throw fault;
  const { changes, drift } = readRun(run.collected, {
    stack: site.stack,
    folders: { repositoryRoot: inside.repositoryRoot, project: inside.directory },
    scrubber,
    sources: sourcesOf(found?.state, site),
    isGuessed: parts.isGuessed,
    freed: freedIn(found?.state),
  });
  const end = run.result === "timed-out" && run.overdue !== undefined ? { result: run.result, overdue: run.overdue } : { result: run.result };
  return { ...end, exitCode: run.child.exitCode, changes, drift, durationMs: performance.now() - started };
}
