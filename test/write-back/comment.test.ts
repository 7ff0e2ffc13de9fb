import { afterEach, describe, expect, test, vi } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import type { Standin } from "../../src/satellites/forge-standin/index.ts";
import { answerComment, commandActions } from "../../src/workflows/conversation/index.ts";
import { requireForge, type Estate } from "../../src/workflows/estate/index.ts";
import { Desk } from "./desk.ts";

vi.setConfig({ testTimeout: 300_000 });

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const ways = [
  ["github", "rebase"],
  ["github", "merge"],
  ["gitlab", "squash"],
  ["github", "squash"],
  ["gitlab", "merge"],
  ["gitlab", "rebase"],
] as const;

describe("/trueup rollback on a merged pull request", () => {
  let desk: Desk;
  afterEach(() => desk?.close());

  async function begin(name: Standin["name"]): Promise<{ readonly forge: Standin; readonly estate: Estate; readonly begun: string }> {
    desk = await Desk.open(name);
    const begun = desk.head() ?? "";
    const estate = await desk.estate();
    await desk.applied(estate, "r1", { stacks: ["shop", "web"], commits: [begun] });
    if (desk.forge === undefined) throw new Error("no forge");
    return { forge: desk.forge, estate, begun };
  }

  /** Ann's pull request with two commits. */
  function open(forge: Standin, begun: string): number {
    forge.push("ann", "wider", { files: { "stacks/shop/index.ts": "2\n" }, parent: begun, message: "Wider" });
    forge.push("ann", "wider", { files: { "stacks/web/index.ts": "2\n" }, message: "And faster" });
    return forge.openPullRequest("ann", { head: "wider", base: "env/dev" });
  }

  async function say(
    at: { readonly forge: Standin; readonly estate: Estate; readonly number: number },
    by: string,
    text = "/trueup rollback",
  ): Promise<string> {
    const { number } = at;
    const forge = await requireForge(at.estate);
    const comment = at.forge.comment(by, number, text);
    const actions = commandActions(at.estate, forge, {});
    const answered = await answerComment(at.estate, forge, { pullRequest: number, comment, actions, sightings: async () => [] });
    if (answered.kind !== "answered") throw new Error(answered.kind);
    return at.forge.comments(number).at(-1)?.body ?? "";
  }

  test.each(isFull ? ways : ways.slice(0, 1))("that came in on %s by %s opens one that takes back all of it, and no commit before it", async (name, style) => {
    const at = await begin(name);
    const { forge, begun } = at;
    forge.push("bob", "other", { files: { theirs: "x\n" }, parent: begun, message: "Theirs" });
    forge.merge("cyd", forge.openPullRequest("bob", { head: "other", base: "env/dev" }), "squash");
    const number = open(forge, begun);
    forge.merge("cyd", number, style);
    expect(await say({ ...at, number }, "bob", '/trueup rollback "too slow"')).toMatch(
      /✅ `\/trueup rollback "too slow"` · dev[^]*takes it back[^]*changes shop, web/,
    );
    const back = forge.pulls().at(-1);
    expect([back?.title, back?.state, back?.body]).toEqual([expect.stringMatching(/^Revert /), "open", expect.stringContaining("too slow")]);
    forge.merge("cyd", back?.number ?? 0, "merge");
    expect([desk.read("env/dev", "stacks/shop/index.ts"), desk.read("env/dev", "stacks/web/index.ts"), desk.read("env/dev", "theirs")]).toEqual([
      "1",
      "1",
      "x",
    ]);
    const [told] = (await desk.sentences(at.estate)).filter((one) => one.includes("takes"));
    expect(told).toMatch(/^dev: #\d+ takes (\w{7}|2 commits) out of env\/dev; @bob rolls back: too slow$/);
  });

  test.skipIf(!isFull)("is for who may apply, and means nothing before the merge; said twice it opens one", async () => {
    const at = await begin("github");
    const number = open(at.forge, at.begun);
    expect(await say({ ...at, number }, "bob")).toContain("it is open");
    at.forge.merge("cyd", number, "merge");
    expect(await say({ ...at, number }, "dan")).toContain("may not rollback in dev: you may not write");
    expect(at.forge.pulls().length).toBe(1);
    for (const by of ["bob", "cyd"]) expect(await say({ ...at, number }, by)).toMatch(/takes it back/);
    expect(at.forge.pulls().length).toBe(2);
  });
});
