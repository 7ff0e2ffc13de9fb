import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runChild, thisMachine, type ChildResult } from "../../src/base/process/index.ts";

const repository = join(import.meta.dirname, "../..");
const machine = thisMachine();

/** The engine that setup has put on this machine, if any. */
export function anEngine(): string | undefined {
  const given = machine.variable("TRUEUP_ENGINE");
  const folders = [machine.cache, join(homedir(), ".cache", "trueup")].map((cache) => join(cache, "engine")).filter((folder) => existsSync(folder));
  const kept = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, "pulumi")));
  return [...(given === undefined ? [] : [given]), ...kept].find((path) => existsSync(path));
}

const files: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "acme", "private": true, "type": "module" }\n',
  "Pulumi.yaml": "name: acme\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: stacks/index.ts\nstackConfigDir: environments\n",
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  branch: "env/dev",
  cloud: "sandbox",
  stacks: { machines: stack("stacks/machines", { layer: "machines", args: { days: 7 } }), apps: stack("stacks/apps", { layer: "apps" }) },
});
`,
  "environments/dev/machines.yaml": "config:\n  aws:region: eu-central-1\n",
  "environments/prod/environment.ts": `import { defineEnvironment, stack } from "trueup";

export default defineEnvironment({
  branch: "env/prod",
  cloud: "real",
  backend: "s3://acme-state",
  secrets: { provider: "passphrase", from: { env: "ACME_PROD_PASSPHRASE" } },
  stacks: { machines: stack("stacks/machines", { layer: "machines", args: { days: 90 } }) },
});
`,
  "stacks/index.ts": 'export { default } from "trueup/program";\n',
  "stacks/machines/index.ts": `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ days: z.int() }),
  program({ days }) {
    const logs = new aws.cloudwatch.LogGroup("logs", { retentionInDays: days });
    const queue = new aws.sqs.Queue("jobs", {});
    return { group: logs.name, key: pulumi.secret("machines-key"), url: queue.url };
  },
});
`,
  "stacks/apps/index.ts": `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";
import type machines from "../machines/index.ts";

export default defineStack({
  args: z.object({}).optional(),
  program(_, ctx) {
    const source = ctx.stack<typeof machines>("machines");
    new aws.ssm.Parameter("where", { type: "String", value: source.output("url") });
    new aws.ssm.Parameter("key", { type: "SecureString", value: source.output("key") });
  },
});
`,
};

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** All of an outcome as text, so that a test that fails says what was printed. */
export function told({ exitCode, stdout, stderr }: Outcome): string {
  return `exit ${exitCode}\n${stdout}${stderr}`;
}

/** A clone of a bare remote, as a person has it, in a folder that goes away. */
export interface Clone {
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  link(path: string, target: string): Promise<void>;
  remove(path: string): Promise<void>;
  commit(): Promise<void>;
  trueup(...args: string[]): Promise<Outcome>;
  /** A shell with nothing but the system's commands and `trueup`: no pulumi, no node. */
  shell(script: string): Promise<Outcome>;
  close(): Promise<void>;
}

async function installModules(folder: string): Promise<void> {
  const source = join(repository, "node_modules");
  await mkdir(join(folder, "node_modules"), { recursive: true });
  for (const name of await readdir(source)) await symlink(join(source, name), join(folder, "node_modules", name));
  await symlink(repository, join(folder, "node_modules", "trueup"));
}

export async function openClone(engine: string): Promise<Clone> {
  const root = await mkdtemp(join(tmpdir(), "trueup-plain-"));
  const [folder, home, bin] = [join(root, "clone"), join(root, "home"), join(root, "bin")];
  for (const each of [folder, home, bin]) await mkdir(each);
  const env = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    TMPDIR: root,
    XDG_CACHE_HOME: join(tmpdir(), "trueup-plain-cache"),
    TRUEUP_ENGINE: engine,
    TRUEUP_ACTOR: "ann",
  };
  await writeFile(join(bin, "trueup"), `#!/bin/sh\nexec '${process.execPath}' '${join(repository, "bin/trueup.mjs")}' "$@"\n`, { mode: 0o755 });
  const run = async (argv: readonly [string, ...string[]], more: Readonly<Record<string, string>> = {}): Promise<ChildResult> =>
    runChild(argv, { cwd: folder, env: { ...env, ...more }, deadlineMs: 100_000 });
  const git = async (...args: string[]): Promise<void> => {
    const who = {
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "Ann",
      GIT_AUTHOR_EMAIL: "ann@acme.example",
      GIT_COMMITTER_NAME: "Ann",
      GIT_COMMITTER_EMAIL: "ann@acme.example",
    };
    const result = await run(["git", ...args], who);
    if (result.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr}`);
  };
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const clone: Clone = {
    folder,
    write,
    link: (path, target) => symlink(target, join(folder, path)),
    remove: (path) => rm(join(folder, path)),
    async commit() {
      await git("add", "--all");
      await git("commit", "--quiet", "-m", "A change");
    },
    trueup: (...args) => run([join(bin, "trueup"), ...args]),
    shell: (script) => run(["/bin/sh", "-c", script]),
    close: () => rm(root, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  await clone.link("environments/Pulumi.dev.machines.yaml", "dev/machines.yaml");
  await write(".gitignore", "node_modules\n.trueup\n");
  await installModules(folder);
  await git("init", "--quiet", "--bare", "--initial-branch=main", join(root, "remote.git"));
  await git("init", "--quiet", "--initial-branch=env/dev");
  await clone.commit();
  await git("remote", "add", "origin", join(root, "remote.git"));
  await git("push", "--quiet", "origin", "env/dev");
  return clone;
}
