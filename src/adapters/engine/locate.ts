import { access, constants, readdir, realpath, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { runChild } from "../../base/process/index.ts";
import { knownVersion } from "./known-version.ts";

/** The oldest CLI whose events and hidden flags are known to be right. */
const floor = [3, 250] as const;

export interface Located {
  readonly cli: string;
  /** As the CLI says it, without the leading "v". */
  readonly version: string;
  /** Folder of the official language host, when one is installed beside the CLI or on PATH. */
  readonly officialHost: string | undefined;
}

export interface LocateOptions {
  readonly given: string | undefined;
  readonly path: string;
  /** `<cache>/engine/<version>/pulumi` is where `npm run setup` puts the engine. */
  readonly cache: string;
  readonly home: string;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder !== "" && (await isExecutable(join(folder, name)))) return join(folder, name);
  }
  return undefined;
}

function numbers(version: string): readonly [number, number, number] {
  const [, major, minor, patch] = /v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0)];
}

function compare(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)];
  return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
}

async function versionOf(cli: string, home: string): Promise<string> {
  const said = await runChild([cli, "version"], {
    cwd: home,
    env: { HOME: home, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
    deadlineMs: 30_000,
    outputCap: 4096,
  });
  return said.stdout.trim().replace(/^v/, "");
}

function isNewEnough(version: string): boolean {
  const [major, minor] = numbers(version);
  return major > floor[0] || (major === floor[0] && minor >= floor[1]);
}

async function inCache(cache: string): Promise<string[]> {
  const names = await readdir(join(cache, "engine")).catch(() => []);
  return names.toSorted((a, b) => compare(b, a)).map((name) => join(cache, "engine", name, "pulumi"));
}

async function officialHost(cli: string, path: string): Promise<string | undefined> {
  const beside = dirname(await realpath(cli));
  if (await isExecutable(join(beside, "pulumi-language-nodejs"))) return beside;
  const found = await onPath("pulumi-language-nodejs", path);
  return found === undefined ? undefined : dirname(found);
}

/** The CLI to use: the one given, else a new enough one on PATH, else the newest in the cache. Raises ENGINE_MISSING. */
export async function locate({ given, path, cache, home }: LocateOptions): Promise<Located> {
  const ambient = given === undefined ? await onPath("pulumi", path) : undefined;
  const candidates = given === undefined ? [...(ambient === undefined ? [] : [ambient]), ...(await inCache(cache))] : [given];
  const tooOld: string[] = [];
  for (const cli of candidates) {
    if (!(await isExecutable(cli))) continue;
    const version = await knownVersion(cli, cache, () => versionOf(cli, home));
    if (isNewEnough(version)) return { cli, version, officialHost: await officialHost(cli, path) };
    tooOld.push(`${cli} is ${version}`);
  }
  throw new Problem("ENGINE_MISSING", {
    what: `no Pulumi CLI of version ${floor.join(".")} or newer was found${tooOld.length === 0 ? "" : ` (${tooOld.join(", ")})`}`,
    on: given ?? "this machine",
    todo: "Run: npm run setup (or install pulumi and have it on PATH)",
  });
}
