import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { cloudLines, results, runs } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000 });

const environmentFile = "environments/dev/environment.ts";
const bare = "hooks: {},";

/** A hook that says in a file beside the clone that it ran, and with what it was told. */
function noting(home: Home, hook: string, more = ""): string {
  const words = `echo "${hook} $TRUEUP_ENVIRONMENT $TRUEUP_RESULT $TRUEUP_COMMIT $TRUEUP_RUN \${PULUMI_CONFIG_PASSPHRASE-none} $(ls stacks | head -1)" >> '${join(home.folder, "noted")}'; ${more}`;
  return `${hook}: { run: ["sh", "-c", ${JSON.stringify(words)}], deadline: "20s" }`;
}
const hooks = (...all: readonly string[]): Readonly<Record<string, Change>> => ({
  [environmentFile]: (text) => text.replace(/hooks: \{.*\},/, () => `hooks: { ${all.join(", ")} },`),
});
const noted = async (home: Home): Promise<readonly string[]> =>
  (await readFile(join(home.folder, "noted"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
const named = async (home: Home): Promise<readonly string[]> => (await noted(home)).map((line) => line.split(" ").slice(0, 3).join(" "));
const broken = { "stacks/machines/index.ts": (text: string): string => text.replace("cidrBlock: args.cidr", 'cidrBlock: "not-a-block"') };

async function inHome(work: (home: Home) => Promise<void>): Promise<void> {
  const home = await newHome(single(bare));
  try {
    await work(home);
  } finally {
    await home.remove();
  }
}

describe.skipIf(engine === undefined)("hooks around an apply", () => {
  test("preApply runs before the first stack, postApply after the last, each told what it is about; what they print is in the run's record", async () => {
    await inHome(async (home) => {
      const head = await home.land(
        "hooks",
        hooks(noting(home, "preApply", "echo made ready"), noting(home, "postApply", "echo told the team >&2"), noting(home, "onFail")),
      );
      const { end, run } = await home.apply();
      expect(end).toBe("good");
      expect(await noted(home)).toEqual([`preApply dev applying ${head} ${run} none app`, `postApply dev good ${head} ${run} none app`]);
      expect((await runs(home)).at(-1)?.["hooks"]).toEqual([
        { hook: "preApply", of: "commit", passed: true, says: "exit 0: made ready", log: ["made ready"] },
        { hook: "postApply", of: "commit", passed: true, says: "exit 0: told the team", log: ["told the team"] },
      ]);
      // Nothing to apply: nothing around it.
      expect([(await home.apply()).end, (await noted(home)).length]).toEqual(["nothing", 2]);
    });
  });

  test.skipIf(!isFull)("a preApply that fails or never ends stops before the first stack, and nothing is touched", async () => {
    await inHome(async (home) => {
      await home.land("hooks", hooks(noting(home, "preApply", "echo the door is shut; exit 3"), noting(home, "onFail")));
      const { exit, lines } = await home.run(["apply", "dev"]);
      expect([exit, ...lines]).toEqual([
        1,
        expect.stringMatching(/^HOOK_FAILED: the hook preApply failed: exit 3: the door is shut$/),
        expect.stringMatching(/environment dev, hooks.preApply at [0-9a-f]{7}/),
        expect.stringMatching(/Nothing was touched\. /),
      ]);
      expect([await cloudLines(home), await results(home), await named(home)]).toEqual([[], {}, ["preApply dev applying"]]);
      await home.land("slow", hooks('preApply: { run: ["sleep", "60"], deadline: "1s" }'));
      expect(await home.apply()).toMatchObject({ end: "refused", problem: { code: "HOOK_FAILED", what: expect.stringContaining("1 s") } });
      await home.land("absent", hooks('preApply: { run: ["no-such-command"] }'));
      expect(await home.apply()).toMatchObject({ end: "refused", problem: { code: "HOOK_FAILED", what: expect.stringContaining("no-such-command") } });
    });
  });

  test.skipIf(!isFull)("what a hook prints is recorded without the secrets that the run knows", async () => {
    const home = await newHome(single(`secrets: { provider: "passphrase", from: { file: "passphrase" } }, ${bare}`));
    try {
      await home.write({ passphrase: "correct-horse-4711\n" });
      const words = `cat '${join(home.clone, "passphrase")}'; rev '${join(home.clone, "passphrase")}'`;
      await home.land("hooks", { ...hooks(`preApply: { run: ["sh", "-c", ${JSON.stringify(words)}] }`), ".gitignore": "passphrase\n" });
      expect((await home.apply()).end).toBe("good");
      // Backwards it is no secret to us: the hook did read it.
      expect((await runs(home)).at(-1)?.["hooks"]).toMatchObject([{ says: "exit 0: 1174-esroh-tcerroc", log: ["[secret]", "1174-esroh-tcerroc"] }]);
    } finally {
      await home.remove();
    }
  });

  test.skipIf(!isFull)("a postApply that fails is told and recorded, and undoes nothing", async () => {
    await inHome(async (home) => {
      await home.land("hooks", hooks(noting(home, "postApply", "echo nobody answers; exit 4")));
      const { exit, out } = await home.run(["apply", "dev"]);
      expect([exit, out]).toEqual([0, expect.stringMatching(/hook postApply failed: exit 4: nobody answers; what was applied stays/)]);
      expect([await results(home), (await runs(home)).at(-1)]).toMatchObject([
        { machines: "good" },
        { result: "good", hooks: [{ hook: "postApply", passed: false }] },
      ]);
    });
  });

  test.skipIf(!isFull)("onFail runs when an apply has begun and failed, not when it was refused", async () => {
    await inHome(async (home) => {
      await home.land("hooks", hooks(noting(home, "postApply"), noting(home, "onFail", "exit 1")));
      expect((await home.apply()).end).toBe("good");
      await home.land("refused", broken);
      expect((await home.apply()).end).toBe("refused");
      await home.land("fails", {
        "stacks/machines/index.ts": (text) => text.replace('"not-a-block"', "args.cidr"),
        [environmentFile]: (text) => text.replace('joinToken: "join-4f1c9a" },', 'joinToken: "join-4f1c9a" }, verify: [{ command: ["false"], settle: "1s" }],'),
      });
      const { end, problem } = await home.apply();
      // A hook that fails is no reason to tell the failure otherwise.
      expect([end, problem?.code]).toEqual(["failed", "VERIFY_FAILED"]);
      expect(await named(home)).toEqual(["postApply dev good", "onFail dev failed"]);
    });
  });

  test.skipIf(!isFull)("a commit cannot remove or replace a hook of what is live for its own apply; its own runs beside it", async () => {
    await inHome(async (home) => {
      await home.land("hooks", hooks(noting(home, "preApply", "sh ./stacks/../gate.sh")));
      await home.land("script", { "gate.sh": "exit 0\n" });
      expect((await home.apply()).end).toBe("good");
      await home.land("replaced", { ...hooks(noting(home, "preApply", "echo mine")), "gate.sh": undefined });
      expect((await home.apply({ all: true })).end).toBe("good");
      expect((await runs(home)).at(-1)?.["hooks"]).toMatchObject([
        { of: "live", passed: true },
        { of: "commit", passed: true, log: ["mine"] },
      ]);
      await home.land("removed", hooks());
      expect((await home.apply({ all: true })).end).toBe("good");
      expect((await runs(home)).at(-1)?.["hooks"]).toMatchObject([{ of: "live", passed: true, log: ["mine"] }]);
      const before = (await noted(home)).length;
      await home.land("after", { [environmentFile]: (text) => text.replace("10.1.0.0/16", "10.1.0.0/17") });
      expect([(await home.apply({ all: true })).end, (await noted(home)).length]).toEqual(["good", before]);
    });
  });
});
