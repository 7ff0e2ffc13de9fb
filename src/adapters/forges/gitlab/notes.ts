import { Problem } from "../../../base/problem/index.ts";
import type { Comment } from "../forge.ts";
import type { Conversation } from "../sticky.ts";
import type { GitlabCall } from "./call.ts";
import { Edits, Note, Notes } from "./schema.ts";

/** Whose notes these are, and where they are shown. */
export interface NoteSite {
  readonly iid: number;
  /** The id of the user whose token it is. */
  readonly me: number;
  /** "https://gitlab.example/acme/estate/-/merge_requests/7" */
  readonly page: string;
}

const perQuery = 50;
/** GitLab's names for the users behind project, group and service tokens; the REST API does not say it of an author. */
const botName = /^(?:(?:project|group)_\d+_bot(?:_?[0-9a-f]*)|service_account_.+|alert-bot|support-bot|security-bot|ghost\d*-bot|gitlab-bot)$/i;

function toComment(note: Note, edited: boolean, site: NoteSite): Comment {
  const ours = note.author.id === site.me;
  return {
    id: String(note.id),
    url: `${site.page}#note_${note.id}`,
    author: note.author.username,
    bot: ours || note.author.bot === true || botName.test(note.author.username),
    ours,
    body: note.body,
    createdAt: note.created_at,
    edited,
  };
}

async function readNotes(call: GitlabCall, iid: number): Promise<readonly Note[]> {
  const notes = await call.read(Notes, (api) => api.notes.all(call.project, iid, { sort: "asc", orderBy: "created_at", perPage: 100 }));
  const unique = new Map(notes.filter((note) => !note.system).map((note) => [note.id, note]));
  return [...unique.values()].sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at) || a.id - b.id);
}

/** GraphQL's word on when these were edited; null for never. */
async function askEdits(call: GitlabCall, notes: readonly Note[]): Promise<ReadonlyMap<number, string | null>> {
  const known = new Map<number, string | null>();
  for (let from = 0; from < notes.length; from += perQuery) {
    const some = notes.slice(from, from + perQuery);
    const fields = some.map(({ id }) => `n${id}: note(id: "gid://gitlab/Note/${id}") { lastEditedAt lastEditedBy { id } }`);
    const { data } = await call.graphql(Edits, `query { ${fields.join(" ")} }`);
    for (const { id } of some) {
      const edit = data[`n${id}`];
      // Of a note that nobody edited GitLab gives the time of its last change instead, but no editor.
      if (edit !== undefined && edit !== null) known.set(id, edit.lastEditedBy === null ? null : edit.lastEditedAt);
    }
  }
  return known;
}

/**
 * When each note was edited. `updated_at` alone does not tell: a reaction moves it, ours too. REST does not say more, GraphQL does; where it is
 * not to be had, every change counts as an edit.
 */
async function editsOf(call: GitlabCall, notes: readonly Note[]): Promise<ReadonlyMap<number, string>> {
  const changed = notes.filter((note) => note.updated_at !== note.created_at);
  const unsaid = changed.filter((note) => note.last_edited_at === undefined);
  let asked: ReadonlyMap<number, string | null> = new Map();
  try {
    asked = await askEdits(call, unsaid);
  } catch (thrown) {
    // A failure that passes is told; it must not make an edit of a reaction.
    if (!(thrown instanceof Problem) || thrown.retry !== "never") throw thrown;
  }
  const edits = new Map<number, string>();
  for (const note of changed) {
    const said = note.last_edited_at === undefined ? asked.get(note.id) : note.last_edited_at;
    const at = said === undefined ? note.updated_at : said;
    if (at !== null && at !== note.created_at) edits.set(note.id, at);
  }
  return edits;
}

/** GraphQL tells time in whole seconds: the edit was somewhere inside that one, and not after the last change. */
function lastEdit(note: Note, edited: string | undefined): number {
  return edited === undefined ? Number.NEGATIVE_INFINITY : Math.min(Date.parse(note.updated_at), Date.parse(edited) + 999);
}

/**
 * GitLab obeys lines such as "/merge" and "/approve" in a comment, with the rights of whoever writes it. What trueup writes quotes what others
 * have named; an invisible character in front makes such a line plain text.
 */
export function withoutCommands(body: string): string {
  return body.replaceAll(/^([^\S\n]*)\/(?=[a-z_]+(?:\s|$))/gim, "$1\u200b/");
}

export async function commentsOf(call: GitlabCall, site: NoteSite, since: string | undefined): Promise<readonly Comment[]> {
  const notes = await readNotes(call, site.iid);
  const edits = await editsOf(call, notes);
  const from = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  const isNewer = (note: Note): boolean => Date.parse(note.created_at) >= from || lastEdit(note, edits.get(note.id)) >= from;
  return notes.filter(isNewer).map((note) => toComment(note, edits.has(note.id), site));
}

export function conversationOf(call: GitlabCall, site: NoteSite): Conversation {
  const { iid } = site;
  const shown = (note: Note): Comment => toComment(note, note.updated_at !== note.created_at, site);
  return {
    list: async () => (await readNotes(call, iid)).map(shown),
    create: async (body) => shown(await call.read(Note, (api) => api.notes.create(call.project, iid, body))),
    edit: async (id, body) => shown(await call.read(Note, (api) => api.notes.edit(call.project, iid, Number(id), { body }))),
    remove: (id) => call.act((api) => api.notes.remove(call.project, iid, Number(id))),
  };
}
