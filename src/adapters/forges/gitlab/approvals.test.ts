import { afterEach, describe, expect, it } from "vitest";
import { headAt } from "./approvals.ts";
import { aNote, closeAll, tinyGitlab } from "./testing/tiny-gitlab.ts";

afterEach(closeAll);

const version = (head: string, at: string) => ({ head_commit_sha: head, created_at: `2026-01-01T${at}.000Z` });
const versions = [version("c3", "14:00:00"), version("c1", "10:00:00"), version("c2", "12:00:00")];
const user = (id: number, username: string) => ({ id, username });

describe("the head at the time of an approval", () => {
  it.each([
    ["11:00:00", "c1"],
    ["13:59:59", "c2"],
    ["15:00:00", "c3"],
    ["09:00:00", undefined],
    ["12:00:00", undefined],
  ])("at %s it was %s", (at, head) => {
    expect(headAt(versions, `2026-01-01T${at}.000Z`)).toBe(head);
  });
});

describe("approvals", () => {
  const approvedBy = (...approvals: readonly Record<string, unknown>[]) => ({ body: { approved_by: approvals } });

  it("carry the commit that was the head then, not the one that is the head now", async () => {
    const { forge } = await tinyGitlab({
      "GET /merge_requests/7/approvals": approvedBy(
        { user: user(3, "bob"), approved_at: "2026-01-01T11:00:00.000Z" },
        { user: user(4, "eve"), approved_at: "2026-01-01T12:00:00.000Z" },
      ),
      "GET /merge_requests/7/versions": { body: versions },
    });
    expect(await forge.approvals(7)).toEqual([
      { by: "bob", at: "2026-01-01T11:00:00.000Z", commit: "c1" },
      { by: "eve", at: "2026-01-01T12:00:00.000Z" },
    ]);
  });

  it("of a GitLab that does not say when take their time from its own note, never from a person's", async () => {
    const { forge } = await tinyGitlab({
      "GET /merge_requests/7/approvals": approvedBy({ user: user(3, "bob") }, { user: user(4, "eve") }),
      "GET /merge_requests/7/versions": { body: versions },
      "GET /merge_requests/7/notes": {
        body: [
          aNote({ id: 1, system: true, body: "approved this merge request", created_at: "2026-01-01T10:30:00.000Z" }),
          aNote({ id: 2, system: true, body: "unapproved this merge request", created_at: "2026-01-01T10:40:00.000Z" }),
          aNote({ id: 3, system: true, body: "approved this merge request", created_at: "2026-01-01T12:30:00.000Z" }),
          aNote({ id: 4, body: "approved this merge request", created_at: "2026-01-01T15:00:00.000Z" }),
          aNote({ id: 5, body: "approved this merge request", author: user(4, "eve"), created_at: "2026-01-01T15:00:00.000Z" }),
        ],
      },
    });
    expect(await forge.approvals(7)).toEqual([
      { by: "bob", at: "2026-01-01T12:30:00.000Z", commit: "c2" },
      { by: "eve", at: "1970-01-01T00:00:00.000Z" },
    ]);
  });
});
