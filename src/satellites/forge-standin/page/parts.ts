import { shown, type ShownDeployment, type ShownStatus } from "../shown.ts";
import type { Model, Note } from "../model.ts";
import { Html, joined, markup } from "./html.ts";
import { rendered } from "./markdown.ts";

export const when = (at: Date): Html => markup`<span class="quiet">${at.toISOString().slice(0, 16).replace("T", " ")} UTC</span>`;
export const sha = (commit: string): Html => markup`<span class="sha">${commit.slice(0, 7)}</span>`;

const marks: Readonly<Record<string, string>> = { success: "✓", failure: "✗", running: "●", waiting: "○", other: "○" };
const dot = (state: string): Html => markup`<span class="dot ${state}">${marks[state] ?? "○"}</span>`;

const emoji: Readonly<Record<string, string>> = {
  "+1": "👍",
  "-1": "👎",
  eyes: "👀",
  rocket: "🚀",
  confused: "😕",
  heart: "❤️",
  hooray: "🎉",
  laugh: "😄",
  thumbsup: "👍",
  thumbsdown: "👎",
};

function reactions(model: Model, note: Note): Html {
  const all = model.reactions.filter((entry) => entry.note === note.id).map(({ by, content }) => markup`<span>${emoji[content] ?? content} ${by}</span>`);
  return all.length === 0 ? new Html("") : markup`<div class="reactions">${joined(all)}</div>`;
}

export function said({ author, at, body, edited, after, isBot = false }: Said): Html {
  const bot = isBot ? markup` <span class="tag">bot</span>` : new Html("");
  const note = edited === true ? markup` · edited` : new Html("");
  return markup`<div class="box"><div class="top"><b>${author}</b>${bot} commented ${when(at)}${note}</div><div class="body"><div class="md">${rendered(body)}</div>${after ?? new Html("")}</div></div>`;
}

interface Said {
  readonly author: string;
  readonly at: Date;
  readonly body: string;
  readonly edited?: boolean;
  readonly after?: Html;
  readonly isBot?: boolean;
}

export const comment = (model: Model, note: Note): Html =>
  said({
    author: note.author,
    at: note.createdAt,
    body: note.body,
    edited: note.edited !== undefined,
    after: reactions(model, note),
    isBot: model.people.get(note.author)?.bot === true,
  });

function check({ name, state, title, annotations }: ShownStatus): Html {
  const lines = annotations.map(({ path, line, level, message }) => markup`<div class="quiet">${level} · <code>${path}:${line}</code> ${message}</div>`);
  return markup`<div class="row">${dot(state)}<b>${name}</b> <span class="quiet">${title}</span>${joined(lines)}</div>`;
}

export function checks(model: Model, commit: string, of: string): Html {
  const all = shown(model).statuses(commit);
  const rows = all.length === 0 ? markup`<div class="row quiet">No check has reported.</div>` : joined(all.map(check));
  return markup`<h2>Checks of ${of} ${sha(commit)}</h2><div class="box">${rows}</div>`;
}

const deployment = ({ environment, commit, state, url }: ShownDeployment): Html =>
  markup`<div class="row">${dot(state)}<b>${environment}</b> ${sha(commit)} <span class="quiet">${state}${url === undefined ? "" : ` · ${url}`}</span></div>`;

export function deployments(model: Model, of: (one: ShownDeployment) => boolean = () => true): Html {
  const all = shown(model).deployments().filter(of);
  return all.length === 0 ? new Html("") : markup`<h2>Deployments</h2><div class="box">${joined([...all].reverse().map(deployment))}</div>`;
}
