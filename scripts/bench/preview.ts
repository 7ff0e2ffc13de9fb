import { join } from "node:path";
import { openEngine, type Engine, type StackSite } from "../../src/adapters/engine/index.ts";
import { runChild, thisMachine, type ChildResult } from "../../src/base/process/index.ts";
import { Secret } from "../../src/base/secret/index.ts";
import type { BenchEstate } from "./estate.ts";
import { resourceCount, stackName } from "./program.ts";

const repository = join(import.meta.dirname, "../..");
const deadlineMs = 180_000;

async function must(
  argv: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<ChildResult> {
  const result = await runChild(argv, { ...options, deadlineMs });
  if (result.exitCode === 0) return result;
  throw new Error(`${argv.slice(0, 3).join(" ")} ended with ${result.exitCode ?? result.signal}: ${result.stdout}${result.stderr}`);
}

/** `trueup ...` as a person types it in the clone; milliseconds. */
export async function trueup(estate: BenchEstate, ...args: string[]): Promise<number> {
  const { durationMs } = await must([process.execPath, join(repository, "bin/trueup.mjs"), ...args], { cwd: estate.clone, env: estate.ours });
  return durationMs;
}

/** `trueup preview` of the one stack, refused when it finds anything to do. */
export function trueupPreview(estate: BenchEstate): Promise<number> {
  return trueup(estate, "preview", "dev", "--all", "--expect-no-changes");
}

/** Plain `pulumi preview` of the same stack on the same state and cloud. `live`: with --refresh, as ours reads live objects. */
export async function plainPreview(estate: BenchEstate, live: boolean): Promise<number> {
  const args = ["preview", "-s", stackName, "--non-interactive", "--expect-no-changes", ...(live ? ["--refresh"] : [])];
  const { durationMs, stdout } = await must([estate.engine, ...args], { cwd: estate.clone, env: estate.theirs });
  if (!stdout.includes(`${resourceCount} unchanged`)) throw new Error(`plain pulumi did not see ${resourceCount} resources: ${stdout}`);
  return durationMs;
}

export interface Adapter {
  preview(live: boolean): Promise<number>;
  close(): Promise<void>;
}

/** The engine adapter alone, its satellites running: what each further stack of a run costs. */
export async function openAdapter(estate: BenchEstate): Promise<Adapter> {
  const engine: Engine = await openEngine({
    machine: thisMachine(),
    pulumi: estate.engine,
    work: join(estate.root, "adapter"),
    cache: estate.cache,
    programHost: "trueup",
    sandbox: { store: join(estate.clone, ".trueup/cloud"), sdk: join(repository, "node_modules") },
  });
  const site: StackSite = {
    stack: "everything",
    pulumiStack: stackName,
    directory: estate.clone,
    repositoryRoot: estate.clone,
    backend: `file://${join(estate.clone, ".trueup/state")}`,
    passphrase: new Secret("sandbox"),
    variables: {},
    policyPacks: [],
    knownSecrets: [],
  };
  return {
    async preview(live) {
      const started = performance.now();
      const outcome = await engine.preview(site, { deadlineMs, live });
      if (outcome.result !== "succeeded" || outcome.changes.resources.length > 0)
        throw new Error(`the adapter's preview ${outcome.result} with ${outcome.changes.resources.length} changes`);
      return performance.now() - started;
    },
    close: () => engine.close(),
  };
}
