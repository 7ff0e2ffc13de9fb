import { existsSync, realpathSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, relative } from "node:path";
import { randomBytes } from "node:crypto";
import { fileURLToPath, pathToFileURL } from "node:url";
import { confined, linkedModules, nodePlaces, type Isolation, type Walls } from "../../../base/confinement/index.ts";
import { Secret } from "../../../base/secret/index.ts";
import type { EngineParts } from "../engine.ts";
import type { StackSite } from "../port.ts";
import { Carrier } from "./carry.ts";
import { newKey } from "./passphrase.ts";
import { PreviewWorker } from "./worker.ts";

/** What code that is not on its environment's branch is run with. */
export interface Confinement {
  readonly isolation: Isolation;
  readonly network: boolean;
  /** All that engine, providers and programs are told of credentials. */
  readonly variables: Readonly<Record<string, string>>;
  /** `withheld`: recorded state and config are shown without a single secret. */
  readonly secrets: "given" | "withheld";
}

/** One worker with a copy of one prepared commit, a backend and a key of its own. */
export interface WorkerRoom {
  readonly worker: PreviewWorker;
  readonly carrier: Carrier;
  /** The same site in the worker. */
  site(site: StackSite): StackSite;
  /** Folders of the worker, by what they are for. */
  readonly folders: Readonly<Record<"files" | "home" | "tmp" | "pulumi" | "backend", string>>;
  close(): Promise<void>;
}

const trueupRoot = realpathSync(join(import.meta.dirname, "../../../.."));
const main = fileURLToPath(new URL(`./main${extname(import.meta.filename)}`, import.meta.url));

/** Files and folders that variables name: a kubeconfig, a token, certificates. */
function namedFiles(variables: Readonly<Record<string, string>>): string[] {
  return Object.values(variables)
    .flatMap((value) => value.split(":"))
    .filter((path) => isAbsolute(path) && path.length > 1 && existsSync(path));
}

function real(path: string): readonly string[] {
  return existsSync(path) ? [path, realpathSync(path)] : [path];
}

/** The room of a pack that is not in the copy: packs of what is live are prepared in one of their own. */
function packRoots(site: StackSite): readonly string[] {
  const outside = site.policyPacks.filter((pack) => relative(site.repositoryRoot, pack).startsWith(".."));
  return [...new Set(outside.map((pack) => site.packsRoot ?? pack))];
}

/** Rooms stay apart by what they show: a commit's own files, and the packs that judge it. */
export function roomKey(site: StackSite): string {
  return JSON.stringify([site.repositoryRoot, packRoots(site)]);
}

async function wallsOf(parts: EngineParts, site: StackSite, at: { readonly place: string; readonly confinement: Confinement }): Promise<Walls> {
  const { located, satellites, cli } = parts;
  const { cache } = satellites.settings;
  const { place, confinement } = at;
  const linked = await Promise.all([site.repositoryRoot, ...packRoots(site)].map(linkedModules));
  const tools = [located.cli, ...(located.officialHost === undefined ? [] : [join(located.officialHost, "pulumi-language-nodejs")])];
  return {
    network: confinement.network,
    writes: [place],
    reads: [
      ...["src", "node_modules", "package.json"].map((name) => join(trueupRoot, name)),
      ...nodePlaces(),
      ...tools.flatMap(real),
      ...real(dirname(realpathSync(located.cli))),
      ...linked.flat().flatMap(real),
      ...packRoots(site),
      ...(parts.sandbox && satellites.settings.sandbox !== undefined ? real(satellites.settings.sandbox.sdk) : []),
      ...namedFiles(confinement.variables),
    ],
    // What trusted runs have compiled may be read; what is compiled here is thrown away: it must not run elsewhere.
    shown: [
      ...["programs/v8", "programs/compiled", "catalog"].map((name) => [join(cache, name), join(place, "cache", name)] as const),
      ...(parts.sandbox ? [] : [[join(cli.pulumiHome, "plugins"), join(place, "pulumi", "plugins")] as const]),
    ],
  };
}

const names = ["files", "home", "tmp", "pulumi", "backend", "cache", "cloud"] as const;

async function removed(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true }).catch(async () => {
    // A program may have taken rights away from folders of its copy.
    for (const entry of await readdir(place, { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o700).catch(() => undefined);
    }
    await rm(place, { recursive: true, force: true }).catch(() => undefined);
  });
}

/** Makes the copies, then starts the worker behind its walls; without bubblewrap it is a process like any other, with the same copies. */
export async function openRoom(parts: EngineParts, first: StackSite, confinement: Confinement): Promise<WorkerRoom> {
  const { located, satellites, cli } = parts;
  const { isolation } = confinement;
  const place = await mkdtemp(join(parts.room, "worker-"));
  const folders = Object.fromEntries(names.map((name) => [name, join(place, name)])) as Record<(typeof names)[number], string>;
  const { cache, sandbox, path } = satellites.settings;
  await Promise.all(names.map((name) => mkdir(folders[name], { mode: 0o700 })));
  await cp(first.repositoryRoot, folders.files, { recursive: true, verbatimSymlinks: true });
  if (sandbox !== undefined && existsSync(sandbox.store)) await cp(realpathSync(sandbox.store), folders.cloud, { recursive: true });
  const passphrase = new Secret(randomBytes(24).toString("base64url"));
  const carrier = new Carrier(await newKey(passphrase.reveal()), confinement.secrets);
  const isWalled = isolation.kind === "bubblewrap";
  const argv = [process.execPath, "--disable-warning=ExperimentalWarning", main] as const;
  const worker = new PreviewWorker(
    isWalled ? confined(isolation, await wallsOf(parts, first, { place, confinement }), [...argv]) : [...argv],
    {
      cwd: folders.files,
      env: { PATH: path, HOME: folders.home, TMPDIR: folders.tmp, NODE_COMPILE_CACHE: join(isWalled ? folders.cache : cache, "programs", "v8") },
    },
    {
      satellites: {
        cache: isWalled ? folders.cache : cache,
        path,
        tmp: folders.tmp,
        launchers: join(place, "launchers"),
        sandbox: sandbox === undefined ? undefined : { store: folders.cloud, sdk: sandbox.sdk },
      },
      located: { cli: located.cli, ...(located.officialHost === undefined ? {} : { officialHost: located.officialHost }) },
      programHost: parts.programHost,
      sandbox: parts.sandbox,
      path: cli.path,
    },
  );
  const moved = (path: string): string => {
    const below = relative(first.repositoryRoot, path);
    return below.startsWith("..") ? path : join(folders.files, below);
  };
  return {
    worker,
    carrier,
    folders,
    site: (site) => ({
      ...site,
      directory: moved(site.directory),
      repositoryRoot: moved(site.repositoryRoot),
      policyPacks: site.policyPacks.map(moved),
      backend: pathToFileURL(folders.backend).href,
      passphrase,
      variables: confinement.variables,
    }),
    close: async () => {
      await worker.stop(isWalled);
      await removed(place);
    },
  };
}
