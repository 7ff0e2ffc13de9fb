import type { Credentials } from "./credentials.ts";
import { us } from "./credentials.ts";
import type { Kind } from "./hosts.ts";
import { editIssue, openIssue } from "./issues.ts";
import { deleteNote, editNote, memberOf, pullOf, writeNote, type Model } from "./model.ts";
import { headRef, mergePull, notice, openPull, review } from "./pulls.ts";
import { notePush } from "./pushes.ts";
import type { StandinServer } from "./server.ts";
import { shown } from "./shown.ts";
import type { Standin } from "./standin.ts";

interface Parts {
  readonly name: Standin["name"];
  readonly kind: Kind;
  readonly model: Model;
  readonly server: StandinServer;
  readonly credentials: Credentials;
  readonly secrets: () => readonly string[];
}

/** What people do at the host, each at once, and what they see. */
export function people({ name, kind, model, server, credentials, secrets }: Parts): Omit<Standin, "close" | "path"> {
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
    allowAsTheHostDoes: (how) => void (model.policy.limits = how?.insists === true ? { ...kind.limits, ...kind.recommends } : kind.limits),
    url: server.url,
    gitUrl: `${server.url}/${kind.repository}.git`,
    fault: server.fault,
    clearFaults: server.clearFaults,
    jitter: server.jitter,
    ...atGit(model, see),
    ...atPulls(model, see),
    ...shown(model),
    ...atAccess(model, kind),
  };
}

function atGit(model: Model, see: () => void): Pick<Standin, "push" | "head"> {
  const { git, people: all, now } = model;
  return {
    push: (by, branch, { files, parent, fork, message = "Change", as = by } = {}) => {
      const who = all.get(as) ?? { name: as, email: `${as}@example.com` };
      const ref = headRef(branch, fork);
      const over = parent ?? git.resolve(ref) ?? git.resolve("refs/heads/main");
      const commit = git.write({ parent: over, files: files ?? { [`${branch}.txt`]: `${now().toISOString()}\n` }, message, by: who });
      if (fork === undefined) notePush(model, { by, branch, from: git.resolve(ref), to: commit });
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
  | "openIssue"
  | "editIssue"
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
    openIssue: (by, text) => openIssue(model, by, text).number,
    editIssue: (number, change) => void editIssue(model, number, { by: "ann", ...change }),
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
