import { access, mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { runChild, type Machine } from "../../base/process/index.ts";
import { gitFailed, gitMissing } from "./git.ts";

export interface LocalClone {
  /** Top folder of the work tree. */
  readonly root: string;
  /** URL or absolute path of the named remote, as configured: it may hold credentials, never print it. */
  readonly remote: string;
}

async function topFolder(directory: string): Promise<string> {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (
      await access(join(at, ".git")).then(
        () => true,
        () => false,
      )
    )
      return at;
    if (at === dirname(at))
      throw new Problem("CONFIG_INVALID", {
        what: "this is not inside a git clone",
        on: directory,
        todo: "Change into a clone of your repository and run the same command again.",
      });
  }
}

function cloneEnvironment(root: string, { path, home }: Pick<Machine, "path" | "home">): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CEILING_DIRECTORIES: dirname(root),
  };
}

/**
 * A clone of a remote for work that needs none of its files: nothing is fetched or checked out. Where there is one already, only its remote is set.
 * The address must hold no password: it is written down. CONFIG_INVALID, DISK_FULL.
 */
export async function makeClone(directory: string, remote: string, machine: Pick<Machine, "path" | "home">): Promise<void> {
  const root = resolve(directory);
  await mkdir(root, { recursive: true });
  const env = cloneEnvironment(root, machine);
  for (const args of [
    ["init", "--quiet", "--template=", "--", "."],
    ["config", "--local", "remote.origin.url", remote],
  ]) {
    const result = await runChild(["git", ...args], { cwd: root, env, deadlineMs: 30_000 }).catch((thrown: unknown) => {
      throw gitMissing(thrown);
    });
    if (result.exitCode !== 0) throw gitFailed(args, result, root);
  }
}

/** The clone a directory belongs to, and where its remote is. CONFIG_INVALID when there is no clone or no such remote. */
export async function lookAtClone(directory: string, remoteName: string, machine: Pick<Machine, "path" | "home">): Promise<LocalClone> {
  const root = await topFolder(directory);
  const key = `remote.${/^[A-Za-z0-9._]+$/.test(remoteName) ? remoteName : "origin"}.url`;
  const env = cloneEnvironment(root, machine);
  const result = await runChild(["git", "config", "--local", "--get", key], { cwd: root, env, deadlineMs: 10_000 }).catch((thrown: unknown) => {
    throw gitMissing(thrown);
  });
  const url = result.stdout.trim();
  if (result.exitCode !== 0 || url === "") {
    throw new Problem("CONFIG_INVALID", {
      what: `the clone has no remote "${remoteName}"`,
      on: root,
      todo: `Add it: git remote add ${remoteName} <url>`,
      detail: result.stderr.trim(),
    });
  }
  // git takes a relative path as seen from the top of the work tree.
  return { root, remote: /^\.{1,2}(\/|$)/.test(url) ? resolve(root, url) : url };
}
