import { isAbsolute } from "node:path";
import type { Credentials } from "../../adapters/git/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { Secret } from "../../base/secret/index.ts";

/**
 * How to sign in to a remote over http: the token in TRUEUP_GIT_TOKEN, before what the remote's URL says. For CI jobs, whose clone is to hold no
 * token in its files, where code of a pull request could read it. The user's name is what hosts want beside a token; they look at the token alone.
 */
export function gitCredentials(machine: Pick<Machine, "variable">): Credentials | undefined {
  const token = machine.variable("TRUEUP_GIT_TOKEN");
  return token === undefined || token === "" ? undefined : { username: "x-access-token", password: new Secret(token) };
}

/** The ssh key that signs what is recorded: TRUEUP_SIGNING_KEY, a path. CONFIG_INVALID for a key in the variable itself, which every child would read. */
export function signingKey(machine: Pick<Machine, "variable">): string | undefined {
  const path = machine.variable("TRUEUP_SIGNING_KEY");
  if (path === undefined || path === "") return undefined;
  if (isAbsolute(path) && !/[\u0000-\u001f]/.test(path)) return path;
  throw new Problem("CONFIG_INVALID", {
    what: "TRUEUP_SIGNING_KEY is no absolute path",
    on: "the variables of this command",
    todo: "Write the key to a file that nobody else may read, and give TRUEUP_SIGNING_KEY its path, such as /run/secrets/trueup-key.",
  });
}
