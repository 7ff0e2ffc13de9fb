import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "../../base/process/index.ts";
import { credentialsOf, firstPeople, newApp, tokenIn, type StandinCredentials } from "./credentials.ts";
import type { Fault } from "./faults.ts";
import { gitDoor } from "./git-http.ts";
import { hostGit, type MergeStyle } from "./git.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { kinds, type HostTraits } from "./hosts.ts";
import { openModel, type BranchRules, type Event, type Model, type Permission, type Pull, type Token } from "./model.ts";
import { pageDoor } from "./page/page.ts";
import { people } from "./people.ts";
import { notice } from "./pulls.ts";
import { serve, type Logged } from "./server.ts";
import type { Shown } from "./shown.ts";

/** A job as its CI's own variables name it. */
export interface JobName {
  readonly run: string;
  readonly job: string;
  readonly attempt?: number;
}

/** How to reach it, and as whom. */
export interface StandinSettings {
  readonly kind: "github" | "gitlab";
  readonly api: string;
  readonly repository: string;
  readonly credentials: StandinCredentials;
  readonly deadlineMs?: number;
}

/** A forge to test against, and the people at it. Every method that people do takes effect at once. */
export interface Standin extends Shown {
  readonly name: "github" | "gitlab";
  readonly traits: HostTraits;
  /** Whom trueup is, by the credentials of `settings`. */
  readonly us: string;
  /** Login of the app, where `settings` can be those of one. */
  readonly appLogin: string;
  /** Somebody's bot, which may write. */
  readonly bot: string;
  /** Its name on the host: "acme/estate". */
  readonly repository: string;
  /** The bare repository on disk. */
  readonly path: string;
  /** Where a person looks at it. */
  readonly url: string;
  /** The repository over HTTP, for who signs in with a token. */
  readonly gitUrl: string;
  readonly requests: readonly Logged[];
  readonly events: readonly Event[];
  readonly policy: Model["policy"];
  /** Settings that reach it; with a token of `login`, or the app's key. */
  settings(as?: { readonly login?: string; readonly app?: boolean; readonly installationToken?: boolean; readonly deadlineMs?: number }): StandinSettings;
  /** Every token value that was ever given out, for the search for leaks. */
  secrets(): readonly string[];
  /** From now on with the host's own limits of requests and comments; `insists`: of pushes too. Without this nothing is counted. */
  allowAsTheHostDoes(how?: { readonly insists: boolean }): void;
  fault(fault: Fault): void;
  clearFaults(): void;
  jitter(seed: number, maxMs: number): void;
  /** A commit on a branch, pushed by `by`; over the branch's head, or over `parent` (a force-push). `as`: whose name and address it carries, if not theirs. */
  push(
    by: string,
    branch: string,
    change?: {
      readonly files?: Readonly<Record<string, string>>;
      readonly parent?: string;
      readonly fork?: string;
      readonly message?: string;
      readonly as?: string;
    },
  ): string;
  head(branch: string): string;
  openPullRequest(
    by: string,
    of: { readonly head: string; readonly base?: string; readonly fork?: string; readonly title?: string; readonly draft?: boolean; readonly at?: Date },
  ): number;
  closePullRequest(number: number): void;
  stateOf(number: number): Pull["state"];
  comment(by: string, number: number, body: string | { readonly body: string; readonly at: Date }): string;
  react(by: string, comment: string, content: string): void;
  /** A review that says something and decides nothing. */
  remark(by: string, number: number): void;
  /** Many at once, all with the same head; the number of the newest. */
  openMany(count: number, of: { readonly by: string; readonly head: string; readonly base: string }): number;
  openIssue(by: string, text: { readonly title: string; readonly body: string }): number;
  editIssue(number: number, change: { readonly title?: string; readonly body?: string; readonly state?: "open" | "closed" }): void;
  editComment(id: string, body: string): void;
  deleteComment(id: string): void;
  approve(by: string, number: number, at?: Date): void;
  dismiss(by: string, number: number): void;
  requestChanges(by: string, number: number): void;
  merge(by: string, number: number, style: MergeStyle): string;
  join(login: string, permission: Permission): void;
  setPermission(login: string, permission: Permission): void;
  /** "@acme/platform". */
  addToTeam(team: string, login: string, standing?: "active" | "pending"): void;
  removeFromTeam(team: string, login: string): void;
  startJob(name?: string, of?: { readonly again?: JobName; readonly queued?: boolean }): JobName;
  endJob(job: JobName, how?: "success" | "failure" | "cancelled"): void;
  protect(branch: string, rules: Partial<BranchRules>): void;
  close(): Promise<void>;
}

export async function openStandin(name: Standin["name"]): Promise<Standin> {
  const kind = kinds[name];
  const folder = mkdtempSync(join(thisMachine().tmp, "trueup-forge-"));
  const bare = emptyRepository(folder);
  const git = hostGit(bare);
  const model = openModel({ repository: kind.repository, git, maxCommentLength: kind.maxCommentLength, rebaseMovesHead: name === "gitlab" });
  const tokens = new Map<string, Token>();
  const { app, privateKey } = name === "github" ? newApp() : { app: undefined, privateKey: "" };
  const dialect = name === "github" ? github({ model, tokens, app }) : gitlab({ model, tokens });
  const server = await serve({
    dialect: { ...dialect, nameOfToken: (headers) => dialect.nameOfToken(headers) ?? tokens.get(tokenIn(headers) ?? "")?.name },
    doorways: [gitDoor({ model, tokens, name, path: bare, pushed: () => notice(model, kind.hostRef) }), pageDoor({ model, name })],
    limits: () => model.policy.limits,
  });
  const standin = people({
    name,
    kind,
    model,
    server,
    credentials: credentialsOf({ tokens, prefix: kind.tokenPrefix, app, privateKey }),
    secrets: () => [...tokens.keys(), ...(privateKey === "" ? [] : [privateKey])],
  });
  for (const [login, permission] of firstPeople) standin.join(login, permission);
  standin.join(kind.bot, "write");
  if (app !== undefined) standin.join(`${app.slug}[bot]`, "write");
  standin.push("ann", "main", { files: { "README.md": "estate\n" }, message: "Begin" });
  return {
    ...standin,
    path: bare,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What `git init --bare` makes, without the process. */
function emptyRepository(folder: string): string {
  const path = join(folder, "remote.git");
  for (const inside of ["objects/info", "objects/pack", "refs/heads", "refs/tags"]) mkdirSync(join(path, inside), { recursive: true });
  writeFileSync(join(path, "HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(path, "config"), "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n");
  return path;
}
