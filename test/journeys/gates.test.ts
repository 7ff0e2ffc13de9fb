import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { legacy } from "./legacy.ts";
import { single } from "./single.ts";
import { cloudLines, picture, results, sentences, stateDigests, stateOf } from "./evidence.ts";

/** A piece of environment.ts, replaced. */
const edited = (from: string, to: string): Readonly<Record<string, Change>> => ({ "environments/dev/environment.ts": (text) => text.replace(from, () => to) });

interface Refused {
  readonly name: string;
  readonly files: Readonly<Record<string, Change>>;
  readonly exit: number;
  readonly says: RegExp;
  /** In every run; the others in full ones. */
  readonly slice: boolean;
}

const forbidden = { "stacks/machines/index.ts": (text: string): string => text.replace('tagsOf("machines")', 'tagsOf("forbidden")') };

/** What a clone of trueup's users has by its dependencies, this small estate is told: where the types of "trueup" are. */
const types = {
  compilerOptions: {
    target: "ES2023",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: ["node"],
    paths: { trueup: [fileURLToPath(new URL("../../src/declare/index.ts", import.meta.url))] },
  },
  include: ["environments"],
};
const typed = {
  "tsconfig.json": JSON.stringify(types),
  ...single('checks: [{ name: "types", run: ["node", "node_modules/@typescript/native/bin/tsc", "-p", "tsconfig.json"] }],'),
};

const refused: readonly Refused[] = [
  {
    name: "a mandatory policy",
    exit: 5,
    slice: true,
    says: /no-large-machines.*this tag is forbidden here/s,
    files: { ...single('policies: { packs: ["policies/house"], levels: { "no-large-machines": "mandatory" } },'), ...forbidden },
  },
  {
    name: "an approval that nobody gave",
    exit: 11,
    slice: true,
    says: /0 of 1 approvals from @acme\/platform/,
    files: single('approvals: { min: 1, from: ["@acme/platform"] },'),
  },
  {
    name: "a check that fails",
    exit: 1,
    slice: true,
    says: /unit.*2 of 9 tests failed/s,
    files: single('checks: [{ name: "unit", run: ["sh", "-c", "echo 2 of 9 tests failed; exit 3"] }],'),
  },
  {
    name: "a test that no stack reaches",
    exit: 1,
    slice: false,
    says: /unit.*the tests of tests\/unit\.js fail/s,
    files: {
      ...single('checks: [{ name: "unit", run: ["node", "tests/unit.js"] }],'),
      "tests/unit.js": 'console.error("the tests of tests/unit.js fail");\nprocess.exit(1);\n',
    },
  },
  {
    name: "a misspelt argument in a program",
    exit: 1,
    slice: false,
    says: /types failed: exit \d: stacks\/machines\/index\.ts\(11,\d+\): error TS2339: .*'teir'/,
    files: { ...typed, "stacks/machines/index.ts": (text) => text.replace("args.tier", "args.teir") },
  },
  {
    name: "a stack without a check where checks are required",
    exit: 13,
    slice: false,
    says: /no way to tell whether this works/,
    files: single("verify: { required: true },"),
  },
];

vi.setConfig({ testTimeout: 200_000 });

/** Each on an environment of one stack that was never applied. */
describe.skipIf(engine === undefined)("what says no before anything is touched", () => {
  test.each(refused.filter(({ slice }) => slice || isFull))(
    "$name ends the apply in the read-only phase with exit $exit, and nothing was touched",
    async ({ files, exit, says }) => {
      const home = await newHome(files);
      try {
        const before = await picture(home);
        const { end, problem } = await home.apply();
        expect([end, problem?.exitCode]).toEqual(["refused", exit]);
        expect(problem?.lines.join("\n")).toMatch(says);
        expect(problem?.todo).toMatch(/^Nothing was touched\. ./);
        expect(await picture(home)).toEqual(before);
        expect([(await cloudLines(home)).length, await stateDigests(home), await results(home)]).toEqual([0, {}, {}]);
        expect((await sentences(home))[0]).toMatch(/refused/);
      } finally {
        await home.remove();
      }
    },
  );

  test.skipIf(!isFull)(
    "control: the check of the types passes where they are right; a preview tells of a wrong argument in environment.ts, with its line",
    async () => {
      const home = await newHome(typed);
      try {
        expect((await home.report("env/dev")).refusals).toEqual([]);
        await home.commit("wrong", edited('tier: "small"', "tier: 3"));
        expect((await home.report("wrong")).refusals.map(({ reason }) => reason)).toEqual([
          expect.stringMatching(/types failed: exit \d: environments\/dev\/environment\.ts\(7,\d+\): error TS2322/),
        ]);
      } finally {
        await home.remove();
      }
    },
  );

  test.skipIf(!isFull)("control: the same policy as advice is told and refuses nothing", async () => {
    const home = await newHome({ ...single('policies: { packs: ["policies/house"] },'), ...forbidden });
    try {
      const report = await home.report("env/dev");
      const outcome = report.stacks[0]?.outcome;
      expect(
        outcome?.kind === "changes"
          ? outcome.changes.policies.map(({ policy, level, message }) => [policy, level, message.includes("forbidden here")])
          : outcome,
      ).toEqual([["no-large-machines", "advisory", true]]);
      expect(report.refusals).toEqual([]);
    } finally {
      await home.remove();
    }
  });

  test.skipIf(!isFull)(
    "what was applied but does not pass its verify check has failed with exit 1, is in the ledger as failed, and converges once it does",
    async () => {
      const home = await newHome(single("", 'verify: [{ command: ["sh", "-c", "echo sick; exit 4"], settle: "1s" }],'));
      try {
        const failed = await home.run(["apply", "dev"]);
        expect([failed.exit, failed.lines.length]).toEqual([1, 3]);
        expect(failed.lines[0]).toMatch(/^VERIFY_FAILED: command/);
        expect([await results(home), (await stateOf(home, "dev.machines"))?.urns.length]).toEqual([{ machines: "failed" }, 1]);
        await home.land("well", edited("exit 4", "exit 0"));
        expect([(await home.apply()).end, await results(home)]).toEqual(["good", { machines: "good" }]);
        // The same environment on another cloud is refused before any provider is asked.
        await home.land("elsewhere", edited('cloud: "sandbox",', 'cloud: "real",\n  secrets: { provider: "passphrase", from: { env: "TRUEUP_TEST_UNSET" } },'));
        await expect(home.apply()).rejects.toMatchObject({ code: "IDENTITY_CHANGED", exitCode: 13 });
      } finally {
        await home.remove();
      }
    },
  );
});

describe.skipIf(engine === undefined || !isFull)("an existing project", () => {
  test("a project that is there already keeps its project name, its stack name, its config and its urns", async () => {
    const home = await newHome(legacy);
    try {
      const applied: Awaited<ReturnType<Home["apply"]>> = await home.apply();
      expect([applied.end, applied.problem]).toEqual(["good", undefined]);
      const state = await stateOf(home, "acme-dev", "acme-net");
      expect(state?.urns).toEqual(["urn:pulumi:acme-dev::acme-net::aws:route53/zone:Zone::main"]);
      expect(state?.outputsOf("main")).toMatchObject({ name: "acme.example" });
      expect(await home.git("status", "--porcelain")).toBe("");
      expect((await home.apply()).end).toBe("nothing");
    } finally {
      await home.remove();
    }
  });
});
