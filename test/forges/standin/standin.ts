import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "../../../src/base/process/index.ts";
import { Secret } from "../../../src/base/secret/index.ts";
import type { CiJob, ForgeCredentials, ForgeSettings, PullRequest } from "../../../src/adapters/forges/index.ts";
import { hostGit, type MergeStyle } from "./git.ts";
import { github, type AppFacts } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import {
  deleteNote,
  editNote,
  memberOf,
  openModel,
  pullOf,
  writeNote,
  type BranchRules,
  type CheckRun,
  type Event,
  type Model,
  type Permission,
  type Token,
} from "./model.ts";
import { headRef, mergePull, notice, openPull, review } from "./pulls.ts";
import { serve, type Fault, type Logged, type StandinServer } from "./server.ts";

/** What the host can be asked to hold; where it cannot, the contract does not ask for it. */
export interface HostTraits {
  readonly requiredStatuses: boolean;
  readonly forcePushWhenProtected: boolean;
  readonly deletionWhenProtected: boolean;
  /** A job is also told apart by its attempt. */
  readonly attempts: boolean;
  /** Whoever may write may edit what others wrote. */
  readonly editsOthers: boolean;
  readonly teamName: string;
}

export interface ShownStatus {
  readonly name: string;
  readonly state: "running" | "waiting" | "success" | "failure";
  readonly title: string;
  readonly url: string | undefined;
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly level: string; readonly message: string }[];
  /** More than one of the name in this same state: somebody created without looking. */
  readonly copies: number;
}

export interface ShownDeployment {
  readonly environment: string;
  readonly commit: string;
  readonly state: "running" | "success" | "failure" | "other";
}

export interface ShownComment {
  readonly id: string;
  readonly author: string;
  readonly body: string;
}

/** A forge to test against, and the people at it. Every method that people do takes effect at once. */
export interface Standin {
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
  readonly requests: readonly Logged[];
  readonly events: readonly Event[];
  readonly policy: Model["policy"];
  /** Settings that reach it; with a token of `login`, or the app's key. */
  settings(as?: { readonly login?: string; readonly app?: boolean; readonly installationToken?: boolean; readonly deadlineMs?: number }): ForgeSettings;
  /** Every token value that was ever given out, for the search for leaks. */
  secrets(): readonly string[];
  fault(fault: Fault): void;
  clearFaults(): void;
  jitter(seed: number, maxMs: number): void;
  /** A commit on a branch, made by `by`; over the branch's head, or over `parent` (a force-push). */
  push(
    by: string,
    branch: string,
    change?: { readonly files?: Readonly<Record<string, string>>; readonly parent?: string; readonly fork?: string; readonly message?: string },
  ): string;
  head(branch: string): string;
  openPullRequest(
    by: string,
    of: { readonly head: string; readonly base?: string; readonly fork?: string; readonly title?: string; readonly draft?: boolean; readonly at?: Date },
  ): number;
  closePullRequest(number: number): void;
  stateOf(number: number): PullRequest["state"];
  comment(by: string, number: number, body: string | { readonly body: string; readonly at: Date }): string;
  react(by: string, comment: string, content: string): void;
  /** A review that says something and decides nothing. */
  remark(by: string, number: number): void;
  /** Many at once, all with the same head; the number of the newest. */
  openMany(count: number, of: { readonly by: string; readonly head: string; readonly base: string }): number;
  editComment(id: string, body: string): void;
  deleteComment(id: string): void;
  comments(number: number): readonly ShownComment[];
  reactions(comment: string): readonly { readonly by: string; readonly content: string }[];
  approve(by: string, number: number, at?: Date): void;
  dismiss(by: string, number: number): void;
  requestChanges(by: string, number: number): void;
  merge(by: string, number: number, style: MergeStyle): string;
  statuses(commit: string): readonly ShownStatus[];
  deployments(): readonly ShownDeployment[];
  join(login: string, permission: Permission): void;
  setPermission(login: string, permission: Permission): void;
  /** "@acme/platform". */
  addToTeam(team: string, login: string, standing?: "active" | "pending"): void;
  removeFromTeam(team: string, login: string): void;
  startJob(name?: string, of?: { readonly again?: CiJob; readonly queued?: boolean }): CiJob;
  endJob(job: CiJob, how?: "success" | "failure" | "cancelled"): void;
  protect(branch: string, rules: Partial<BranchRules>): void;
  close(): Promise<void>;
}

const us = "trueup-ci";

const states: Readonly<Record<string, ShownStatus["state"]>> = {
  pending: "waiting",
  queued: "waiting",
  running: "running",
  in_progress: "running",
  success: "success",
  failed: "failure",
  failure: "failure",
  error: "failure",
  canceled: "failure",
  cancelled: "failure",
  action_required: "waiting",
  neutral: "waiting",
};

interface Kind {
  readonly repository: string;
  readonly maxCommentLength: number;
  readonly hostRef: (number: number) => string;
  readonly tokenPrefix: string;
  readonly api: (url: string) => string;
  readonly bot: string;
  readonly traits: HostTraits;
}

const kinds: Readonly<Record<Standin["name"], Kind>> = {
  github: {
    repository: "acme/estate",
    maxCommentLength: 65_536,
    hostRef: (number) => `refs/pull/${number}/head`,
    tokenPrefix: "ghp_",
    bot: "renovate[bot]",
    api: (url) => url,
    traits: {
      requiredStatuses: true,
      forcePushWhenProtected: true,
      deletionWhenProtected: true,
      attempts: true,
      editsOthers: true,
      teamName: "@acme/platform",
    },
  },
  gitlab: {
    repository: "acme/infra/estate",
    maxCommentLength: 1_000_000,
    hostRef: (number) => `refs/merge-requests/${number}/head`,
    tokenPrefix: "glpat-",
    bot: "project_1_bot_4f2c1d",
    api: (url) => `${url}/api/v4`,
    traits: {
      requiredStatuses: false,
      forcePushWhenProtected: true,
      deletionWhenProtected: false,
      attempts: false,
      editsOthers: true,
      teamName: "@acme/platform",
    },
  },
};

export async function openStandin(name: Standin["name"]): Promise<Standin> {
  const kind = kinds[name];
  const folder = mkdtempSync(join(thisMachine().tmp, "trueup-forge-"));
  const bare = emptyRepository(folder);
  const git = hostGit(bare);
  const model = openModel({ repository: kind.repository, git, maxCommentLength: kind.maxCommentLength, rebaseMovesHead: name === "gitlab" });
  const tokens = new Map<string, Token>();
  const { app, privateKey } = name === "github" ? newApp() : { app: undefined, privateKey: "" };
  const dialect = name === "github" ? github({ model, tokens, app }) : gitlab({ model, tokens });
  const server = await serve(dialect);
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

const firstPeople: readonly (readonly [string, Permission])[] = [
  [us, "maintain"],
  ["ann", "admin"],
  ["bob", "write"],
  ["cyd", "maintain"],
  ["dan", "read"],
  ["mallory", "none"],
];

/** One key pair for all: making one takes as long as a whole test. */
let keys: { readonly publicKey: string; readonly privateKey: string } | undefined;

function newApp(): { readonly app: AppFacts; readonly privateKey: string } {
  keys ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { app: { id: 4711, slug: "trueup-app", installation: 815, publicKey: keys.publicKey }, privateKey: keys.privateKey };
}

interface Credentials {
  (as: NonNullable<Parameters<Standin["settings"]>[0]>): ForgeCredentials;
}

function credentialsOf({
  tokens,
  prefix,
  app,
  privateKey,
}: {
  readonly tokens: Map<string, Token>;
  readonly prefix: string;
  readonly app: AppFacts | undefined;
  readonly privateKey: string;
}): Credentials {
  return ({ login = us, app: asApp = false, installationToken = false }) => {
    if (asApp && app !== undefined) return { app: { id: String(app.id), installation: String(app.installation), privateKey: new Secret(privateKey) } };
    const installation = installationToken && app !== undefined;
    const value = `${installation ? "ghs_" : prefix}${randomBytes(18).toString("hex")}`;
    tokens.set(value, { name: `token ${tokens.size + 1} of ${installation ? "app" : login}`, login: installation ? `${app.slug}[bot]` : login, installation });
    return { token: new Secret(value) };
  };
}

interface Parts {
  readonly name: Standin["name"];
  readonly kind: Kind;
  readonly model: Model;
  readonly server: StandinServer;
  readonly credentials: Credentials;
  readonly secrets: () => readonly string[];
}

function people({ name, kind, model, server, credentials, secrets }: Parts): Omit<Standin, "close" | "path"> {
  const see = (): void => notice(model, kind.hostRef);
  return {
    name,
    traits: kind.traits,
    us,
    appLogin: "trueup-app[bot]",
    bot: kind.bot,
    repository: kind.repository,
    requests: server.requests,
    events: model.events,
    policy: model.policy,
    settings: (as = {}) => ({
      kind: name,
      api: kind.api(server.url),
      repository: kind.repository,
      credentials: credentials(as),
      ...(as.deadlineMs === undefined ? {} : { deadlineMs: as.deadlineMs }),
    }),
    secrets,
    fault: server.fault,
    clearFaults: server.clearFaults,
    jitter: server.jitter,
    ...atGit(model, see),
    ...atPulls(model, see),
    ...shown(model),
    ...atAccess(model, kind),
  };
}

function atGit({ git, people: all, now, pushes }: Model, see: () => void): Pick<Standin, "push" | "head"> {
  return {
    push: (by, branch, { files, parent, fork, message = "Change" } = {}) => {
      const who = all.get(by) ?? { name: by, email: `${by}@example.com` };
      const ref = headRef(branch, fork);
      const over = parent ?? git.resolve(ref) ?? git.resolve("refs/heads/main");
      const commit = git.write({ parent: over, files: files ?? { [`${branch}.txt`]: `${now().toISOString()}\n` }, message, by: who });
      if (fork === undefined) pushes.push({ by, branch, commit, created: git.resolve(ref) === undefined, at: now() });
      git.setRef(ref, commit);
      see();
      return commit;
    },
    head: (branch) => git.resolve(`refs/heads/${branch}`) ?? "",
  };
}

type AtPulls =
  | "openPullRequest"
  | "closePullRequest"
  | "stateOf"
  | "comment"
  | "editComment"
  | "deleteComment"
  | "approve"
  | "dismiss"
  | "requestChanges"
  | "react"
  | "remark"
  | "openMany"
  | "merge";

function atPulls(model: Model, see: () => void): Pick<Standin, AtPulls> {
  const say = (by: string, number: number, body: string): void => void writeNote(model, number, { author: by, body, system: true });
  return {
    openPullRequest: (by, { head, base = "main", fork, title = `Change ${head}`, draft = false, at }) => {
      const { number } = openPull(model, { by, head, base, fork, title, draft, ...(at === undefined ? {} : { at }) });
      see();
      return number;
    },
    closePullRequest: (number) => void (pullOf(model, number).state = "closed"),
    stateOf: (number) => pullOf(model, number).state,
    comment: (by, number, body) => String(writeNote(model, number, { author: by, ...(typeof body === "string" ? { body } : body) }).id),
    react: (by, comment, content) => void model.reactions.push({ id: model.nextId(), note: Number(comment), by, content }),
    remark: (by, number) => void review(model, number, { by, state: "commented" }),
    openMany: (count, { by, head, base }) => {
      const { number } = openPull(model, { by, head, base, title: "First of many" });
      const first = pullOf(model, number);
      for (let more = 1; more < count; more++) {
        model.pulls.push({ ...first, id: model.nextId(), number: number + more, title: `Number ${more + 1}`, versions: [...first.versions] });
      }
      return number + count - 1;
    },
    editComment: (id, body) => void editNote(model, Number(id), { by: "ann", body, least: "admin" }),
    deleteComment: (id) => deleteNote(model, Number(id), { by: "ann", least: "admin" }),
    approve: (by, number, at) => {
      see();
      review(model, number, { by, state: "approved", ...(at === undefined ? {} : { at }) });
      writeNote(model, number, { author: by, body: "approved this merge request", system: true, ...(at === undefined ? {} : { at }) });
    },
    dismiss: (by, number) => {
      for (const entry of model.reviews) if (entry.by === by && entry.pull === number && entry.state === "approved") entry.state = "dismissed";
      say(by, number, "unapproved this merge request");
    },
    requestChanges: (by, number) => {
      review(model, number, { by, state: "changes" });
      say(by, number, "requested changes");
    },
    merge: (by, number, style) => {
      see();
      return mergePull(model, number, { by, style }).merged?.tip ?? "";
    },
  };
}

function shown(model: Model): Pick<Standin, "comments" | "reactions" | "statuses" | "deployments"> {
  return {
    comments: (number) => model.notes.filter((note) => note.pull === number && !note.system).map(({ id, author, body }) => ({ id: String(id), author, body })),
    reactions: (comment) => model.reactions.filter((entry) => entry.note === Number(comment)).map(({ by, content }) => ({ by, content })),
    statuses: (commit) => {
      const plain = model.statuses
        .filter((entry) => entry.commit === commit && !entry.superseded)
        .map(({ name, state, title, url }) => ({ name, state: states[state] ?? ("failure" as const), title, url, annotations: [], copies: 1 }));
      const checks = model.checks.filter((check) => check.commit === commit);
      const newest = checks.filter((check, at) => checks.findLastIndex(({ name }) => name === check.name) === at);
      const alike = (one: CheckRun): number =>
        checks.filter((check) => check.name === one.name && check.status === one.status && check.conclusion === one.conclusion).length;
      return [
        ...plain,
        ...newest.map((check) => ({
          name: check.name,
          state: states[check.conclusion ?? check.status] ?? ("failure" as const),
          title: check.title,
          url: check.url,
          annotations: check.annotations.map((entry) => ({ path: entry.path, line: entry.start_line, level: entry.annotation_level, message: entry.message })),
          copies: alike(check),
        })),
      ];
    },
    deployments: () =>
      model.deployments.map(({ environment, commit, states: history }) => {
        const state = states[history.at(-1)?.state ?? ""];
        return { environment, commit, state: state === undefined || state === "waiting" ? "other" : state };
      }),
  };
}

type AtAccess = "join" | "setPermission" | "addToTeam" | "removeFromTeam" | "startJob" | "endJob" | "protect";

function atAccess(model: Model, { traits }: Kind): Pick<Standin, AtAccess> {
  const teamOf = (team: string) => {
    const path = team.replace(/^@/, "");
    const members = model.teams.get(path) ?? new Map<string, "active" | "pending">();
    model.teams.set(path, members);
    return members;
  };
  return {
    join: (login, permission) =>
      void model.people.set(login, {
        id: model.people.size + 1,
        login,
        name: login,
        email: `${login}@example.com`,
        bot: /\[bot\]$|^project_\d+_bot/.test(login),
        permission,
      }),
    setPermission: (login, permission) => {
      memberOf(model, login).permission = permission;
    },
    addToTeam: (team, login, standing = "active") => void teamOf(team).set(login, standing),
    removeFromTeam: (team, login) => void teamOf(team).delete(login),
    startJob: (name = "apply", { again, queued = false } = {}) => {
      const run = again === undefined ? model.nextId() : Number(again.run);
      const attempt = again === undefined ? 1 : (again.attempt ?? 1) + 1;
      const job = { id: model.nextId(), run, attempt, name, state: queued ? ("queued" as const) : ("running" as const), startedAt: model.now() };
      model.jobs.push(job);
      return traits.attempts ? { run: String(run), job: name, attempt } : { run: String(run), job: String(job.id) };
    },
    endJob: (job, how = "success") => {
      const found = model.jobs.findLast(
        (entry) => entry.run === Number(job.run) && (traits.attempts ? entry.name === job.job && entry.attempt === job.attempt : entry.id === Number(job.job)),
      );
      if (found === undefined) throw new Error("no such job");
      found.state = how;
    },
    protect: (branch, rules) =>
      void model.rules.set(branch, {
        requiredApprovals: 0,
        requiresCodeOwners: false,
        allowsForcePush: false,
        allowsDeletion: false,
        requiredStatuses: [],
        ...rules,
      }),
  };
}
