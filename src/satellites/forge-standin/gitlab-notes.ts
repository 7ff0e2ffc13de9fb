import { message, project, type Desk } from "./gitlab-desk.ts";
import { note as noteShape, user } from "./gitlab-shapes.ts";
import { deleteNote, editNote, noteOf, pullOf, writeNote } from "./model.ts";
import type { Answer, Asked, Route } from "./server.ts";
import { text } from "./words.ts";

export function noteRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  const found = (asked: Asked) => {
    const note = noteOf(model, Number(asked.params[2]));
    pullOf(model, Number(asked.params[1]));
    return note;
  };
  return [
    {
      method: "GET",
      path: project("/merge_requests/:iid/notes"),
      purpose: "comments.list",
      answer: (asked) => {
        const { number } = pullOf(model, Number(asked.params[1]));
        const query = asked.url.searchParams;
        const activity = query.get("activity_filter") ?? "all_notes";
        const kept = model.notes.filter((note) => note.pull === number && (activity === "all_notes" || note.system === (activity === "only_activity")));
        const key = query.get("order_by") === "updated_at" ? "updatedAt" : "createdAt";
        const ascending = kept.sort((a, b) => a[key].getTime() - b[key].getTime() || a.id - b.id);
        return pages(
          asked,
          (query.get("sort") === "asc" ? ascending : ascending.reverse()).map((note) => noteShape(shapes(asked), note)),
        );
      },
    },
    {
      method: "POST",
      path: project("/merge_requests/:iid/notes"),
      purpose: "comment.create",
      answer: (asked) => {
        const note = writeNote(model, Number(asked.params[1]), {
          author: caller(asked).login,
          body: text(asked.body["body"]) ?? text(asked.url.searchParams.get("body")) ?? "",
        });
        return { status: 201, body: noteShape(shapes(asked), note) };
      },
    },
    {
      method: "GET",
      path: project("/merge_requests/:iid/notes/:note"),
      purpose: "comments.list",
      answer: (asked) => ({ status: 200, body: noteShape(shapes(asked), found(asked)) }),
    },
    {
      method: "PUT",
      path: project("/merge_requests/:iid/notes/:note"),
      purpose: "comment.edit",
      answer: (asked) => {
        const note = editNote(model, found(asked).id, { by: caller(asked).login, body: text(asked.body["body"]) ?? "", least: "maintain" });
        return { status: 200, body: noteShape(shapes(asked), note) };
      },
    },
    {
      method: "DELETE",
      path: project("/merge_requests/:iid/notes/:note"),
      purpose: "comment.delete",
      answer: (asked) => {
        deleteNote(model, found(asked).id, { by: caller(asked).login, least: "maintain" });
        return { status: 204 };
      },
    },
    ...awardRoutes(desk, found),
  ];
}

/** When notes were edited, by whom: REST does not tell that from a reaction, which moves `updated_at` too. */
export function graphRoute({ model }: Desk): Route {
  const answer = (asked: Asked): Answer => {
    const wanted = (text(asked.body["query"]) ?? "").matchAll(/(\w+)\s*:\s*note\(id:\s*"gid:\/\/gitlab\/Note\/(\d+)"\)/g);
    const data = [...wanted].map(([, alias = "", id]) => {
      const note = model.notes.find((candidate) => candidate.id === Number(id));
      if (note === undefined) return [alias, null];
      const at = `${(note.edited?.at ?? note.updatedAt).toISOString().slice(0, 19)}Z`;
      return [
        alias,
        { lastEditedAt: at, lastEditedBy: note.edited === undefined ? null : { id: `gid://gitlab/User/${model.people.get(note.edited.by)?.id}` } },
      ];
    });
    return { status: 200, body: { data: Object.fromEntries(data) as unknown } };
  };
  return { method: "POST", path: "/api/graphql", purpose: "comments.list", answer };
}

function awardRoutes({ model, shapes, caller, pages }: Desk, found: (asked: Asked) => ReturnType<typeof noteOf>): readonly Route[] {
  const path = project("/merge_requests/:iid/notes/:note/award_emoji");
  const shape = (asked: Asked, entry: (typeof model.reactions)[number]) => ({
    id: entry.id,
    name: entry.content,
    user: user(shapes(asked), entry.by),
    created_at: new Date(0).toISOString(),
    updated_at: new Date(0).toISOString(),
    awardable_id: entry.note,
    awardable_type: "Note",
  });
  return [
    {
      method: "GET",
      path,
      purpose: "reaction",
      answer: (asked) => {
        const note = found(asked);
        return pages(
          asked,
          model.reactions.filter((entry) => entry.note === note.id).map((entry) => shape(asked, entry)),
        );
      },
    },
    {
      method: "POST",
      path,
      purpose: "reaction",
      answer: (asked) => {
        const note = found(asked);
        const content = text(asked.body["name"]) ?? text(asked.url.searchParams.get("name")) ?? "";
        const by = caller(asked).login;
        if (!/^[a-z0-9_+-]+$/.test(content)) return message(404, "404 Award Emoji Name is not a valid emoji name Not Found");
        if (model.reactions.some((entry) => entry.note === note.id && entry.by === by && entry.content === content))
          return message(404, "404 Award Emoji Name has already been taken Not Found");
        const entry = { id: model.nextId(), note: note.id, by, content };
        model.reactions.push(entry);
        note.updatedAt = model.now();
        model.record(by, "reaction.create", `${note.id}/${content}`);
        return { status: 201, body: shape(asked, entry) };
      },
    },
    {
      method: "DELETE",
      path: `${path}/:award`,
      purpose: "reaction",
      answer: (asked) => {
        const note = found(asked);
        const index = model.reactions.findIndex((entry) => entry.note === note.id && entry.id === Number(asked.params[3]));
        const entry = model.reactions[index];
        if (entry === undefined) return message(404, "404 Award Emoji Not Found");
        if (entry.by !== caller(asked).login) return message(401, "401 Unauthorized");
        model.reactions.splice(index, 1);
        model.record(entry.by, "reaction.delete", `${note.id}/${entry.content}`);
        return { status: 204 };
      },
    },
  ];
}
