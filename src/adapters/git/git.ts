import { Problem } from "../../base/problem/index.ts";
import { runChild, type ChildResult } from "../../base/process/index.ts";

interface GitCall {
  readonly stdin?: string | Buffer;
  readonly deadlineMs?: number;
  /** More variables for this call (GIT_DIR of another repository). */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git on the mirror. Arguments are an array; whoever calls has checked every name in it. */
export interface Git {
  readonly mirror: string;
  readonly env: Readonly<Record<string, string>>;
  /** The remote as messages may show it. */
  readonly remote: string;
  /** Never throws for an exit code. Both outputs are scrubbed of the credentials. */
  run(args: readonly string[], call?: GitCall): Promise<ChildResult>;
  /** Standard output, or a Problem: for what only fails when something is wrong with the machine. */
  must(args: readonly string[], call?: GitCall): Promise<string>;
}

export interface GitSetting {
  readonly mirror: string;
  readonly remote: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly scrub: (text: string) => string;
}

export function bindGit(setting: GitSetting): Git {
  const run = async (args: readonly string[], call: GitCall = {}): Promise<ChildResult> => {
    const result = await runChild(["git", ...args], {
      cwd: "/",
      env: { ...setting.env, ...call.env },
      deadlineMs: call.deadlineMs ?? setting.deadlineMs,
      graceMs: 2_000,
      outputCap: 16 * 1024 * 1024,
      ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
    }).catch((thrown: unknown) => {
      throw gitMissing(thrown);
    });
    return { ...result, stdout: setting.scrub(result.stdout), stderr: setting.scrub(result.stderr) };
  };
  return {
    mirror: setting.mirror,
    env: setting.env,
    remote: setting.remote,
    run,
    must: async (args, call) => {
      const result = await run(args, call);
      if (result.exitCode === 0 && result.dropped === 0) return result.stdout;
      throw gitFailed(args, result, setting.remote);
    },
  };
}

export function gitMissing(thrown: unknown): Problem {
  return new Problem("CONFIG_INVALID", {
    what: "git cannot be started",
    on: "this machine",
    todo: "Install git 2.38 or newer and see that it is on PATH.",
    cause: thrown,
  });
}

/** A git command that should not fail did: the machine's trouble, or ours. */
export function gitFailed(args: readonly string[], result: ChildResult, remote: string): Problem {
  const detail = `git ${args[0] ?? ""} ended with ${result.exitCode ?? result.signal} (${result.endedBy}): ${result.stderr.trim() || result.stdout.trim()}`;
  if (isDiskFull(result.stderr)) return diskFull(remote, detail);
  return new Problem("INTERNAL", { what: `git ${args[0] ?? ""} failed`, on: remote, todo: "Run again with --debug and report what it prints.", detail });
}

export const isDiskFull = (said: string): boolean => /No space left on device|Disk quota exceeded/.test(said);

export function diskFull(remote: string, detail: string): Problem {
  return new Problem("DISK_FULL", {
    what: "no space left for the mirror of the repository",
    on: remote,
    todo: "Free some space and run the same command again.",
    detail,
  });
}
