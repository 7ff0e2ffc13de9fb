import { join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { runChild, type Machine } from "../../base/process/index.ts";
import type { TrueupSource } from "../../domain/pipelines/index.ts";

const trueupRoot = join(import.meta.dirname, "../../..");

function unknown(what: string): Problem {
  return new Problem("USAGE", {
    what,
    on: "--trueup",
    todo: "Say where jobs get trueup from, at one commit: --trueup https://github.com/owner/name@<40 hex digits>",
  });
}

/** An https URL without user and password, also of what git writes as host:path; undefined for anything else. */
function webUrl(remote: string): string | undefined {
  const [, host, path] = /^(?:ssh:\/\/)?git@([^/:\s]+)(?::(?:\d+\/)?|\/)([^\s]+)$/.exec(remote) ?? [];
  const text = host === undefined || path === undefined ? remote : `https://${host}/${path}`;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "https:" ? `https://${url.host}${url.pathname.replace(/(?:\.git)?\/?$/, "")}` : undefined;
}

async function git(machine: Machine, ...args: readonly string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await runChild(["git", "-C", trueupRoot, ...args], {
    cwd: trueupRoot,
    env: { PATH: machine.path, HOME: machine.home, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
    deadlineMs: 10_000,
    outputCap: 4096,
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** Where jobs get trueup from: what was said (`url@commit`), else the repository and commit that this very trueup is of. Raises USAGE. */
export async function sourceOf(machine: Machine, said: string | undefined): Promise<TrueupSource> {
  if (said !== undefined) {
    const [, remote = "", commit] = /^(.+)@([0-9a-f]{40})$/.exec(said) ?? [];
    const url = webUrl(remote);
    if (url !== undefined && commit !== undefined) return { url, commit };
    throw unknown("this is not an https URL, an @ and a full commit");
  }
  const [remote, commit, changes] = [
    await git(machine, "config", "--get", "remote.origin.url"),
    await git(machine, "rev-parse", "HEAD"),
    await git(machine, "status", "--porcelain", "--untracked-files=no"),
  ];
  const url = remote === undefined ? undefined : webUrl(remote);
  if (url === undefined || commit === undefined) throw unknown("this trueup is not in a clone of a repository that jobs could reach");
  if (changes !== "") throw unknown("this trueup has changes of its own that no commit holds");
  return { url, commit };
}
