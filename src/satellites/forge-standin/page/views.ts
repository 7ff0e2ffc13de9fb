import { hasConflicts, headOf, obstacle } from "../pulls.ts";
import type { Issue, Model, Pull, Review } from "../model.ts";
import { Html, joined, markup } from "./html.ts";
import { checks, comment, deployments, said, sha, when } from "./parts.ts";

/** Where a person finds a pull request or an issue, in the host's own way. */
export interface Paths {
  readonly pull: (number: number) => string;
  readonly issue: (number: number) => string;
}

const isBot = (model: Model, login: string): boolean => model.people.get(login)?.bot === true;

const heading = ({ title, number, state }: Pick<Pull | Issue, "title" | "number" | "state">, more: Html): Html =>
  markup`<h1>${title} <small>#${number}</small></h1><p><span class="state ${state}">${state[0]?.toUpperCase()}${state.slice(1)}</span>${more}</p>`;

const reviewed: Readonly<Record<Review["state"], string>> = {
  approved: "approved these changes",
  changes: "asked for changes",
  commented: "reviewed",
  dismissed: "had approved; that was dismissed",
};

interface Moment {
  readonly at: Date;
  readonly html: Html;
}

const event = (at: Date, html: Html): Moment => ({ at, html: markup`<div class="event">${html} ${when(at)}</div>` });

function moments(model: Model, pull: Pull): readonly Moment[] {
  const [, ...pushes] = pull.versions;
  const all = [
    ...model.notes.filter((note) => note.pull === pull.number && !note.system).map((note) => ({ at: note.createdAt, html: comment(model, note) })),
    ...model.reviews
      .filter((one) => one.pull === pull.number)
      .map((one) => event(one.at, markup`<b>${one.by}</b> ${reviewed[one.state]} at ${sha(one.commit)}`)),
    ...pushes.map(({ at, commit }) => event(at, markup`the branch was pushed: ${sha(commit)}`)),
    ...(pull.merged === undefined
      ? []
      : [event(pull.merged.at, markup`<b>${pull.merged.by}</b> merged this into <code>${pull.base}</code> as ${sha(pull.merged.tip)}`)]),
  ];
  return all.sort((one, other) => one.at.getTime() - other.at.getTime());
}

function mergeability(model: Model, pull: Pull): Html {
  if (pull.state !== "open") return new Html("");
  const why = hasConflicts(model, pull) ? "It conflicts with its base branch." : obstacle(model, pull);
  return markup`<div class="box"><div class="row">${why === undefined ? "✓ It can be merged." : `○ ${why}`}</div></div>`;
}

export function pullPage(model: Model, pull: Pull): Html {
  const from = pull.fork === undefined ? pull.branch : `${pull.fork}:${pull.branch}`;
  const what = markup`<b>${pull.author}</b> ${pull.state === "merged" ? "had" : "has"} <code>${from}</code> for <code>${pull.base}</code>`;
  const { merged } = pull;
  return markup`${heading(pull, what)}${said({ author: pull.author, at: pull.createdAt, body: pull.body === "" ? "_No description._" : pull.body, isBot: isBot(model, pull.author) })}${joined(moments(model, pull).map(({ html }) => html))}${mergeability(model, pull)}${checks(model, headOf(pull), "its head")}${merged === undefined ? new Html("") : checks(model, merged.tip, "the merge")}${deployments(model, ({ commit }) => commit === merged?.tip)}`;
}

export function issuePage(model: Model, issue: Issue): Html {
  const what = markup`<b>${issue.author}</b> opened it ${when(issue.createdAt)}`;
  return markup`${heading(issue, what)}${said({ author: issue.author, at: issue.createdAt, body: issue.body, edited: issue.updatedAt > issue.createdAt, isBot: isBot(model, issue.author) })}`;
}

const line = (href: string, { title, number, state, author, createdAt }: Pull | Issue): Html =>
  markup`<div class="row"><a href="${href}"><b>${title}</b></a> <span class="tag">${state}</span><div class="quiet">#${number} by ${author} · ${when(createdAt)}</div></div>`;

const listed = (title: string, rows: readonly Html[]): Html =>
  markup`<h2>${title}</h2><div class="box">${rows.length === 0 ? markup`<div class="row quiet">None.</div>` : joined(rows)}</div>`;

export function frontPage(model: Model, paths: Paths): Html {
  const pulls = [...model.pulls].reverse().map((pull) => line(paths.pull(pull.number), pull));
  const issues = [...model.issues].reverse().map((issue) => line(paths.issue(issue.number), issue));
  return markup`<h1>${model.repository}</h1>${listed("Pull requests", pulls)}${issues.length === 0 ? new Html("") : listed("Issues", issues)}${deployments(model)}`;
}
