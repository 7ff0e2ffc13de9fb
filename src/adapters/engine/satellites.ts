import { chmod, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startSatellite, type Satellite } from "./satellite.ts";

const hostHello = z.looseObject({ port: z.number().int().positive() });
const cloudHello = z.looseObject({ port: z.number().int().positive(), console: z.number().int().positive().optional() });
const sdkPackage = z.looseObject({ pulumi: z.looseObject({ resource: z.boolean().optional(), name: z.string().optional() }).optional() });

export interface SandboxFolders {
  /** Where the sandbox cloud keeps its objects. */
  readonly store: string;
  /** The node_modules whose SDKs say what there is. */
  readonly sdk: string;
}

export interface SatelliteSettings {
  readonly cache: string;
  readonly path: string;
  readonly tmp: string;
  /** Folder for the launcher files. */
  readonly launchers: string;
  readonly sandbox: SandboxFolders | undefined;
}

export interface Launchers {
  /** Holds pulumi-language-nodejs. */
  readonly language: string;
  /** Holds pulumi-resource-pulumi-nodejs, for dynamic providers. */
  readonly dynamic: string;
}

// Beside this room: .ts in the repository, .js where the package is built.
const ending = extname(fileURLToPath(import.meta.url));

/** The file that a satellite is started by. */
export function satelliteMain(name: "program-host" | "sandbox-cloud"): string {
  return fileURLToPath(new URL(`../../satellites/${name}/main${ending}`, import.meta.url));
}

/** Package names of all provider SDKs in a node_modules: what the engine asks for by name. */
export async function providerPackages(sdk: string): Promise<string[]> {
  const names = await readdir(join(sdk, "@pulumi")).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(sdk, "@pulumi", name, "package.json"), "utf8").catch(() => "{}");
      const read = sdkPackage.safeParse(JSON.parse(text));
      return read.success && read.data.pulumi?.resource === true ? (read.data.pulumi.name ?? name) : undefined;
    }),
  );
  return found.filter((name) => name !== undefined).toSorted();
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The program host and the sandbox cloud, each started once, when first needed, and ended together. */
export class Satellites {
  readonly settings: SatelliteSettings;
  readonly #running = new Map<string, Promise<Satellite>>();
  #launched: Promise<Launchers> | undefined;
  #isOver = false;

  constructor(settings: SatelliteSettings) {
    this.settings = settings;
  }

  #env(): Record<string, string> {
    const { path, tmp, cache } = this.settings;
    // Half of a satellite's start is compiling its modules: V8 keeps that between runs, in the folder that the program host keeps small.
    return { PATH: `${dirname(process.execPath)}:${path}`, HOME: tmp, TMPDIR: tmp, NODE_COMPILE_CACHE: join(cache, "programs", "v8") };
  }

  async #start(name: "program-host" | "sandbox-cloud", args: readonly string[]): Promise<Satellite> {
    const before = await this.#running.get(name)?.catch(() => undefined);
    if (before?.alive() === true) return before;
    // Two callers may have waited above: the first to come back starts it, the second waits again.
    const now = this.#running.get(name);
    if (now !== undefined && before !== (await now.catch(() => undefined))) return now;
    // Whoever started ahead of need may come here after the end: nothing may start then that nobody stops.
    if (this.#isOver) throw new Error("the engine is closed");
    const started = startSatellite(name.replace("-", " "), [process.execPath, "--disable-warning=ExperimentalWarning", satelliteMain(name), ...args], {
      cwd: this.settings.tmp,
      env: this.#env(),
    });
    this.#running.set(name, started);
    return started;
  }

  /** The address of the warm program host, `127.0.0.1:PORT`. */
  async host(): Promise<string> {
    const { hello } = await this.#start("program-host", ["serve", "--cache", join(this.settings.cache, "programs")]);
    return `127.0.0.1:${hostHello.parse(hello).port}`;
  }

  async #cloud(): Promise<{ readonly port: number; readonly console?: number | undefined } | undefined> {
    const { sandbox, cache } = this.settings;
    if (sandbox === undefined) return undefined;
    const { hello } = await this.#start("sandbox-cloud", ["serve", "--store", sandbox.store, "--sdk", sandbox.sdk, "--cache", join(cache, "catalog")]);
    return cloudHello.parse(hello);
  }

  /** The value of PULUMI_DEBUG_PROVIDERS that attaches the sandbox cloud for every installed provider SDK, or undefined. */
  async providers(): Promise<string | undefined> {
    const [cloud, names] = await Promise.all([this.#cloud(), providerPackages(this.settings.sandbox?.sdk ?? "")]);
    return cloud === undefined ? undefined : names.map((name) => `${name}:${cloud.port}`).join(",");
  }

  async console(): Promise<number | undefined> {
    return (await this.#cloud())?.console;
  }

  /** Folders for PATH with the files that the engine looks for. A language host that is found is also started, so policy packs get a folder of their own. */
  async launchers(): Promise<Launchers> {
    this.#launched ??= this.#writeLaunchers();
    return this.#launched;
  }

  async #writeLaunchers(): Promise<Launchers> {
    const { launchers, cache } = this.settings;
    const folders = { language: join(launchers, "language"), dynamic: join(launchers, "dynamic") };
    const files: readonly (readonly [string, string, readonly string[]])[] = [
      [folders.language, "pulumi-language-nodejs", ["language", "--cache", join(cache, "programs")]],
      [folders.dynamic, "pulumi-resource-pulumi-nodejs", ["dynamic-provider"]],
    ];
    for (const [folder, name, args] of files) {
      const words = [process.execPath, "--disable-warning=ExperimentalWarning", satelliteMain("program-host"), ...args];
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), `#!/bin/sh\nexec ${words.map(quoted).join(" ")} "$@"\n`);
      await chmod(join(folder, name), 0o755);
    }
    return folders;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#launched?.catch(() => undefined);
    const all = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(all.map(async (one) => (await one.catch(() => undefined))?.stop()));
  }
}
