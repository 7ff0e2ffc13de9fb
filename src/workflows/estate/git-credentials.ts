import type { Credentials } from "../../adapters/git/index.ts";
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
