import { describe, expect, test } from "vitest";
import type { Repository, Sha } from "../../src/adapters/git/index.ts";

/** One remote that a contract is held against, with repositories on mirrors of their own. */
export interface GitSubject {
  open(): Promise<Repository>;
  /** The head of a branch as the remote itself has it. */
  head(branch: string): Sha | undefined;
  /** From now on nobody reaches the remote. */
  cut(): void;
  remove(): void;
}

/** What the ledger and the workflows rest on, whichever remote it is: real git and the simulated one. */
export function gitContract(name: string, begin: () => GitSubject): void {
  describe(`the git port, ${name}`, () => {
    const within = async (work: (subject: GitSubject, ann: Repository, bob: Repository) => Promise<void>): Promise<void> => {
      const subject = begin();
      try {
        await work(subject, await subject.open(), await subject.open());
      } finally {
        subject.remove();
      }
    };
    const first = (repository: Repository): Promise<Sha> => repository.write({ parent: undefined, files: { a: "1", "d/b": "2" }, message: "First\n\nbody" });

    test("what is written is nowhere but here until a ref is moved to it, and then with whoever fetches", () =>
      within(async (subject, ann, bob) => {
        const sha = await first(ann);
        await bob.fetch();
        expect([subject.head("x/y"), await bob.branch("x/y"), await ann.isAncestor(sha, sha)]).toEqual([undefined, undefined, true]);
        expect(await ann.moveRef("x/y", undefined, sha)).toEqual({ kind: "moved" });
        expect([subject.head("x/y"), await ann.branch("x/y"), await bob.branch("x/y")]).toEqual([sha, sha, undefined]);
        await bob.fetch();
        expect([await bob.branch("x/y"), await bob.branches("x/")]).toEqual([sha, ["x/y"]]);
        expect(await bob.commit(sha)).toMatchObject({ sha, parents: [], subject: "First", body: "body" });
      }));

    test("trees, files and differences read the same", () =>
      within(async (_, ann) => {
        const one = await first(ann);
        const two = await ann.write({ parent: one, files: { a: "9", "d/b": null, "d/c": "3" }, message: "Second" });
        expect((await ann.list(two, "")).map(({ path }) => path)).toEqual(["a", "d/c"]);
        expect((await ann.list(one, "d")).map(({ path }) => path)).toEqual(["d/b"]);
        expect([String(await ann.read(two, "a")), await ann.read(two, "d/b"), await ann.read(two, "d")]).toEqual(["9", undefined, undefined]);
        expect(await ann.changedPaths(one, two)).toEqual(["a", "d/b", "d/c"]);
        const same = await ann.write({ parent: two, files: { a: "1", "d/b": "2", "d/c": null }, message: "Back" });
        expect(await ann.tree(same)).toBe(await ann.tree(one));
        const alone = await ann.write({ parent: two, files: { z: "0" }, message: "Alone", orphanTree: true });
        expect((await ann.list(alone, "")).map(({ path }) => path)).toEqual(["z"]);
      }));

    test("a commit is taken back out of a later tree, what others changed since then stays, and what says something else by now is a conflict", () =>
      within(async (_, ann) => {
        const one = await first(ann);
        const bad = await ann.write({ parent: one, files: { a: "bad", "d/b": null, n: "new" }, message: "Bad" });
        const later = await ann.write({ parent: bad, files: { o: "other" }, message: "Other" });
        const back = await ann.revertTree(later, bad);
        if (back.kind !== "tree") throw new Error("a conflict");
        expect((await ann.list(back.tree, "")).map(({ path }) => path)).toEqual(["a", "d/b", "o"]);
        expect([String(await ann.read(back.tree, "a")), String(await ann.read(back.tree, "d/b"))]).toEqual(["1", "2"]);
        expect(await ann.revertTree(bad, bad)).toEqual({ kind: "tree", tree: await ann.tree(one) });
        // Of the tree alone, and once it is gone: nothing is left to take back.
        expect(await ann.revertTree(back.tree, bad)).toEqual(back);
        const again = await ann.write({ parent: later, files: { a: "again", n: "newer" }, message: "Again" });
        expect(await ann.revertTree(again, bad)).toEqual({ kind: "conflict", files: ["a", "n"] });
        await expect(ann.revertTree(later, one)).rejects.toMatchObject({ code: "REF_INVALID" });
        const kept = await ann.write({ parent: later, tree: back.tree, files: { p: "put" }, message: "Back" });
        expect([(await ann.commit(kept)).parents, (await ann.list(kept, "")).map(({ path }) => path)]).toEqual([[later], ["a", "d/b", "o", "p"]]);
      }));

    test("first parents come oldest first, after the one that is named, at most so many", () =>
      within(async (_, ann) => {
        const line = [await first(ann)];
        for (const text of ["2", "3", "4"]) line.push(await ann.write({ parent: line.at(-1), files: { a: text }, message: text }));
        const [one = "", two = "", three = "", four = ""] = line;
        const shas = async (from: Sha | undefined, limit: number): Promise<Sha[]> => (await ann.firstParents(from, four, limit)).map(({ sha }) => sha);
        expect([await shas(undefined, 10), await shas(two, 10), await shas(undefined, 2)]).toEqual([line, [three, four], [three, four]]);
        expect([await ann.isAncestor(one, four), await ann.isAncestor(four, one), await ann.isAncestor("f".repeat(40), four)]).toEqual([true, false, false]);
      }));

    test("of two that move one ref from one value one has moved it and the other has lost, whatever he knows", () =>
      within(async (subject, ann, bob) => {
        const base = await first(ann);
        await ann.moveRef("x/y", undefined, base);
        await bob.fetch();
        const [anns, bobs] = [
          await ann.write({ parent: base, files: { a: "ann" }, message: "ann" }),
          await bob.write({ parent: base, files: { a: "bob" }, message: "bob" }),
        ];
        expect([await bob.moveRef("x/y", base, bobs), await ann.moveRef("x/y", base, anns)]).toEqual([{ kind: "moved" }, { kind: "lost" }]);
        expect([await ann.moveRef("x/y", undefined, anns), await bob.moveRef("x/y", bobs, bobs)]).toEqual([{ kind: "lost" }, { kind: "lost" }]);
        expect(subject.head("x/y")).toBe(bobs);
        const sideways = await bob.write({ parent: base, files: { a: "other" }, message: "sideways" });
        await expect(bob.moveRef("x/y", bobs, sideways)).rejects.toMatchObject({ code: "BRANCH_REWRITTEN" });
      }));

    test("a fetch is asked for only where something moved", () =>
      within(async (_, ann, bob) => {
        await ann.moveRef("x/y", undefined, await first(ann));
        expect([await bob.fetchIfMoved(), await bob.fetchIfMoved()]).toEqual([true, false]);
      }));

    test("a remote that is away is said by fetch and push, and nothing has moved", () =>
      within(async (subject, ann) => {
        const sha = await first(ann);
        subject.cut();
        await expect(ann.fetch()).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
        await expect(ann.moveRef("x/y", undefined, sha)).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
        expect(subject.head("x/y")).toBeUndefined();
      }));

    test.each(["", "/etc/passwd", "../x", ".git/config", "a//b"])("%j is no path that is written", (path) =>
      within(async (_, ann) => {
        await expect(ann.write({ parent: undefined, files: { [path]: "x" }, message: "m" })).rejects.toMatchObject({ code: "REF_INVALID" });
      }),
    );
  });
}
