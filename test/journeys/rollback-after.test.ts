import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { declared, engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { picture, refs, results, runs } from "./evidence.ts";
import { together } from "./rollback-estate.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 120_000 });

const works = 'verify: [{ command: ["true"], settle: "1s" }]';
const broken = 'verify: [{ command: ["sh", "-c", "echo broken; exit 1"], settle: "1s" }]';
const owner = (name: string): Readonly<Record<string, Change>> => ({
  "stacks/lib/tags.ts": (text) => text.replace(/owner: "[a-z]*"/, `owner: "${name}"`),
});
const bad = (name: string): Readonly<Record<string, Change>> => together(owner(name), declared(works, broken));

/** A hook that says in a file beside the clone that it ran, and with what it was told. */
const noting = (home: Home, hook: string): string =>
  `${hook}: { run: ["sh", "-c", ${JSON.stringify(`echo "${hook} $TRUEUP_RESULT $TRUEUP_COMMIT" >> '${join(home.folder, "noted")}'`)}] }`;
const noted = async (home: Home): Promise<readonly string[]> => (await readFile(join(home.folder, "noted"), "utf8")).trimEnd().split("\n");
const tree = (home: Home, commit: string): Promise<string> => home.git("rev-parse", `${commit}^{tree}`);

describe.skipIf(engine === undefined || !isFull)("after a rollback", () => {
  let home: Home;
  let good: string;
  beforeAll(async () => {
    home = await newHome(single('writeBack: "commit",\n  hooks: {},', works));
    good = await home.land(
      "hooks",
      declared("hooks: {},", `hooks: { ${["postApply", "onFail", "onRollback"].map((hook) => noting(home, hook)).join(", ")} },`),
    );
    const { end } = await home.apply();
    if (end !== "good") throw new Error(`the stack did not come up: ${end}`);
  });
  afterAll(async () => home?.remove());

  test("writeBack commit takes what failed out of the branch by itself, and the hooks onFail and onRollback run, told how it ended", async () => {
    const failed = await home.land("bad", bad("nobody"));
    const told = await home.run(["apply", "dev"]);
    expect([told.exit, told.lines[0]]).toEqual([14, expect.stringMatching(/^ROLLED_BACK: .*broken/)]);
    expect(await noted(home)).toEqual([`postApply good ${good}`, `onFail rolledBack ${failed}`, `onRollback rolledBack ${failed}`]);
    expect((await runs(home)).at(-1)?.["hooks"]).toMatchObject([
      { hook: "onFail", of: "commit", passed: true },
      { hook: "onRollback", of: "commit", passed: true },
    ]);
    await home.git("fetch", "--quiet", "origin");
    const head = await home.git("rev-parse", "origin/env/dev");
    expect([await home.git("rev-parse", "origin/env/dev^"), await tree(home, head)]).toEqual([failed, await tree(home, good)]);
    expect((await refs(home)).others.filter((ref) => ref.includes("trueup-revert"))).toEqual([]);
    // The branch says again what is live: nothing is held, and nothing moves for it.
    const before = await picture(home);
    expect([(await home.apply()).end, (await home.status()).held, await picture(home), (await noted(home)).length]).toEqual(["nothing", [], before, 3]);
  });

  test("writeBack none leaves the branch as it is: status says what is live, what the branch says, and that it is held", async () => {
    await home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
    await home.land("rule", declared('writeBack: "commit"', 'writeBack: "none"'));
    expect((await home.apply()).end).toBe("nothing");
    const failed = await home.land("bad-again", bad("somebody"));
    const before = await refs(home);
    expect((await home.run(["apply", "dev"])).exit).toBe(14);
    expect([(await refs(home)).others, (await home.git("ls-remote", "origin", "refs/heads/env/dev")).slice(0, 40)]).toEqual([before.others, failed]);
    const { stacks, held } = await home.status();
    expect([stacks, held]).toMatchObject([
      [{ name: "machines", result: "good", behind: true, commit: good }],
      [{ kind: "veto", stacks: ["machines"], lift: "trueup retry dev" }],
    ]);
    expect((await home.run(["status", "dev"])).out).toContain(failed.slice(0, 7));
    const again = await home.run(["apply", "dev"]);
    expect([again.exit, again.lines[0], await results(home)]).toEqual([11, expect.stringContaining("is what failed in run"), { machines: "good" }]);
  });
});
