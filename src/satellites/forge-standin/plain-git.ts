import { execFileSync } from "node:child_process";
import { thisMachine } from "../../base/process/index.ts";

/** Git in one repository, with no configuration of the machine; its output, trimmed. Throws when git says no. */
export function plainGit(cwd: string, args: readonly string[]): string {
  const env = { PATH: thisMachine().path, HOME: cwd, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", LC_ALL: "C" };
  return execFileSync("git", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
