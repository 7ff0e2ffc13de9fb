import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { tmpdir } from "node:os";
import { runChild, thisMachine, type ChildResult } from "../../src/base/process/index.ts";
import { writeLaunchers } from "../../src/satellites/program-host/index.ts";

export const repository = resolve(import.meta.dirname, "../..");
const host = join(repository, "src/satellites/program-host/main.ts");

function findEngine(): string {
  const machine = thisMachine();
  const given = machine.variable("TRUEUP_ENGINE");
  const kept = join(machine.cache, "engine");
  const built = existsSync(kept) ? readdirSync(kept).map((version) => join(kept, version, "pulumi")) : [];
  const onPath = machine.path.split(":").map((folder) => join(folder, "pulumi"));
  const found = [...(given === undefined ? [] : [given]), ...built, ...onPath].find((path) => existsSync(path));
  if (found === undefined) throw new Error("no pulumi on this machine: npm run setup");
  return found;
}

export interface SharedHost {
  readonly client: string;
  readonly process: ChildProcess;
}

/** A throw-away place with its own backend, PULUMI_HOME and launchers, where programs are written and run by the real engine. */
export class Workbench {
  readonly root = mkdtempSync(join(tmpdir(), "trueup-host-"));
  readonly cache = join(this.root, "cache");
  readonly #engine = findEngine();
  readonly #started: ChildProcess[] = [];
  readonly env: Record<string, string>;

  constructor(sandbox = false) {
    const bin = join(this.root, "bin");
    writeLaunchers(bin, {
      node: process.execPath,
      cache: this.cache,
      ...(sandbox ? { sandbox: { store: join(this.root, "cloud"), sdk: join(repository, "node_modules") } } : {}),
    });
    mkdirSync(join(this.root, "state"));
    this.env = {
      PATH: `${bin}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: this.root,
      PULUMI_HOME: join(this.root, "home"),
      TMPDIR: this.root,
      PULUMI_BACKEND_URL: `file://${join(this.root, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "sandbox",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }

  /** Writes a project with its files (path → text) and a stack "dev". Answers its folder. */
  async project(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(this.root, name);
    const all = {
      "Pulumi.yaml": `name: ${name}\nruntime: nodejs\n`,
      "package.json": JSON.stringify({ name, dependencies: { "@pulumi/pulumi": "*" } }),
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    if (!existsSync(join(folder, "node_modules"))) symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    await this.pulumi(folder, ["stack", "init", "dev"]);
    return folder;
  }

  async pulumi(
    cwd: string,
    args: readonly string[],
    more: { readonly variables?: Record<string, string>; readonly hardSignal?: AbortSignal; readonly signal?: AbortSignal } = {},
  ): Promise<ChildResult> {
    return await runChild([this.#engine, ...args, "--non-interactive", "--color=never"], {
      cwd,
      env: { ...this.env, ...more.variables },
      deadlineMs: 60_000,
      graceMs: 3_000,
      ...(more.hardSignal === undefined ? {} : { hardSignal: more.hardSignal }),
      ...(more.signal === undefined ? {} : { signal: more.signal }),
    });
  }

  /** A run by a bare spawn: no session, nothing is cleaned up after it. For tests of what is left behind. */
  bareEngine(cwd: string, args: readonly string[]): ChildProcess {
    const child = spawn(this.#engine, [...args, "--non-interactive"], { cwd, env: this.env, stdio: "ignore" });
    this.#started.push(child);
    return child;
  }

  async serve(args: readonly string[] = []): Promise<SharedHost> {
    const child = spawn(process.execPath, [host, "serve", "--cache", this.cache, ...args], { env: this.env, stdio: ["pipe", "pipe", "inherit"] });
    this.#started.push(child);
    const line = await new Promise<string>((done, failed) => {
      child.stdout.once("data", (chunk: Buffer) => done(chunk.toString("utf8")));
      child.once("exit", () => failed(new Error("the host ended before it said its port")));
    });
    return { client: `--client=127.0.0.1:${(JSON.parse(line) as { port: number }).port}`, process: child };
  }

  close(): void {
    for (const child of this.#started) child.kill("SIGKILL");
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** The living processes whose command line names a path, as "pid command". */
export function processesNaming(path: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(path) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

/** Waits until `holds`, at most `withinMs`; answers whether it did. */
export async function eventually(holds: () => boolean, withinMs = 10_000): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return true;
}
