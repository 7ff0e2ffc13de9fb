import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "../../base/process/index.ts";
import { openRepository, type RepositoryOptions } from "./repository.ts";
import type { Repository } from "./port.ts";

/** A real bare remote in a temporary folder, for tests of everything that speaks to git. */
export interface TestRemote {
  readonly folder: string;
  readonly path: string;
  /** Plain git in the remote, as a stranger would run it. Its output, trimmed. */
  git(...args: readonly string[]): string;
  /** The same with standard input and more variables, for plumbing. */
  gitWith(args: readonly string[], input: string, variables: Readonly<Record<string, string>>): string;
  /** Installs a hook of the remote. */
  hook(name: "pre-receive" | "update", script: string): void;
  /** A repository on it with a mirror of its own (or the named one). */
  open(mirror?: string, more?: Partial<RepositoryOptions>): Promise<Repository>;
  /** Closes what was opened and deletes the folder. */
  remove(): Promise<void>;
}

const identity = { GIT_AUTHOR_NAME: "Ann", GIT_AUTHOR_EMAIL: "ann@example.com", GIT_COMMITTER_NAME: "Ann", GIT_COMMITTER_EMAIL: "ann@example.com" };

/** Plain git with no configuration of the machine. */
export function plainGit(
  cwd: string,
  args: readonly string[],
  { input, variables = {} }: { readonly input?: string; readonly variables?: Readonly<Record<string, string>> } = {},
): string {
  const env = { PATH: thisMachine().path, HOME: cwd, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C", ...identity, ...variables };
  return execFileSync("git", args, {
    cwd,
    env,
    encoding: "utf8",
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(input === undefined ? {} : { input }),
  }).trim();
}

function copyInto(folder: string, { folder: from }: TestRemote): void {
  for (const name of ["remote.git", "clone"]) cpSync(join(from, name), join(folder, name), { recursive: true });
  const config = join(folder, "clone/.git/config");
  writeFileSync(config, readFileSync(config, "utf8").replaceAll(from, folder));
}

/** `like`: this one's remote and its folder "clone" once more, instead of an empty remote. */
export function testRemote(like?: TestRemote): TestRemote {
  const folder = mkdtempSync(join(thisMachine().tmp, "trueup-git-"));
  const path = join(folder, "remote.git");
  if (like === undefined) plainGit(folder, ["init", "--quiet", "--bare", "--initial-branch=main", path]);
  else copyInto(folder, like);
  const opened: Repository[] = [];
  return {
    folder,
    path,
    git: (...args) => plainGit(path, args),
    gitWith: (args, input, variables) => plainGit(path, args, { input, variables }),
    hook: (name, script) => {
      mkdirSync(join(path, "hooks"), { recursive: true });
      writeFileSync(join(path, "hooks", name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(path, "hooks", name), 0o755);
    },
    open: async (mirror = `mirror-${opened.length}`, more = {}) => {
      const repository = await openRepository({ remote: path, mirror: join(folder, mirror), machine: thisMachine(), ...more });
      opened.push(repository);
      return repository;
    },
    remove: async () => {
      for (const repository of opened) await repository.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
