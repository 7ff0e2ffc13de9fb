import { mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { RealEngine, type EngineControls, type EngineParts } from "./engine.ts";
import type { ProgramHost } from "./language-host.ts";
import { locate } from "./locate.ts";
import type { Engine } from "./port.ts";
import type { Confinement } from "./worker/room.ts";
import { Satellites, type SandboxFolders } from "./satellites.ts";

export interface EngineOptions {
  readonly machine: Pick<Machine, "home" | "path" | "cache">;
  /** The CLI to use; looked for when left out. */
  readonly pulumi?: string | undefined;
  /** Folder for private homes and throw-away copies. Made when missing; what is put into it is removed by `close`. */
  readonly work: string;
  /** With it, the sandbox cloud serves every provider and nothing is downloaded. */
  readonly sandbox?: SandboxFolders | undefined;
  readonly programHost: ProgramHost;
  /** Kept between runs: compiled programs, the catalog of the SDKs, engines (`<cache>/engine/<version>/pulumi`). */
  readonly cache: string;
  /** Whether a replacement of this type because of this property path is only the sandbox's guess. Nothing counts as guessed without it. */
  readonly isGuessed?: ((type: string, path: string) => boolean) | undefined;
  /** With it, whatever runs user code runs in a worker of its own, with what this says and no more; for code that is not on its environment's branch. */
  readonly confinement?: Confinement | undefined;
  /** Guards that a test switches off to show that they are what works. */
  readonly controls?: EngineControls | undefined;
}

/** Finds the CLI and prepares a private home. Starts nothing: satellites start with the first run that needs them. Raises ENGINE_MISSING. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  return new RealEngine(await prepare(options));
}

async function prepare(options: EngineOptions): Promise<EngineParts> {
  const { machine, work, cache } = options;
  await mkdir(work, { recursive: true });
  const room = await mkdtemp(join(work, "engine-"));
  const folders = { home: join(room, "home"), pulumiHome: join(room, "pulumi"), tmp: join(room, "tmp") };
  await Promise.all(Object.values(folders).map((folder) => mkdir(folder, { mode: 0o700 })));
  try {
    const located = await locate({ given: options.pulumi, path: machine.path, cache, home: folders.home });
    await usePlugins(join(machine.home, ".pulumi", "plugins"), folders.pulumiHome);
    const satellites = new Satellites({ cache, path: machine.path, tmp: folders.tmp, launchers: join(room, "launchers"), sandbox: options.sandbox });
    const path = `${dirname(process.execPath)}:${machine.path}`;
    return {
      located,
      satellites,
      room,
      cli: { cli: located.cli, path, ...folders },
      programHost: options.programHost,
      sandbox: options.sandbox !== undefined,
      isGuessed: options.isGuessed ?? (() => false),
      controls: options.controls ?? {},
      confinement: options.confinement,
    };
  } catch (error) {
    await rm(room, { recursive: true, force: true });
    throw error;
  }
}

/** The user's installed plugins serve real environments; everything else of a Pulumi home stays private. */
async function usePlugins(installed: string, pulumiHome: string): Promise<void> {
  const there = await stat(installed).catch(() => undefined);
  if (there?.isDirectory() === true) await symlink(installed, join(pulumiHome, "plugins"));
}
