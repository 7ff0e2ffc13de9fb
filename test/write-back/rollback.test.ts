import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { revertBranch } from "../../src/domain/write-back/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { proposeRollback, type RollbackAsked } from "../../src/workflows/write-back/index.ts";
import { typed, type Typed } from "../cli/typed.ts";
import { Desk } from "./desk.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const asked = (more: Partial<RollbackAsked> = {}): RollbackAsked => ({ environment: "dev", commits: [], stacks: [], reason: "", by: "ann", ...more });

/** Two merges are live, each of a stack of its own, the one of `web` is the newer. */
async function live(desk: Desk): Promise<{ readonly estate: Estate; readonly first: string; readonly shop: string; readonly web: string }> {
  const first = desk.head() ?? "";
  const shop = desk.merge({ "stacks/shop/index.ts": "2\n" }, "Wider shop");
  const web = desk.merge({ "stacks/web/index.ts": "2\n" }, "Faster web");
  const estate = await desk.estate("ann");
  await desk.applied(estate, "r1", { stacks: ["shop", "web"], commits: [first] });
  await desk.applied(estate, "r2", { stacks: ["shop"], commits: [shop] });
  await desk.applied(estate, "r3", { stacks: ["web"], commits: [web] });
  return { estate, first, shop, web };
}

describe("a person rolls back", () => {
  let desk: Desk;
  afterEach(() => desk?.close());

  test.each(isFull ? (["github", "gitlab"] as const) : (["github"] as const))(
    "what brought what is live, by a pull request on %s that says what it changes; asked twice it is one; who, when and why are in the ledger",
    async (name) => {
      desk = await Desk.open(name);
      const { estate, web } = await live(desk);
      const report = await proposeRollback(estate, asked({ reason: "the web is slow" }));
      const [pull] = desk.forge?.pulls() ?? [];
      expect(report).toMatchObject({
        branch: "env/dev",
        commits: [{ sha: web, title: "Faster web" }],
        changes: { stacks: ["web"] },
        files: ["stacks/web/index.ts"],
      });
      expect([report.written, pull?.head, pull?.body]).toEqual([
        { kind: "pull-request", number: pull?.number, url: expect.any(String), state: "open" },
        revertBranch("env/dev", [web]),
        expect.stringMatching(/ann asks to roll \*\*dev\*\* back: the web is slow[^]*web/),
      ]);
      const again = await proposeRollback(await desk.estate("bob"), asked({ by: "bob" }));
      expect([again.written, desk.forge?.pulls().length]).toEqual([report.written, 1]);
      const told = (await desk.sentences(estate)).filter((one) => one.includes("takes"));
      expect(told).toEqual([`dev: #${pull?.number} takes ${web.slice(0, 7)} out of env/dev; ann rolls back: the web is slow`]);
      desk.forge?.merge("cyd", pull?.number ?? 0, "merge");
      expect((await proposeRollback(estate, asked({ commits: [web] }))).written).toEqual({ kind: "nothing", why: "it was taken back already" });
    },
  );

  test.skipIf(!isFull)("one stack, by what changed that last; several by all of it", async () => {
    desk = await Desk.open("none");
    const { estate, shop, web } = await live(desk);
    const one = await proposeRollback(estate, asked({ stacks: ["shop"] }));
    expect([one.commits.map(({ sha }) => sha), one.changes]).toEqual([[shop], { stacks: ["shop"] }]);
    const both = await proposeRollback(estate, asked({ stacks: ["shop", "web"] }));
    expect([both.commits.map(({ sha }) => sha), both.changes, both.written]).toMatchObject([
      [web, shop],
      { stacks: ["shop", "web"] },
      { kind: "branch", name: revertBranch("env/dev", [web, shop]) },
    ]);
  });

  test.skipIf(!isFull)("what failed and is on the branch still, before what is live", async () => {
    desk = await Desk.open("none");
    const { estate, shop } = await live(desk);
    const bad = desk.commit({ "stacks/shop/index.ts": "3\n" }, "Bad");
    await desk.applied(estate, "r4", { stacks: ["shop"], commits: [bad] });
    await desk.rolledBack(estate, "r4", { live: shop, commit: bad });
    expect((await proposeRollback(estate, asked({ stacks: ["shop"] }))).commits.map(({ sha }) => sha)).toEqual([bad]);
  });

  test.skipIf(!isFull)("not by going forward: what came by a rollback is named, and can be put back by name", async () => {
    desk = await Desk.open("github");
    const { estate, web } = await live(desk);
    const { written } = await proposeRollback(estate, asked());
    const merged = desk.forge?.merge("bob", written.kind === "pull-request" ? written.number : 0, "merge") ?? "";
    await desk.applied(estate, "r4", { stacks: ["web"], commits: [merged] });
    await expect(proposeRollback(estate, asked())).rejects.toMatchObject({ code: "USAGE", what: expect.stringContaining("is a rollback itself") });
    const back = await proposeRollback(estate, asked({ commits: [merged.slice(0, 9)] }));
    if (back.written.kind === "pull-request") desk.forge?.merge("bob", back.written.number, "merge");
    expect([desk.read("env/dev", "stacks/web/index.ts"), back.changes, web.length]).toEqual(["2", { stacks: ["web"] }, 40]);
  });

  test.skipIf(!isFull)("something whose files cannot be read without it: which stacks change is not known, and said", async () => {
    desk = await Desk.open("none");
    const { estate } = await live(desk);
    const first = desk.commit({ "stacks/more/index.ts": "1\n" }, "More");
    const text = desk.read("env/dev", "environments/dev/environment.ts");
    desk.commit({ "environments/dev/environment.ts": text.replace("stacks: {", 'stacks: { more: stack("stacks/more", { layer: "apps" }),') }, "Declare it");
    const report = await proposeRollback(estate, asked({ commits: [first] }));
    expect([report.changes, report.files]).toEqual([{ unknown: expect.stringContaining("stacks/more") }, ["stacks/more/index.ts"]]);
  });
});

describe("a rollback on the command line", () => {
  let desk: Desk;
  let at: Awaited<ReturnType<typeof live>>;
  beforeAll(async () => {
    desk = await Desk.open("none");
    at = await live(desk);
  });
  afterAll(() => desk?.close());
  const type = (...words: readonly string[]): Promise<Typed> => typed(desk.clone, ["rollback", ...words]);
  const refs = (): string => desk.git("ls-remote", "origin");
  const inside = (): string => desk.git("rev-parse", `${at.web}^2`);

  const wrong: readonly (readonly [name: string, words: () => readonly string[], exit: number, says: RegExp])[] = [
    ["no environment", () => [], 2, /^USAGE: no environment was named/],
    ["an unknown environment", () => ["dve"], 6, /^(ENVIRONMENT_UNKNOWN|BRANCH_MISSING): /],
    ["an unknown stack", () => ["dev", "--stack", "shpo"], 6, /^STACK_UNKNOWN: nothing of a stack "shpo" is live in dev\n.*\nDid you mean "shop"\?/],
    ["a commit that there is none of", () => ["dev", "--commit", "4f2c1d9"], 2, /^REF_INVALID: .*4f2c1d9/],
    ["a commit that is a flag", () => ["dev", "--commit=--all"], 2, /^REF_INVALID: /],
    ["a commit of another branch", () => ["dev", "--commit", "elsewhere"], 2, /^REF_INVALID: \w{7} is not on env\/dev\n/],
    [
      "a commit inside of a merge",
      () => ["dev", "--commit", inside()],
      2,
      /^REF_INVALID: \w{7} came to env\/dev inside of a merge.*\n.*\nTake back what it came with: --commit \w{10}\. Nothing was changed\./,
    ],
    ["the first commit", () => ["dev", "--commit", at.first], 2, /^REF_INVALID: \w{7} is the first commit of env\/dev: there is nothing before it\n/],
    ["a commit and a stack", () => ["dev", "--commit", at.web, "--stack", "web"], 2, /^USAGE: --commit and --stack are two ways/],
    ["a reason of a whole page", () => ["dev", "--reason", "x".repeat(301)], 2, /^USAGE: the reason has 301 characters, 300 at most/],
    ["a flag that is none", () => ["dev", "--comit", "x"], 2, /unknown option '--comit'/],
  ];
  test.each(wrong)("%s is refused in three lines, and nothing is changed", async (...[, words, exit, says]) => {
    desk.git("push", "--quiet", "--force", "origin", `${desk.git("commit-tree", "-m", "Elsewhere", `${at.web}^{tree}`)}:refs/heads/elsewhere`);
    const before = refs();
    const told = await type(...words());
    const lines = told.err.trimEnd().split("\n");
    expect([told.exit, told.out, lines.length]).toEqual([exit, "", 3]);
    expect(lines.join("\n")).toMatch(says);
    expect(lines[1]).toMatch(/^on \S/);
    expect(refs()).toBe(before);
  });

  test("of what others changed since is refused with the files, and nothing is changed", async () => {
    desk.commit({ "stacks/shop/index.ts": "5\n" }, "Later");
    const before = refs();
    const { exit, err } = await type("dev", "--commit", at.shop);
    expect([exit, err.trimEnd().split("\n")]).toEqual([
      1,
      [
        "MERGE_CONFLICT: it cannot be taken back by itself, later commits changed the same: stacks/shop/index.ts",
        "on environment dev, branch env/dev",
        expect.stringContaining("git revert -m 1"),
      ],
    ]);
    expect(refs()).toBe(before);
  });

  test("says what it takes back, what that changes and what is left to do", async () => {
    const { exit, out } = await type("dev", "--reason", "slow");
    expect([exit, out.trimEnd().split("\n")]).toEqual([
      0,
      [
        `dev: the branch ${revertBranch("env/dev", [at.web])} takes back, from env/dev`,
        `  ${at.web.slice(0, 7)} Faster web (Ann)`,
        "changes web (1 file: stacks/web/index.ts)",
        "merge it to roll back: no forge is known here, or no token for it. Nothing has changed yet",
      ],
    ]);
    const json = JSON.parse((await type("dev", "-o", "json")).out) as { readonly kind: string; readonly data: unknown };
    expect(json).toMatchObject({ kind: "Rollback", data: { environment: "dev", commits: [{ sha: at.web }], written: { kind: "branch" } } });
  });
});
