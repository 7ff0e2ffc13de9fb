import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runChild, thisMachine } from "../../src/base/process/index.ts";

const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));
const names = ["run.mjs", "engine.mjs", "node.mjs", "dependencies.mjs"];
/** What the scripts and the programs below may call; everything else is on the machine only when a test puts it there. */
const tools = ["sh", "tar", "gzip", "cat", "mkdir", "chmod"];

export interface Ended {
  readonly exit: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** A machine on which nothing is installed: a fresh clone, an empty home and cache, and a PATH that holds what a test puts there. */
export class FreshMachine {
  readonly folder: string;
  readonly root: string;
  readonly #bin: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, "clone");
    this.#bin = join(folder, "bin");
  }

  static async make(): Promise<FreshMachine> {
    const machine = new FreshMachine(await mkdtemp(join(tmpdir(), "trueup-setup-")));
    for (const path of [machine.#bin, join(machine.root, "scripts"), join(machine.root, "tools"), join(machine.folder, "home")]) {
      await mkdir(path, { recursive: true });
    }
    for (const name of names) await copyFile(join(scripts, name), join(machine.root, "scripts", name));
    await machine.write("tools/go.mod", "module tools\n");
    await machine.write("tools/go.sum", "");
    await machine.write("package-lock.json", "{}");
    for (const tool of tools) await machine.#link(tool);
    return machine;
  }

  async #link(tool: string): Promise<void> {
    const found = thisMachine()
      .path.split(delimiter)
      .map((folder) => join(folder, tool))
      .find((file) => existsSync(file));
    if (found === undefined) throw new Error(`${tool} is not on PATH`);
    await symlink(found, join(this.#bin, tool));
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.root, path)), { recursive: true });
    await writeFile(join(this.root, path), text);
  }

  /** Puts a program on PATH: the lines of a shell script. */
  async install(name: string, ...lines: readonly string[]): Promise<string> {
    const file = join(this.#bin, name);
    await writeFile(file, `#!/bin/sh\n${lines.join("\n")}\n`);
    await chmod(file, 0o755);
    return file;
  }

  /** The archive that the download host has, with an engine that says it is this version. */
  async archive(version: string): Promise<Buffer> {
    const folder = join(this.folder, "release");
    await mkdir(join(folder, "pulumi"), { recursive: true });
    await writeFile(join(folder, "pulumi", "pulumi"), `#!/bin/sh\necho ${version}\n`);
    await chmod(join(folder, "pulumi", "pulumi"), 0o755);
    await this.#run(["tar", "-czf", "release.tar.gz", "pulumi"], folder);
    return readFile(join(folder, "release.tar.gz"));
  }

  /** What is in the folder where engines are kept; a scratch folder of an engine shows as one. */
  async cached(): Promise<string[]> {
    return readdir(join(this.folder, "cache/trueup/engine")).catch(() => []);
  }

  /** `node scripts/run.mjs …`, as npm starts it. */
  async npmRun(...args: readonly string[]): Promise<Ended> {
    return this.#run([process.execPath, join(this.root, "scripts/run.mjs"), ...args], this.root);
  }

  /** A line of JavaScript that uses what `script` exports. */
  async use(script: string, expression: string): Promise<Ended> {
    const exported = JSON.stringify(pathToFileURL(join(this.root, "scripts", script)).href);
    const text = `const { installEngine, isNewEnough, lookForNode, findNode } = await import(${exported});\nconst root = ${JSON.stringify(this.root)};\nconsole.log(${expression});`;
    return this.#run([process.execPath, "--input-type=module", "-e", text], this.root);
  }

  async #run(argv: [string, ...string[]], cwd: string): Promise<Ended> {
    const env = { PATH: this.#bin, HOME: join(this.folder, "home"), XDG_CACHE_HOME: join(this.folder, "cache") };
    const { exitCode, stdout, stderr } = await runChild(argv, { cwd, env, deadlineMs: 60_000 });
    return { exit: exitCode, out: stdout.trim(), err: stderr.trim() };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
