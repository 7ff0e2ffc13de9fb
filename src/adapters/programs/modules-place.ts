import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { runChild, type Machine } from "../../base/process/index.ts";

const installDeadlineMs = 15 * 60_000;
const running = new Map<string, Promise<string>>();

/** Settings of npm and of the network that an install needs; nothing else of the caller's environment. */
const passedToNpm =
  /^(npm_config_(registry|userconfig|cafile|proxy|https_proxy|noproxy)|NPM_CONFIG_\w+|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/;

export interface ModulesQuestion {
  readonly machine: Machine;
  /** The clone's folder that corresponds to `folder`; its node_modules serves where its lockfile is the same. */
  readonly checkout: string;
  /** The prepared folder that needs a node_modules. */
  readonly folder: string;
  /** What a person calls it: "the repository", "legacy/network". */
  readonly name: string;
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => readFile(path).catch(() => undefined)));
  return one !== undefined && other !== undefined && one.equals(other);
}

/**
 * Gives a prepared folder its node_modules: a link to the checkout's where the lockfiles are equal, else to an install of exactly this lockfile,
 * made once in the user's cache. Without a lockfile the checkout's serves. Raises PLUGIN_MISSING when npm cannot install it.
 */
export async function placeModules(question: ModulesQuestion): Promise<void> {
  const { checkout, folder } = question;
  if (!existsSync(join(folder, "package.json"))) return;
  const theirs = join(checkout, "node_modules");
  const hasLock = existsSync(join(folder, "package-lock.json"));
  const isSame = await sameFile(join(folder, "package-lock.json"), join(checkout, "package-lock.json"));
  if (existsSync(theirs) && (isSame || !hasLock)) return linkModules(theirs, folder);
  if (hasLock) return linkModules(await installed(question), folder);
}

async function linkModules(modules: string, folder: string): Promise<void> {
  await symlink(modules, join(folder, "node_modules"), "dir").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** The node_modules of one lockfile, in the cache. Two that ask at once in one process share the install; in two processes the first to finish wins. */
async function installed(question: ModulesQuestion): Promise<string> {
  const files = await Promise.all(["package-lock.json", "package.json"].map((name) => readFile(join(question.folder, name))));
  const digest = createHash("sha256")
    .update(files[0] ?? "")
    .update("\0")
    .update(files[1] ?? "")
    .digest("hex")
    .slice(0, 32);
  const home = join(question.machine.cache, "modules", digest);
  if (existsSync(join(home, "node_modules"))) return join(home, "node_modules");
  let install = running.get(home);
  if (install === undefined) {
    install = npmInstall(question, home).finally(() => running.delete(home));
    running.set(home, install);
  }
  return install;
}

async function npmInstall(question: ModulesQuestion, home: string): Promise<string> {
  const making = join(dirname(home), `.${basename(home)}-${randomUUID()}`);
  await mkdir(making, { recursive: true });
  try {
    for (const name of ["package-lock.json", "package.json"]) await writeFile(join(making, name), await readFile(join(question.folder, name)));
    const child = await runChild(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: making,
      deadlineMs: installDeadlineMs,
      env: { ...question.machine.variables(passedToNpm), HOME: question.machine.home, PATH: `${dirname(process.execPath)}:${question.machine.path}` },
    });
    if (child.exitCode !== 0) throw notInstalled(question.name, child.stderr);
    await mkdir(join(making, "node_modules"), { recursive: true });
    await rename(making, home).catch((error: NodeJS.ErrnoException) => {
      // Somebody else finished first: theirs is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
    return join(home, "node_modules");
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

function notInstalled(name: string, stderr: string): Problem {
  const said =
    stderr
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.slice(0, 200) ?? "npm said nothing";
  return new Problem("PLUGIN_MISSING", {
    what: `the packages of ${name} could not be installed`,
    on: `${name}, package-lock.json`,
    todo: "Run npm ci in a checkout of that commit to see why, or make the registry reachable.",
    detail: `${said}\n${stderr.slice(0, 4_000)}`,
  });
}

/** Entries of a node_modules folder, scopes opened: `zod`, `@pulumi/aws`. */
export async function moduleEntries(modules: string): Promise<string[]> {
  const names = await readdir(modules).catch(() => [] as string[]);
  const lists = await Promise.all(
    names.map(async (name) => (name.startsWith("@") ? (await readdir(join(modules, name))).map((each) => `${name}/${each}`) : [name])),
  );
  return lists.flat();
}
