import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { BenchEstate } from "./estate.ts";
import type { Monitor } from "./monitor.ts";
import { resourceCount } from "./program.ts";

const shim = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run");
const ownShim = join(import.meta.dirname, "../../src/satellites/program-host/child/program.ts");
const mostWordsKept = 4_000;

/** Pulumi's own shim with what the official language host gives it, in an ordinary folder; `typescript`: its ts-node with type check. */
function shimArguments(estate: BenchEstate, monitor: Monitor): string[] {
  const { address } = monitor;
  return [
    shim,
    "--monitor",
    address,
    "--engine",
    address,
    "--project",
    "plain",
    "--stack",
    "bench",
    "--pwd",
    estate.plain,
    "--dry_run",
    "--query_mode",
    "false",
    ".",
  ];
}

async function timed(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  monitor: Monitor,
): Promise<number> {
  monitor.taken();
  const started = performance.now();
  const child = spawn(process.execPath, argv, { ...options, env: { ...options.env }, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (words = (words + chunk.toString("utf8")).slice(-mostWordsKept)));
  const [code] = (await once(child, "exit")) as [number | null];
  const elapsed = performance.now() - started;
  const registered = monitor.taken();
  if (code !== 0 || registered !== resourceCount) throw new Error(`the program ended with ${code} after ${registered} of ${resourceCount} resources: ${words}`);
  return elapsed;
}

function variables(estate: BenchEstate, monitor: Monitor): Record<string, string> {
  const { address } = monitor;
  return {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: estate.root,
    TMPDIR: estate.root,
    PULUMI_CONFIG: '{"aws:region":"eu-central-1"}',
    PULUMI_CONFIG_SECRET_KEYS: "[]",
    PULUMI_NODEJS_PROJECT: "plain",
    PULUMI_NODEJS_STACK: "bench",
    PULUMI_NODEJS_ORGANIZATION: "organization",
    PULUMI_NODEJS_DRY_RUN: "true",
    PULUMI_NODEJS_PARALLEL: "16",
    PULUMI_NODEJS_MONITOR: address,
    PULUMI_NODEJS_ENGINE: address,
    PULUMI_NODEJS_ROOT_DIRECTORY: estate.plain,
  };
}

/** Start of the plain program by our host's shim: compiled files and code cache as the second run on a machine finds them. */
export function ourStart(estate: BenchEstate, monitor: Monitor): Promise<number> {
  const cache = join(estate.cache, "programs");
  const env = { ...variables(estate, monitor), PULUMI_NODEJS_TYPESCRIPT: "false", NODE_COMPILE_CACHE: join(cache, "v8") };
  return timed([ownShim, "--cache", join(cache, "compiled"), "--tsconfig", "tsconfig.json", "--program", "."], { cwd: estate.plain, env }, monitor);
}

/** The same by Pulumi's own shim and its ts-node, which keeps what it compiled in the temporary folder and then checks no types. */
export async function pulumiStart(estate: BenchEstate, monitor: Monitor, cached: boolean): Promise<number> {
  const fresh = cached ? undefined : await mkdtemp(join(estate.root, "tmp-"));
  try {
    const env = { ...variables(estate, monitor), PULUMI_NODEJS_TYPESCRIPT: "true", ...(fresh === undefined ? {} : { TMPDIR: fresh }) };
    return await timed(shimArguments(estate, monitor), { cwd: estate.plain, env }, monitor);
  } finally {
    if (fresh !== undefined) await rm(fresh, { recursive: true, force: true });
  }
}
