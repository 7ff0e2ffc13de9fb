import { describe, expect, it } from "vitest";
import { foreignNotes, type ForeignFacts } from "./foreign-notes.ts";

const walls = { kind: "bubblewrap" } as ForeignFacts["isolation"];
const open = { kind: "none", why: "bubblewrap is not installed" } as ForeignFacts["isolation"];
const fork: ForeignFacts = { environment: "dev", origin: "fork", isNew: false, cloud: "real", as: "none", isolation: walls };
const own: ForeignFacts = { ...fork, origin: "pull-request", as: "ambient" };

describe("what is said of how a pull request was previewed", () => {
  it("is, of a fork's, what it was not given and what somebody who may write can do", () => {
    expect(foreignNotes(fork)).toEqual([
      "Code of a fork: previewed without credentials, without network, and with every secret withheld; nothing live was read. To preview it in full, somebody who may write reads it and brings it into a branch of this repository.",
    ]);
  });

  it("claims no more than is so: without walls not that it had no network, on the sandbox cloud not that nothing live was read", () => {
    const [withoutWalls, notApart] = foreignNotes({ ...fork, isolation: open });
    expect([withoutWalls, notApart]).toEqual([expect.not.stringContaining("network"), expect.stringMatching(/^Not kept apart: bubblewrap is not installed/)]);
    expect(foreignNotes({ ...fork, cloud: "sandbox" })).toEqual([expect.not.stringContaining("live")]);
  });

  it("is nothing of one's own branch with the credentials that are declared, and what is missing where something is", () => {
    expect(foreignNotes(own)).toEqual([]);
    expect(foreignNotes({ ...own, as: "none" })).toEqual(["Previewed without credentials: nothing live was read."]);
    expect(foreignNotes({ ...own, isNew: true })).toEqual(["dev is new on this branch: previewed as if nothing of it existed."]);
  });
});
