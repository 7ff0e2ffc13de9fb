import { afterEach, describe, expect, test, vi } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { revertBranch } from "../../src/domain/write-back/index.ts";
import type { Standin } from "../../src/satellites/forge-standin/index.ts";
import { ledgerNames, type Estate } from "../../src/workflows/estate/index.ts";
import { asked, beforeMoves, Desk } from "./desk.ts";
import { environmentStatus } from "../../src/workflows/status/index.ts";
import { writeBack } from "../../src/workflows/write-back/index.ts";

vi.setConfig({ testTimeout: 300_000 });

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const hosts = isFull ? (["github", "gitlab"] as const) : (["github"] as const);

let desk: Desk;
afterEach(() => desk?.close());

interface Scene {
  readonly forge: Standin;
  readonly estate: Estate;
  readonly live: string;
  readonly bad: string;
}

/** A merge that failed and was rolled back. */
async function failed(name: Standin["name"]): Promise<Scene> {
  desk = await Desk.open(name);
  const live = desk.head() ?? "";
  const bad = desk.merge({ "stacks/shop/index.ts": "2\n" }, "Wider [skip ci] shop");
  const estate = await desk.estate();
  await desk.rolledBack(estate, "r1", { live, commit: bad });
  if (desk.forge === undefined) throw new Error("no forge");
  return { forge: desk.forge, estate, live, bad };
}

describe.each(hosts)("a rollback, written to git on %s", (name) => {
  test("is one pull request that says why, however often and by whomever it is asked for, and merging it makes the branch what is live", async () => {
    const { forge, estate, live, bad } = await failed(name);
    const first = await writeBack(estate, asked([bad]));
    const [pull, ...others] = forge.pulls();
    expect([first, others]).toEqual([{ kind: "pull-request", number: pull?.number, url: expect.stringContaining(String(pull?.number)), state: "open" }, []]);
    expect(pull).toMatchObject({ author: forge.us, base: "env/dev", head: revertBranch("env/dev", [bad]), title: 'Revert "Wider (skip ci) shop"' });
    for (const said of ["r1", "shop never became healthy", bad, live.slice(0, 7), "trueup retry dev"]) expect(pull?.body).toContain(said);
    expect([await writeBack(estate, asked([bad])), await writeBack(await desk.estate("other"), asked([bad], { run: "r2" }))]).toEqual([first, first]);
    expect([forge.pulls().length, (await desk.record(estate)).vetoes[0]?.writtenBack]).toEqual([
      1,
      expect.objectContaining({ kind: "pull-request", number: pull?.number }),
    ]);
    expect((await desk.sentences(estate)).filter((one) => one.includes(`#${pull?.number} takes`))).toEqual([
      `dev: #${pull?.number} takes ${bad.slice(0, 7)} out of env/dev; run r1 was rolled back: shop never became healthy`,
    ]);
    forge.merge("bob", pull?.number ?? 0, "merge");
    expect([desk.tree(desk.head() ?? ""), await writeBack(estate, asked([bad], { run: "r2" }))]).toEqual([
      desk.tree(live),
      { kind: "nothing", why: "it was taken back already" },
    ]);
  });

  test("is made up for where a run died between branch and pull request, and where the answer of the forge was lost", async () => {
    const { forge, estate, bad } = await failed(name);
    forge.fault({ match: "pull.create", status: 503, times: 50 });
    await expect(writeBack(estate, asked([bad]))).rejects.toMatchObject({ code: "FORGE_UNREACHABLE" });
    const pushed = desk.head(revertBranch("env/dev", [bad]));
    expect([forge.pulls(), pushed, (await desk.record(estate)).vetoes[0]?.writtenBack]).toEqual([[], expect.anything(), undefined]);
    forge.clearFaults();
    forge.fault({ match: "pull.create", drop: "after" });
    const done = await writeBack(await desk.estate("next"), asked([bad]));
    expect([done.kind, forge.pulls().map(({ head }) => head), desk.head(revertBranch("env/dev", [bad]))]).toEqual([
      "pull-request",
      [revertBranch("env/dev", [bad])],
      pushed,
    ]);
  });

  test.skipIf(!isFull)("is one branch and one pull request when two runs do it at once", async () => {
    const { forge, estate, bad } = await failed(name);
    const other = await desk.estate("other");
    const both = await Promise.all([writeBack(estate, asked([bad])), writeBack(other, asked([bad]))]);
    expect([both[0], forge.pulls().length, desk.branches().filter((one) => one.startsWith("trueup-revert/")).length]).toEqual([both[1], 1, 1]);
  });

  test.skipIf(!isFull)("that people closed without a merge is not asked for again", async () => {
    const { forge, estate, bad } = await failed(name);
    const first = await writeBack(estate, asked([bad]));
    if (first.kind !== "pull-request") throw new Error(first.kind);
    forge.closePullRequest(first.number);
    expect([await writeBack(estate, asked([bad], { run: "r2" })), forge.pulls().length]).toEqual([{ ...first, state: "closed" }, 1]);
  });

  test("is no pull request of ours against a pull request of ours, also where the host squashed away what we wrote; a person may have one", async () => {
    const { forge, estate, bad } = await failed(name);
    const first = await writeBack(estate, asked([bad]));
    if (first.kind !== "pull-request") throw new Error(first.kind);
    const back = forge.merge("bob", first.number, "squash");
    desk.git("fetch", "--quiet", "origin");
    expect(await writeBack(estate, asked([back], { run: "r2" }))).toEqual({ kind: "none", why: "since it is a revert itself" });
    const again = await writeBack(estate, asked([back], { run: "r2", by: "ann" }));
    expect([again.kind, forge.pulls().map(({ state }) => state)]).toEqual(["pull-request", ["merged", "open"]]);
    if (again.kind === "pull-request") forge.merge("bob", again.number, "merge");
    // And what stands again can fail again: the first proposal is history.
    expect([desk.read("env/dev", "stacks/shop/index.ts"), (await writeBack(estate, asked([bad], { run: "r3" }))).kind, forge.pulls().length]).toEqual([
      "2",
      "pull-request",
      3,
    ]);
  });

  test.skipIf(!isFull)("is a branch that is named where the forge lets nobody open it for us", async () => {
    const { forge, estate, bad } = await failed(name);
    forge.fault({ match: "pull.create", status: 403, times: 9, body: '{"message":"not permitted to create pull requests"}' });
    expect([await writeBack(estate, asked([bad])), (await desk.record(estate)).vetoes[0]?.writtenBack]).toEqual([
      { kind: "branch", name: revertBranch("env/dev", [bad]), why: expect.any(String) },
      expect.objectContaining({ kind: "branch", name: revertBranch("env/dev", [bad]) }),
    ]);
  });
});

describe("a rollback, written to git", () => {
  const begin = async (): Promise<{ readonly estate: Estate; readonly live: string }> => {
    desk = await Desk.open("none");
    return { estate: await desk.estate(), live: desk.head() ?? "" };
  };
  const reverts = (): readonly string[] => desk.branches().filter((one) => one.startsWith("trueup-revert/"));

  test("is the pushed branch alone where there is no forge, and is no ledger of anybody", async () => {
    const { estate, live } = await begin();
    const bad = desk.commit({ "stacks/shop/index.ts": "2\n" }, "Bad");
    await desk.rolledBack(estate, "r1", { live, commit: bad });
    const first = await writeBack(estate, asked([bad]));
    expect([first, await writeBack(estate, asked([bad])), reverts()]).toEqual([
      { kind: "branch", name: revertBranch("env/dev", [bad]), why: "no forge is known here, or no token for it" },
      first,
      [revertBranch("env/dev", [bad])],
    ]);
    expect([desk.tree(reverts()[0] ?? ""), await ledgerNames(estate)]).toEqual([desk.tree(live), ["dev"]]);
    const [held] = (await environmentStatus(estate, "dev")).held;
    expect(held).toMatchObject({ kind: "veto", writtenBack: `merge ${revertBranch("env/dev", [bad])} to take it out of env/dev` });
  });

  test.skipIf(!isFull)("takes back all commits of a unit and nothing that others did between them", async () => {
    const { estate } = await begin();
    const one = desk.merge({ "stacks/shop/index.ts": "2\n" }, "One");
    desk.commit({ other: "theirs\n" }, "Other");
    const two = desk.commit({ "stacks/shop/index.ts": "3\n", extra: "x\n" }, "Two");
    const done = await writeBack(estate, asked([one, two], { rules: { writeBack: "commit" } }));
    expect([done, desk.read("env/dev", "stacks/shop/index.ts"), desk.read("env/dev", "other")]).toEqual([{ kind: "commit", sha: desk.head() }, "1", "theirs"]);
    expect(() => desk.read("env/dev", "extra")).toThrow(/extra/);
    const message = desk.git("-C", desk.remote, "log", "-1", "--format=%B", "env/dev");
    expect(message).toMatch(/^Revert 2 commits of env\/dev, the newest "Two"\n\nRun r1 of dev was rolled back: shop never became healthy/);
    expect(message).toContain(`Trueup-Reverts: ${two} ${one}`);
  });

  test("as a commit is put on what others pushed meanwhile, and is not lost to them", async () => {
    const { estate } = await begin();
    const bad = desk.commit({ "stacks/shop/index.ts": "2\n" }, "Bad");
    let times = 0;
    const hurried = beforeMoves(estate, (ref) => {
      if (ref === "env/dev" && ++times <= 2) desk.commit({ [`theirs-${times}`]: "x\n" }, "Theirs");
    });
    const done = await writeBack(hurried, asked([bad], { rules: { writeBack: "commit" } }));
    expect([done.kind, times, desk.read("env/dev", "stacks/shop/index.ts"), desk.read("env/dev", "theirs-2")]).toEqual(["commit", 3, "1", "x"]);
  });

  test.skipIf(!isFull)("as a commit gives way where others are always faster, and nothing was pushed", async () => {
    const { estate } = await begin();
    const bad = desk.commit({ "stacks/shop/index.ts": "2\n" }, "Bad");
    let times = 0;
    const hurried = beforeMoves(estate, (ref) => void (ref === "env/dev" && desk.commit({ theirs: `${++times}\n` }, "Theirs")));
    await expect(writeBack(hurried, asked([bad], { rules: { writeBack: "commit" } }))).rejects.toMatchObject({ code: "PUSH_REFUSED" });
    expect(desk.read("env/dev", "stacks/shop/index.ts")).toBe("2");
  });

  test.skipIf(!isFull)("is said and not pushed where others changed the same since, with the files; and done once they agree", async () => {
    const { estate, live } = await begin();
    const bad = desk.commit({ "stacks/shop/index.ts": "2\n", list: "a\nB\nc\nd\ne\n" }, "Bad");
    desk.commit({ "stacks/shop/index.ts": "3\n" }, "Later");
    await desk.rolledBack(estate, "r1", { live, commit: bad });
    for (const writeBackAs of ["pr", "commit"] as const)
      expect(await writeBack(estate, asked([bad], { rules: { writeBack: writeBackAs } }))).toEqual({ kind: "conflict", files: ["stacks/shop/index.ts"] });
    expect([reverts(), (await desk.record(estate)).vetoes[0]?.writtenBack]).toEqual([[], expect.objectContaining({ kind: "conflict" })]);
    desk.commit({ "stacks/shop/index.ts": "2\n" }, "Settled");
    expect((await writeBack(estate, asked([bad]))).kind).toBe("branch");
    expect((await desk.record(estate)).vetoes[0]?.writtenBack).toMatchObject({ kind: "branch" });
  });

  test.skipIf(!isFull)("keeps other lines of a file that the commit changed", async () => {
    const { estate } = await begin();
    const bad = desk.commit({ list: "A\nb\nc\nd\ne\n" }, "Bad");
    desk.commit({ list: "A\nb\nc\nd\nE\n" }, "Theirs");
    expect((await writeBack(estate, asked([bad], { rules: { writeBack: "commit" } }))).kind).toBe("commit");
    expect(desk.read("env/dev", "list")).toBe("a\nb\nc\nd\nE");
  });

  test.skipIf(!isFull)("is not done where writeBack is none, and that is on record", async () => {
    const { estate, live } = await begin();
    const bad = desk.commit({ "stacks/shop/index.ts": "2\n" }, "Bad");
    await desk.rolledBack(estate, "r1", { live, commit: bad });
    const request = asked([bad], { rules: { writeBack: "none" } });
    expect([await writeBack(estate, request), await writeBack(estate, request), reverts(), desk.head()]).toEqual([
      { kind: "none", why: "as writeBack says" },
      { kind: "none", why: "as writeBack says" },
      [],
      bad,
    ]);
    expect((await desk.record(estate)).vetoes[0]?.writtenBack).toMatchObject({ kind: "none" });
    expect((await desk.sentences(estate)).filter((one) => one.includes("stays on env/dev")).length).toBe(1);
  });

  test.skipIf(!isFull)("is nothing for what git revert took back, for what the branch no longer has, and for what somebody undid by hand", async () => {
    const { estate, live } = await begin();
    const bad = desk.commit({ "stacks/shop/index.ts": "2\n" }, "Bad");
    desk.git("revert", "--no-edit", bad);
    desk.git("push", "--quiet", "origin", "HEAD:env/dev");
    // What was changed again since is a new thing: taking the old one back twice would be a conflict.
    const again = desk.commit({ "stacks/shop/index.ts": "4\n" }, "Again");
    expect(await writeBack(estate, asked([bad]))).toEqual({ kind: "nothing", why: "it was taken back already" });
    desk.commit({ "stacks/shop/index.ts": "1\n" }, "By hand");
    expect(await writeBack(estate, asked([again]))).toEqual({ kind: "nothing", why: "without it the branch would hold the same" });
    desk.git("push", "--quiet", "--force", "origin", `${live}:refs/heads/env/dev`);
    expect(await writeBack(estate, asked([again], { run: "r9" }))).toEqual({ kind: "nothing", why: "the branch no longer holds it" });
    expect(reverts()).toEqual([]);
  });

  test.skipIf(!isFull)("cannot take back the first commit of all, and says when the branch is gone", async () => {
    const { estate, live } = await begin();
    await expect(writeBack(estate, asked([live]))).rejects.toMatchObject({ code: "REF_INVALID", what: expect.stringContaining("nothing before it") });
    await expect(writeBack(estate, asked([live], { branch: "env/gone" }))).rejects.toMatchObject({ code: "BRANCH_MISSING" });
    expect(reverts()).toEqual([]);
  });

  test.skipIf(!isFull)("leaves no second pull request and no wrong memory where it dies at any of its pushes", async () => {
    const { estate, live } = await begin();
    const bad = desk.commit({ "stacks/shop/index.ts": "2\n" }, "Bad");
    await desk.rolledBack(estate, "r1", { live, commit: bad });
    for (const dies of [1, 2]) {
      let moves = 0;
      const doomed = beforeMoves(estate, () => {
        if (++moves === dies) throw new Error("killed");
      });
      await expect(writeBack(doomed, asked([bad]))).rejects.toThrow("killed");
      expect((await desk.record(estate)).vetoes[0]?.writtenBack).toBeUndefined();
    }
    expect((await writeBack(estate, asked([bad]))).kind).toBe("branch");
    expect([reverts().length, (await desk.record(estate)).vetoes[0]?.writtenBack?.kind]).toEqual([1, "branch"]);
  });
});
