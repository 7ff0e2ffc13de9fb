import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set } from "./estate.ts";
import { results, sentences } from "./evidence.ts";
import { creates, racksAlone, wipe } from "./wiped.ts";

vi.setConfig({ testTimeout: 400_000 });

const long = { deadlineMs: 240_000 };

describe.skipIf(engine === undefined || !isFull)("somebody takes back what is live, at once", () => {
  test("the stacks are at the commit before, what is undone is held and taken out of the branch, and what is no use of it is refused", async () => {
    const home = await newHome();
    try {
      expect((await home.apply()).end).toBe("good");
      const first = await home.git("rev-parse", "env/dev");
      expect((await home.run(["rollback", "dev", "--now"], long)).lines[0]).toBe("USAGE: --now wants a reason: it is recorded in the ledger");
      const early = await home.run(["rollback", "dev", "--now", "--reason", "it is slow"], long);
      expect([early.exit, early.lines[0]]).toEqual([2, expect.stringContaining("was never good at an earlier commit")]);

      await home.land("newer", set("app", { version: "2.0.0" }));
      expect((await home.apply()).end).toBe("good");
      const before = (await home.status()).stacks.find(({ name }) => name === "app");
      const done = await home.run(["rollback", "dev", "--now", "--reason", "checkout answers 500"], long);
      expect([done.exit, done.lines, done.out]).toEqual([0, expect.anything(), expect.stringContaining(`app  back at ${first.slice(0, 7)}`)]);
      const after = (await home.status()).stacks.find(({ name }) => name === "app");
      expect([before?.commit === first, after?.commit, await results(home)]).toEqual([
        false,
        first,
        { machines: "good", cluster: "good", app: "good", mesh: "good" },
      ]);
      expect(JSON.stringify(home.cloud.list())).toContain('"version":"1.4.0"');
      expect(JSON.stringify(home.cloud.list())).not.toContain('"version":"2.0.0"');
      expect((await sentences(home)).find((line) => line.includes("at once"))).toMatch(/^dev: ann takes .*app.* back at once: checkout answers 500$/);

      const held = await home.run(["apply", "dev"], long);
      expect([held.exit, held.lines[0]]).toEqual([11, expect.stringContaining("ann takes it back: checkout answers 500")]);
      expect(await home.git("ls-remote", "--heads", "origin", "trueup-revert/*")).toContain("refs/heads/trueup-revert/");
      const audit = await home.run(["audit", "dev", "--verify"], long);
      expect([audit.exit, audit.out]).toEqual([0, expect.anything()]);
    } finally {
      await home.remove();
    }
  });

  test("of which the cloud has nothing any more: going back makes none of it again, and says what does", async () => {
    const home = await newHome(racksAlone());
    try {
      expect((await home.apply()).end).toBe("good");
      await home.land("newer", { "stacks/lib/tags.ts": (text) => text.replace("platform", "operations") });
      expect((await home.apply()).end).toBe("good");
      expect(wipe(home)).toBe(5);
      const made = await creates(home);
      const back = await home.run(["rollback", "dev", "--now", "--reason", "it is slow"], long);
      expect([back.exit, `${back.out}${back.err}`]).toEqual([15, expect.stringMatching(/gone from the cloud at once/)]);
      expect([await creates(home), home.cloud.list().filter(({ createdBy }) => createdBy !== "")]).toEqual([made, []]);
    } finally {
      await home.remove();
    }
  });
});
