import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemClock } from "../../src/base/clock/index.ts";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { closureDigest } from "../../src/domain/planner/index.ts";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import { ledgerOf, openEstate, readRevision } from "../../src/workflows/estate/index.ts";
import { givenEngine } from "./estate.ts";

const repository = join(import.meta.dirname, "../..");
const machine = thisMachine();
export const stackCount = 100;

const environmentFile = (size: number): string => `import { defineEnvironment, stack } from "trueup";

const names = Array.from({ length: ${stackCount} }, (_, index) => \`app-\${String(index).padStart(3, "0")}\`);

export default defineEnvironment({
  branch: "env/dev",
  cloud: "sandbox",
  drift: { mode: "detect", schedule: "0 3 * * *" },
  stacks: Object.fromEntries(names.map((name, index) => [name, stack("stacks/app", { layer: "apps", args: { size: index === 0 ? ${size} : 1 } })])),
});
`;

const files: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify({ name: "bench", private: true, type: "module", dependencies: { "@pulumi/pulumi": "*", "@pulumi/random": "*", trueup: "*" } })}\n`,
  "Pulumi.yaml": "name: bench\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: stacks/index.ts\nstackConfigDir: environments\n",
  "environments/dev/environment.ts": environmentFile(1),
  "stacks/index.ts": `export { default } from "trueup/program";\n`,
  "stacks/app/index.ts": `import * as random from "@pulumi/random";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({ args: z.object({ size: z.number() }), program: ({ size }) => ({ id: new random.RandomString("it", { length: size }).id }) });
`,
  ".gitignore": "node_modules\n.trueup\n",
};

/** One environment of 100 stacks that the ledger knows as live, on a forge with its API, and an engine that notes when it is started. */
export interface AgentEstate {
  readonly root: string;
  readonly clone: string;
  readonly forge: Standin;
  readonly variables: Readonly<Record<string, string>>;
  /** One line per engine process: when it was started in ms, and its arguments. */
  readonly engineLog: string;
  /** Pushes a commit that changes one stack. */
  merge(size: number): Promise<void>;
  remove(): Promise<void>;
}

async function git(clone: string, ...args: string[]): Promise<void> {
  const who = { GIT_AUTHOR_NAME: "Bench", GIT_AUTHOR_EMAIL: "bench@localhost", GIT_COMMITTER_NAME: "Bench", GIT_COMMITTER_EMAIL: "bench@localhost" };
  const env = { PATH: machine.path, HOME: clone, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", ...who };
  const result = await runChild(["git", ...args], { cwd: clone, env, deadlineMs: 60_000 });
  if (result.exitCode !== 0) throw new Error(`git ${args[0]} failed: ${result.stderr}`);
}

/**
 * Writes into the ledger that all stacks but the first are live as the head declares them, as an apply would have: what an idle agent reads is the
 * ledger, and an apply of 100 stacks would take longer than all that is measured. The first, which merges change, is applied in earnest.
 */
async function recordAsLive(clone: string): Promise<void> {
  const engine = givenEngine();
  const withEngine = { ...machine, variable: (name: string) => (name === "TRUEUP_ENGINE" ? engine : machine.variable(name)) };
  const estate = await openEstate({ directory: clone, machine: withEngine, clock: systemClock });
  try {
    await estate.repository.fetch();
    const head = (await estate.repository.branch("env/dev")) ?? "";
    const { environment, closures } = await readRevision(estate, head, "dev");
    if (closures.length !== stackCount) throw new Error(`${closures.length} stacks instead of ${stackCount}`);
    const since = new Date().toISOString();
    const stacks = environment.stacks.slice(1).map((declaration) => {
      const closure = closures.find(({ stack }) => stack === declaration.name);
      if (closure === undefined) throw new Error(`${declaration.name} has no closure`);
      const live = { commit: head, closureDigest: closureDigest(closure), stateDigest: "0".repeat(64), run: "bench", since };
      const { name, pulumiStack } = declaration;
      return [
        name,
        { ...live, result: "good" as const, resources: 2, pulumiStack, backend: environment.backend, lastGood: live, declaration, reads: [] },
      ] as const;
    });
    const checks = Object.fromEntries(environment.stacks.map(({ name }) => [name, since]));
    const ledger = await ledgerOf(estate, "dev");
    await ledger.record((current) => ({
      next: {
        ...current,
        branch: { name: "env/dev", head, seenAt: since },
        identity: { cloud: "sandbox", account: null, cluster: null },
        stacks: Object.fromEntries(stacks),
        drift: { ...current.drift, checkedAt: since, checks },
      },
      sentence: "dev: recorded for a measurement",
    }));
    const { end } = await applyEnvironment(estate, { environment: "dev", all: false });
    if (end !== "good") throw new Error(`the first apply ended as ${end}`);
  } finally {
    await estate.close();
  }
}

export async function makeAgentEstate(): Promise<AgentEstate> {
  const root = await mkdtemp(join(tmpdir(), "trueup-bench-agent-"));
  const [clone, home] = [join(root, "clone"), join(root, "home")];
  const forge = await openStandin("github");
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(clone, path)), { recursive: true });
    await writeFile(join(clone, path), text);
  }
  await mkdir(home);
  await symlink(join(repository, "node_modules"), join(clone, "node_modules"));
  await git(clone, "init", "--quiet", "--initial-branch=env/dev");
  await git(clone, "add", "--all");
  await git(clone, "commit", "--quiet", "-m", "A hundred stacks");
  await git(clone, "remote", "add", "origin", forge.path);
  await git(clone, "push", "--quiet", "--force", "origin", "env/dev", "env/dev:main");
  await recordAsLive(clone);
  const engineLog = join(root, "engine.log");
  const engine = join(root, "pulumi");
  await writeFile(engine, `#!/bin/sh\necho "$(date +%s%3N) $*" >> '${engineLog}'\nexec '${givenEngine()}' "$@"\n`);
  await chmod(engine, 0o755);
  await writeFile(engineLog, "");
  const { kind, api, repository: name, credentials } = forge.settings();
  const token = "token" in credentials ? credentials.token.reveal() : "";
  return {
    root,
    clone,
    forge,
    engineLog,
    variables: {
      PATH: machine.path,
      HOME: home,
      TMPDIR: root,
      TRUEUP_ENGINE: engine,
      TRUEUP_ACTOR: "bench",
      TRUEUP_FORGE: kind,
      TRUEUP_FORGE_API: api,
      TRUEUP_FORGE_REPOSITORY: name,
      TRUEUP_FORGE_TOKEN: token,
    },
    merge: async (size) => {
      await writeFile(join(clone, "environments/dev/environment.ts"), environmentFile(size));
      await git(clone, "commit", "--quiet", "--all", "-m", `Size ${size}`);
      await git(clone, "push", "--quiet", "origin", "env/dev");
    },
    remove: async () => {
      await forge.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
