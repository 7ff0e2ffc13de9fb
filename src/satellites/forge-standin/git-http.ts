import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { thisMachine } from "../../base/process/index.ts";
import { tokenIn } from "./credentials.ts";
import { permits, type BranchRules, type Model, type Token } from "./model.ts";
import { notePush } from "./pushes.ts";
import { ruledBranches } from "./rulesets.ts";
import type { Answer, Doorway, RawAsked } from "./server.ts";

/** Git itself over smart HTTP, by the CGI program that git ships, behind the host's tokens, rights and branch rules. */
export interface GitDoor {
  readonly model: Model;
  readonly tokens: ReadonlyMap<string, Token>;
  readonly name: "github" | "gitlab";
  /** The bare repository. */
  readonly path: string;
  /** Called after every push that was taken. */
  readonly pushed: () => void;
}

const services = ["git-upload-pack", "git-receive-pack"] as const;

/** Rules are passed in by variables: a push by the file system, as tests of other rooms do, meets none. */
const hook = `#!/bin/sh
while read -r old new ref; do
  case " $STANDIN_CLOSED " in *" $ref "*) printf '%s\\n' "$STANDIN_SAYS $ref." >&2; exit 1 ;; esac
  case "$new" in
  *[!0]*)
    case "$old" in *[!0]*)
      case " $STANDIN_FORWARD " in *" $ref "*) git merge-base --is-ancestor "$old" "$new" || { printf '%s\\n' "$STANDIN_SAYS $ref: cannot force-push." >&2; exit 1; } ;; esac ;;
    esac ;;
  *) case " $STANDIN_KEPT " in *" $ref "*) printf '%s\\n' "$STANDIN_SAYS $ref: cannot be deleted." >&2; exit 1 ;; esac ;;
  esac
done
`;

const says = {
  github: "error: GH006: Protected branch update failed for",
  gitlab: "GitLab: You are not allowed to push code to protected branches on this project:",
} as const;

export function gitDoor(door: GitDoor): Doorway {
  mkdirSync(join(door.path, "hooks"), { recursive: true });
  writeFileSync(join(door.path, "hooks", "pre-receive"), hook);
  chmodSync(join(door.path, "hooks", "pre-receive"), 0o755);
  const inside = new RegExp(`^/${door.model.repository}(?:\\.git)?/(info/refs|git-upload-pack|git-receive-pack)$`, "i");
  const serviceOf = (url: URL): (typeof services)[number] | undefined => {
    const at = inside.exec(url.pathname)?.[1];
    return services.find((service) => service === (at === "info/refs" ? url.searchParams.get("service") : at));
  };
  return {
    purpose: (_method, url) => {
      const service = serviceOf(url);
      return service === undefined ? undefined : service === "git-receive-pack" ? "git.push" : "git.fetch";
    },
    answer: async (asked) => {
      const service = serviceOf(asked.url);
      const token = door.tokens.get(tokenIn(asked.headers) ?? "");
      const refused = refusal(door, token, { writes: service === "git-receive-pack", over: asked.over });
      if (refused !== undefined || token === undefined) return refused ?? plain(401, "");
      const before = door.model.git.refs();
      const answer = await backend(door, asked, { token, inner: inside.exec(asked.url.pathname)?.[1] ?? "" });
      if (service === "git-receive-pack" && asked.method === "POST") noted(door, token.login, before);
      return answer;
    },
  };
}

const plain = (status: number, said: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  bytes: Buffer.from(`${said}\n`),
  headers: { "content-type": "text/plain; charset=utf-8", ...headers },
});

function refusal(door: GitDoor, token: Token | undefined, want: { readonly writes: boolean; readonly over: RawAsked["over"] }): Answer | undefined {
  if (token === undefined) return plain(401, "Authentication failed", { "www-authenticate": `Basic realm="${door.name}"` });
  if (!permits(door.model, token.login, "read")) return plain(404, "Repository not found.");
  if (want.writes && !permits(door.model, token.login, "write")) return plain(403, `Permission to ${door.model.repository}.git denied to ${token.login}.`);
  if (want.over !== undefined) return plain(429, "Too many pushes to this repository.", { "retry-after": String(want.over.retryAfterSeconds) });
  return undefined;
}

function mayPush(model: Model, login: string, { mayPush: named, requiredApprovals }: BranchRules): boolean {
  const isAdmin = permits(model, login, "admin");
  if (named !== undefined && !named.some((name) => name === login || model.teams.get(name.replace(/^@/, ""))?.get(login) === "active")) return false;
  return requiredApprovals === 0 || isAdmin;
}

function rulesFor({ model, name }: GitDoor, login: string): Record<string, string> {
  const refs = (holds: (rules: BranchRules) => boolean): string =>
    ruledBranches(model)
      .flatMap(([branch, rules]) => (holds(rules) ? [`refs/heads/${branch}`] : []))
      .join(" ");
  return {
    STANDIN_CLOSED: refs((rules) => !mayPush(model, login, rules)),
    STANDIN_FORWARD: refs((rules) => !rules.allowsForcePush),
    STANDIN_KEPT: refs((rules) => !rules.allowsDeletion),
    STANDIN_SAYS: says[name],
  };
}

/** Nobody pushes to the refs that are the host's own; those of forks are not seen at all. */
const configuration = [
  ["http.receivepack", "true"],
  ["receive.hideRefs", "refs/pull"],
  ["receive.hideRefs", "refs/merge-requests"],
  ["transfer.hideRefs", "refs/forks"],
  ["core.hooksPath", "hooks"],
  ["gc.auto", "0"],
] as const;

function environment(door: GitDoor, asked: RawAsked, { token, inner }: Inside): Record<string, string> {
  const said = (name: string): string => String(asked.headers[name] ?? "");
  const settings = configuration.map(([key, value]) => [key, key === "core.hooksPath" ? join(door.path, value) : value] as const);
  return {
    PATH: thisMachine().path,
    HOME: door.path,
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
    GIT_PROJECT_ROOT: dirname(door.path),
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: said("git-protocol"),
    REQUEST_METHOD: asked.method,
    PATH_INFO: `/${basename(door.path)}/${inner}`,
    QUERY_STRING: asked.url.search.slice(1),
    CONTENT_TYPE: said("content-type"),
    CONTENT_LENGTH: String(asked.bytes.length),
    REMOTE_USER: token.login,
    REMOTE_ADDR: "127.0.0.1",
    GIT_COMMITTER_NAME: token.login,
    GIT_COMMITTER_EMAIL: `${token.login}@example.com`,
    ...rulesFor(door, token.login),
  };
}

interface Inside {
  readonly token: Token;
  /** Path in the repository. */
  readonly inner: string;
}

const deadlineMs = 60_000;

async function backend(door: GitDoor, asked: RawAsked, inside: Inside): Promise<Answer> {
  const child = spawn("git", ["http-backend"], { env: environment(door, asked, inside), stdio: ["pipe", "pipe", "ignore"], timeout: deadlineMs });
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => void parts.push(part));
  // A client that is refused early is not read to the end.
  child.stdin.on("error", () => undefined);
  child.stdin.end(asked.bytes);
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve());
  });
  return fromCgi(Buffer.concat(parts));
}

function fromCgi(whole: Buffer): Answer {
  const end = whole.indexOf("\r\n\r\n");
  if (end < 0) return plain(500, "git http-backend said nothing");
  const lines = whole.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  const { status, ...others } = headers;
  return { status: Number(status?.split(" ")[0] ?? 200), bytes: whole.subarray(end + 4), headers: others };
}

/** What a push moved becomes part of the host's activity. */
function noted({ model, pushed }: GitDoor, login: string, before: ReadonlyMap<string, string>): void {
  const after = model.git.refs();
  for (const ref of new Set([...before.keys(), ...after.keys()])) {
    if (!ref.startsWith("refs/heads/") || before.get(ref) === after.get(ref)) continue;
    const branch = ref.slice("refs/heads/".length);
    notePush(model, { by: login, branch, from: before.get(ref), to: after.get(ref) });
    if (after.has(ref)) model.record(login, "git.push", branch);
  }
  pushed();
}
