import { afterEach, describe, expect, it } from "vitest";
import { withoutCommands } from "./notes.ts";
import { aNote, closeAll, tinyGitlab, type Reply } from "./testing/tiny-gitlab.ts";

afterEach(closeAll);

const me = { "GET /user": { body: { id: 9, username: "trueup" } } };
const later = "2026-01-01T12:00:05.700Z";

function notes(...all: readonly Record<string, unknown>[]): Record<string, Reply> {
  return { ...me, "GET /merge_requests/7/notes": { body: all } };
}

const graphql = (fields: Readonly<Record<string, unknown>>): Record<string, Reply> => ({ "POST /api/graphql": { body: { data: fields } } });

describe("whether a comment was edited", () => {
  it("is no when only a reaction has moved its time", async () => {
    const { forge, seen } = await tinyGitlab({
      ...notes(aNote({ updated_at: later })),
      ...graphql({ n50: { lastEditedAt: "2026-01-01T12:00:05Z", lastEditedBy: null } }),
    });
    expect(await forge.comments(7)).toMatchObject([{ id: "50", edited: false }]);
    expect(seen.find((one) => one.path === "/api/graphql")?.body["query"]).toContain("gid://gitlab/Note/50");
  });

  it("control: the time alone would call it edited", async () => {
    const { forge } = await tinyGitlab(notes(aNote({ updated_at: later })));
    expect(await forge.comments(7)).toMatchObject([{ id: "50", edited: true }]);
  });

  it("is yes when somebody edited it, also when a reaction came after", async () => {
    const { forge } = await tinyGitlab({
      ...notes(aNote({ updated_at: later })),
      ...graphql({ n50: { lastEditedAt: "2026-01-01T11:30:00Z", lastEditedBy: { id: "gid://gitlab/User/3" } } }),
    });
    expect(await forge.comments(7)).toMatchObject([{ edited: true }]);
  });

  it.each([
    ["closed", { status: 403, body: { message: "no" } }],
    ["without an answer to this question", { body: { data: null, errors: [{ message: "Field 'note' doesn't exist" }] } }],
    ["silent about this one", { body: { data: { n50: null } } }],
  ] satisfies readonly (readonly [string, Reply])[])("is taken for granted where GraphQL is %s", async (_, reply) => {
    const { forge } = await tinyGitlab({ ...notes(aNote({ updated_at: later })), "POST /api/graphql": reply });
    expect(await forge.comments(7)).toMatchObject([{ edited: true }]);
  });

  it("is not guessed while GraphQL cannot be reached", async () => {
    const { forge } = await tinyGitlab({ ...notes(aNote({ updated_at: later })), "POST /api/graphql": { status: 503, body: "" } });
    await expect(forge.comments(7)).rejects.toMatchObject({ code: "FORGE_UNREACHABLE" });
  });

  it("is not asked of GraphQL when no time has moved", async () => {
    const { forge, seen } = await tinyGitlab(notes(aNote()));
    expect(await forge.comments(7)).toMatchObject([{ edited: false }]);
    expect(seen.map((one) => one.path)).not.toContain("/api/graphql");
  });

  it("is what a newer GitLab says by REST", async () => {
    const { forge, seen } = await tinyGitlab(
      notes(aNote({ updated_at: later, last_edited_at: null }), aNote({ id: 51, updated_at: later, last_edited_at: later })),
    );
    expect((await forge.comments(7)).map((one) => one.edited)).toEqual([false, true]);
    expect(seen.map((one) => one.path)).not.toContain("/api/graphql");
  });
});

describe("comments since an instant", () => {
  const since = "2026-01-01T12:00:05.500Z";

  it("hold the edited ones, though GraphQL tells whole seconds", async () => {
    const { forge } = await tinyGitlab({
      ...notes(aNote({ updated_at: later })),
      ...graphql({ n50: { lastEditedAt: "2026-01-01T12:00:05Z", lastEditedBy: { id: "gid://gitlab/User/3" } } }),
    });
    expect(await forge.comments(7, since)).toHaveLength(1);
  });

  it("do not hold those that only got a reaction", async () => {
    const { forge } = await tinyGitlab({
      ...notes(aNote({ updated_at: later })),
      ...graphql({ n50: { lastEditedAt: later, lastEditedBy: null } }),
    });
    expect(await forge.comments(7, since)).toEqual([]);
  });
});

describe("who wrote a comment", () => {
  it("is known for us, for tokens and for people; what GitLab notes by itself is no comment", async () => {
    const { forge } = await tinyGitlab(
      notes(
        aNote({ id: 1, author: { id: 9, username: "trueup" } }),
        aNote({ id: 2, author: { id: 10, username: "project_12_bot_3f9a" } }),
        aNote({ id: 3, author: { id: 11, username: "group_4_bot1" } }),
        aNote({ id: 4, author: { id: 12, username: "robotnik" } }),
        aNote({ id: 5, system: true, body: "approved this merge request" }),
      ),
    );
    expect((await forge.comments(7)).map(({ id, ours, bot }) => ({ id, ours, bot }))).toEqual([
      { id: "1", ours: true, bot: true },
      { id: "2", ours: false, bot: true },
      { id: "3", ours: false, bot: true },
      { id: "4", ours: false, bot: false },
    ]);
  });
});

describe("lines that GitLab would obey", () => {
  const hostile = "<!-- m -->\nResource:\n/merge\n  /approve\n/label ~prod\n/etc/hosts\nsee /merge above";

  it("are plain text in what is written, and all else is as it was", async () => {
    const mine = { id: 60, author: { id: 9, username: "trueup" } };
    const { forge, seen } = await tinyGitlab({
      ...me,
      "GET /merge_requests/7/notes": (_, call) => ({ body: call === 1 ? [] : [aNote({ ...mine, body: withoutCommands(hostile) })] }),
      "POST /merge_requests/7/notes": ({ body }) => ({ status: 201, body: aNote({ ...mine, body: body["body"] }) }),
    });
    await forge.saveComment(7, "<!-- m -->", hostile);
    const written = String(seen.find((one) => one.method === "POST")?.body["body"]);
    expect(written.split("\n").filter((line) => /^\s*\/(?:merge|approve|label)\b/.test(line))).toEqual([]);
    expect(written.replaceAll("\u200b", "")).toBe(hostile);
    expect(written).toContain("\n/etc/hosts\nsee /merge above");
  });

  it("control: without the guard three lines are commands", () => {
    expect(hostile.split("\n").filter((line) => /^\s*\/(?:merge|approve|label)\b/.test(line))).toHaveLength(3);
  });
});

describe("a reaction", () => {
  const awards = "/merge_requests/7/notes/50/award_emoji";

  it("takes the place of ours, after it is there itself, and leaves those of others", async () => {
    const { forge, seen } = await tinyGitlab({
      ...me,
      [`GET ${awards}`]: {
        body: [
          { id: 1, name: "eyes", user: { id: 9 } },
          { id: 2, name: "eyes", user: { id: 3 } },
          { id: 3, name: "tada", user: { id: 9 } },
        ],
      },
      [`POST ${awards}`]: { status: 201, body: { id: 4, name: "white_check_mark", user: { id: 9 } } },
      [`DELETE ${awards}/1`]: { status: 204 },
    });
    await forge.react(7, "50", "done");
    expect(seen.slice(2).map((one) => `${one.method} ${one.path}`)).toEqual([`POST ${awards}`, `DELETE ${awards}/1`]);
  });

  it("that is there already is not given again, also when another run was quicker", async () => {
    const there = await tinyGitlab({ ...me, [`GET ${awards}`]: { body: [{ id: 1, name: "eyes", user: { id: 9 } }] } });
    await there.forge.react(7, "50", "seen");
    expect(there.seen.filter((one) => one.method !== "GET")).toEqual([]);
    const raced = await tinyGitlab({
      ...me,
      [`GET ${awards}`]: { body: [] },
      [`POST ${awards}`]: { status: 404, body: { message: "404 Award Emoji Name has already been taken Not Found" } },
    });
    await expect(raced.forge.react(7, "50", "seen")).resolves.toBeUndefined();
  });

  it("on a comment that is gone is FORGE_MISSING", async () => {
    const { forge } = await tinyGitlab({ ...me });
    await expect(forge.react(7, "50", "seen")).rejects.toMatchObject({ code: "FORGE_MISSING" });
  });
});
