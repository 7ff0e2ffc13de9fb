import { comment, user } from "./github-shapes.ts";
import { message, repo, type Desk } from "./github-desk.ts";
import { deleteNote, editNote, noteOf, pullOf, writeNote } from "./model.ts";
import type { Route } from "./server.ts";
import { text } from "./words.ts";

const reactions = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

export function commentRoutes(desk: Desk): readonly Route[] {
  const { model, shapes, caller, pages } = desk;
  return [
    {
      method: "GET",
      path: repo("/issues/:number/comments"),
      purpose: "comments.list",
      answer: (asked) => {
        const number = Number(asked.params[2]);
        pullOf(model, number);
        const since = asked.url.searchParams.get("since");
        const shown = model.notes.filter((note) => note.pull === number && !note.system && (since === null || note.updatedAt >= new Date(since)));
        return pages(
          asked,
          shown.map((note) => comment(shapes(asked), note)),
        );
      },
    },
    {
      method: "POST",
      path: repo("/issues/:number/comments"),
      purpose: "comment.create",
      answer: (asked) => {
        const note = writeNote(model, Number(asked.params[2]), { author: caller(asked).login, body: text(asked.body["body"]) ?? "" });
        return { status: 201, body: comment(shapes(asked), note) };
      },
    },
    {
      method: "GET",
      path: repo("/issues/comments/:id"),
      purpose: "comments.list",
      answer: (asked) => ({ status: 200, body: comment(shapes(asked), noteOf(model, Number(asked.params[2]))) }),
    },
    {
      method: "PATCH",
      path: repo("/issues/comments/:id"),
      purpose: "comment.edit",
      answer: (asked) => {
        const note = editNote(model, Number(asked.params[2]), { by: caller(asked).login, body: text(asked.body["body"]) ?? "", least: "write" });
        return { status: 200, body: comment(shapes(asked), note) };
      },
    },
    {
      method: "DELETE",
      path: repo("/issues/comments/:id"),
      purpose: "comment.delete",
      answer: (asked) => {
        deleteNote(model, Number(asked.params[2]), { by: caller(asked).login, least: "write" });
        return { status: 204 };
      },
    },
    ...reactionRoutes(desk),
  ];
}

function reactionRoutes({ model, shapes, caller, pages }: Desk): readonly Route[] {
  return [
    {
      method: "GET",
      path: repo("/issues/comments/:id/reactions"),
      purpose: "reaction",
      answer: (asked) => {
        const note = noteOf(model, Number(asked.params[2]));
        const content = asked.url.searchParams.get("content");
        const shown = model.reactions.filter((entry) => entry.note === note.id && (content === null || entry.content === content));
        return pages(
          asked,
          shown.map((entry) => ({ id: entry.id, content: entry.content, user: user(shapes(asked), entry.by), created_at: note.createdAt.toISOString() })),
        );
      },
    },
    {
      method: "POST",
      path: repo("/issues/comments/:id/reactions"),
      purpose: "reaction",
      answer: (asked) => {
        const note = noteOf(model, Number(asked.params[2]));
        const content = text(asked.body["content"]) ?? "";
        if (!reactions.includes(content)) return message(422, "Validation Failed", [{ resource: "Reaction", code: "invalid", field: "content" }]);
        const by = caller(asked).login;
        const there = model.reactions.find((entry) => entry.note === note.id && entry.by === by && entry.content === content);
        const entry = there ?? { id: model.nextId(), note: note.id, by, content };
        if (there === undefined) {
          model.reactions.push(entry);
          model.record(by, "reaction.create", `${note.id}/${content}`);
        }
        return { status: there === undefined ? 201 : 200, body: { id: entry.id, content, user: user(shapes(asked), by) } };
      },
    },
    {
      method: "DELETE",
      path: repo("/issues/comments/:id/reactions/:reaction"),
      purpose: "reaction",
      answer: (asked) => {
        const by = caller(asked).login;
        const index = model.reactions.findIndex((entry) => entry.id === Number(asked.params[3]));
        const entry = model.reactions[index];
        if (entry === undefined) return message(404, "Not Found");
        if (entry.by !== by) return message(403, "Forbidden");
        model.reactions.splice(index, 1);
        model.record(by, "reaction.delete", `${entry.note}/${entry.content}`);
        return { status: 204 };
      },
    },
  ];
}
