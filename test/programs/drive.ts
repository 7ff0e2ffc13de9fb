import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { writeLaunchers } from "../../src/satellites/program-host/index.ts";
import { openCloud, type Cloud } from "../../src/satellites/sandbox-cloud/index.ts";

const repository = resolve(import.meta.dirname, "../..");
const modules = join(repository, "node_modules");
const satellites = join(repository, "src/satellites");

/** The CLI: TRUEUP_ENGINE, else the newest that setup left in the cache; undefined where there is none. */
export function findEngine(): string | undefined {
  const machine = thisMachine();
  const given = machine.variable("TRUEUP_ENGINE");
  if (given !== undefined && existsSync(given)) return given;
  const kept = join(machine.cache, "engine");
  const built = (existsSync(kept) ? readdirSync(kept) : []).map((version) => join(kept, version, "pulumi")).filter((file) => existsSync(file));
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

const side = z.object({ inputs: z.record(z.string(), z.unknown()).nullish(), outputs: z.record(z.string(), z.unknown()).nullish() }).nullish();
const step = z.object({ metadata: z.object({ op: z.string(), urn: z.string(), type: z.string(), old: side, new: side, detailedDiff: z.record(z.string(), z.unknown()).nullish() }) });
const event = z.object({
  resOutputsEvent: step.optional(),
  diagnosticEvent: z.object({ urn: z.string().optional(), severity: z.string(), message: z.string() }).optional(),
  summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()).nullish(), result: z.string().optional() }).optional(),
});
type Step = z.infer<typeof step>["metadata"];
const exported = z.object({ deployment: z.object({ resources: z.array(z.object({ urn: z.string(), type: z.string(), id: z.string().optional(), custom: z.boolean() })).optional() }) });

export interface Drift {
  readonly urn: string;
  readonly what: "changed" | "gone";
  /** Property paths in the engine's spelling. */
  readonly paths: readonly string[];
}

export interface Run {
  readonly exitCode: number | undefined;
  /** Resources by operation, as the engine counts them (the stack itself is one), without those that no cloud is changed for. */
  readonly summary: Readonly<Record<string, number>>;
  /** What live objects do not have as the state says; only of runs that read them. */
  readonly drift: readonly Drift[];
  /** Every word of the run, for the message of a failed assertion. */
  readonly words: string;
  readonly ms: number;
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Something in a cloud: neither a component nor a provider. */
  readonly isObject: boolean;
}

function topChanges({ old, new: live }: Step): string[] {
  const [before, after] = [old?.inputs ?? {}, live?.inputs ?? {}];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

/** A step that read a live object, as drift; undefined when it is as the state says. */
function driftOf(found: Step): Drift | undefined {
  const gone = found.op === "delete" || (found.op === "refresh" && (found.new === null || found.new === undefined));
  if (gone) return { urn: found.urn, what: "gone", paths: [] };
  const paths = Object.keys(found.detailedDiff ?? {});
  const changed = paths.length > 0 ? paths : topChanges(found);
  if (found.op === "update" || (found.op === "refresh" && changed.length > 0)) return { urn: found.urn, what: "changed", paths: changed.sort() };
  return undefined;
}

/** Words of the engine's count that change nothing in a cloud; it reads and discards references to other stacks. */
const untouched = new Set(["same", "refresh", "read", "discard"]);

function isProvider(resource: { readonly type: string }): boolean {
  return resource.type.startsWith("pulumi:providers:");
}

/** One backend, one sandbox cloud, one program host and the CLI, for ordinary projects that are copied in. */
export class Works {
  readonly root = mkdtempSync(join(tmpdir(), "trueup-programs-"));
  readonly #engine: string;
  readonly #children: ChildProcess[] = [];
  #ports = { cloud: 0, host: 0 };
  readonly cloud: Cloud = openCloud(join(this.root, "cloud"));

  private constructor(engine: string) {
    this.#engine = engine;
  }

  static async open(engine: string): Promise<Works> {
    const works = new Works(engine);
    mkdirSync(join(works.root, "state"));
    // What the engine starts by itself: the dynamic provider. The program host and the cloud are shared by all runs.
    writeLaunchers(join(works.root, "bin"), { node: process.execPath, cache: join(works.root, "compiled") });
    const [cloud, host] = await Promise.all([
      works.#serve([join(satellites, "sandbox-cloud/main.ts"), "serve", "--store", join(works.root, "cloud"), "--sdk", modules, "--cache", join(tmpdir(), "trueup-sdk-declarations")]),
      works.#serve([join(satellites, "program-host/main.ts"), "serve", "--cache", join(works.root, "compiled")]),
    ]);
    works.#ports = { cloud, host };
    return works;
  }

  async #serve(args: readonly string[]): Promise<number> {
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#children.push(child);
    for await (const line of createInterface({ input: child.stdout })) return z.object({ port: z.number() }).parse(JSON.parse(line)).port;
    throw new Error(`${basename(dirname(args[0] ?? ""))} ended before it said its port`);
  }

  /** Copies one project of this folder and makes its stack `dev`. */
  async project(folder: string): Promise<Project> {
    const there = join(this.root, "projects", folder);
    cpSync(join(import.meta.dirname, folder), there, { recursive: true });
    symlinkSync(modules, join(there, "node_modules"));
    const project = new Project(this, there);
    await project.plain("stack", "init", "dev", "--no-select");
    return project;
  }

  async pulumi(cwd: string, args: readonly string[]): Promise<{ readonly exitCode: number | undefined; readonly stdout: string; readonly text: string; readonly ms: number }> {
    const { cloud, host } = this.#ports;
    const hosted = args[0] === "preview" || args[0] === "up" ? [`--client=127.0.0.1:${host}`] : [];
    const result = await runChild([this.#engine, ...args, "--non-interactive", "--color=never", ...hosted], {
      cwd, deadlineMs: 60_000,
      env: {
        PATH: [join(this.root, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter), HOME: this.root, TMPDIR: this.root, PULUMI_HOME: join(this.root, "home"),
        PULUMI_BACKEND_URL: `file://${join(this.root, "state")}`, PULUMI_CONFIG_PASSPHRASE: "a passphrase", PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_DEBUG_COMMANDS: "true",
        PULUMI_DEBUG_PROVIDERS: ["aws", "kubernetes", "random", "tls"].map((name) => `${name}:${cloud}`).join(","),
      },
    });
    return { exitCode: result.exitCode, stdout: result.stdout, text: result.stdout + result.stderr, ms: result.durationMs };
  }

  async close(): Promise<void> {
    const ended = this.#children.map((child) => new Promise((done) => child.once("exit", done)));
    for (const child of this.#children) child.stdin?.end();
    await Promise.all(ended);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** One ordinary project and its stack `dev`. */
export class Project {
  readonly #works: Works;
  readonly folder: string;
  #runs = 0;

  constructor(works: Works, folder: string) {
    this.#works = works;
    this.folder = folder;
  }

  /** A command that must succeed; answers its stdout. */
  async plain(...args: string[]): Promise<string> {
    const { exitCode, stdout, text } = await this.#works.pulumi(this.folder, args[1] === "init" ? args : [...args, "--stack", "dev"]);
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} exited with ${exitCode}\n${text}`);
    return stdout;
  }

  /** With `live`, the objects are read too, and what is not as the state says is in `drift`. */
  async preview({ live = false } = {}): Promise<Run> {
    return await this.#run("preview", ...(live ? ["--refresh"] : []));
  }

  async up({ refresh = false } = {}): Promise<Run> {
    return await this.#run("up", "--yes", "--skip-preview", ...(refresh ? ["--refresh"] : []));
  }

  async refreshPreview(): Promise<Run> {
    return await this.#run("refresh", "--preview-only");
  }

  async destroy(): Promise<Run> {
    return await this.#run("destroy", "--yes", "--skip-preview");
  }

  /** What the program asked for: not the providers that the engine adds by itself, nor what is only read (references to other stacks). */
  async resources(): Promise<readonly StateResource[]> {
    const { deployment } = exported.parse(JSON.parse(await this.plain("stack", "export")));
    return (deployment.resources ?? []).map(({ urn, type, custom }) => ({ urn, type, isObject: custom && !isProvider({ type }), name: urn.split("::").slice(3).join("::") }))
      .filter((resource) => !(isProvider(resource) && resource.name.startsWith("default")) && resource.type !== "pulumi:pulumi:StackReference");
  }

  async #run(command: string, ...args: string[]): Promise<Run> {
    const log = join(this.folder, `.events-${(this.#runs += 1)}`);
    const { exitCode, text, ms } = await this.#works.pulumi(this.folder, [command, "--stack", "dev", "--event-log", log, ...args]);
    const events = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter((line) => line !== "").map((line) => event.parse(JSON.parse(line))) : [];
    const counted = events.findLast((one) => one.summaryEvent !== undefined)?.summaryEvent?.resourceChanges ?? {};
    const readsOnly = command === "refresh";
    const steps = events.flatMap((one) => (one.resOutputsEvent === undefined ? [] : [one.resOutputsEvent.metadata]));
    const read = steps.filter((found) => !isProvider(found) && (readsOnly || found.op === "refresh"));
    return {
      exitCode, ms, words: `${command} ${args.join(" ")}\n${text}`,
      summary: Object.fromEntries(Object.entries(counted).filter(([op, count]) => !untouched.has(op) && count > 0)),
      drift: read.flatMap((found) => driftOf(found) ?? []),
    };
  }
}
