import { join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import type { Remote } from "./remote.ts";

/** Passed on from the machine as they are: how to find programs, keys, proxies and certificate authorities. */
const passedOn = [
  "SSH_AUTH_SOCK",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO",
];

export const askpassName = "trueup-askpass";

/** Answers only for the remote's own origin: a redirect to another host must not collect the password. */
export const askpassScript = `#!/bin/sh
case "$1" in
"Username for '$TRUEUP_GIT_SCHEME://$TRUEUP_GIT_HOST'"*) printf '%s\\n' "$TRUEUP_GIT_USERNAME" ;;
"Password for '$TRUEUP_GIT_SCHEME://$TRUEUP_GIT_HOST'"* | "Password for '$TRUEUP_GIT_SCHEME://"*"@$TRUEUP_GIT_HOST'"*) printf '%s\\n' "$TRUEUP_GIT_PASSWORD" ;;
*) exit 1 ;;
esac
`;

/** Settings of every git process, as configuration of the command: nothing of the machine, the user or the mirror can change them. */
const settings: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.untrackedCache", "false"],
  ["core.attributesFile", "/dev/null"],
  ["core.quotePath", "false"],
  ["credential.helper", ""],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["submodule.recurse", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["protocol.ext.allow", "never"],
  ["fetch.writeCommitGraph", "false"],
  ["push.followTags", "false"],
  ["push.gpgSign", "false"],
  ["advice.detachedHead", "false"],
  ["http.lowSpeedLimit", "1000"],
  ["http.lowSpeedTime", "60"],
  ["remote.origin.fetch", "+refs/heads/*:refs/heads/*"],
  ["remote.origin.tagOpt", "--no-tags"],
];

/** The whole environment of a git process: built from nothing (reliability.md, spine 9). */
export function gitEnvironment(machine: Pick<Machine, "path" | "home" | "variable">, remote: Remote, mirror: string): Record<string, string> {
  const env: Record<string, string> = {
    PATH: machine.path,
    HOME: machine.home,
    LC_ALL: "C",
    GIT_DIR: mirror,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_ALLOW_PROTOCOL: "file:http:https:ssh",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_SSH_COMMAND: "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4",
    GIT_SSH_VARIANT: "ssh",
  };
  for (const name of passedOn) {
    const value = machine.variable(name);
    if (value !== undefined) env[name] = value;
  }
  const pairs = [...settings, ["remote.origin.url", remote.url] as const];
  env["GIT_CONFIG_COUNT"] = String(pairs.length);
  pairs.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  if (remote.credentials !== undefined && remote.origin !== undefined) {
    const origin = new URL(remote.origin);
    env["GIT_ASKPASS"] = join(mirror, askpassName);
    env["TRUEUP_GIT_SCHEME"] = origin.protocol.slice(0, -1);
    env["TRUEUP_GIT_HOST"] = origin.host;
    env["TRUEUP_GIT_USERNAME"] = remote.credentials.username ?? "trueup";
    env["TRUEUP_GIT_PASSWORD"] = remote.credentials.password.reveal();
  }
  return env;
}
