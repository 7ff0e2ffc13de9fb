import { describe, expect, test, vi } from "vitest";
import { judgeAll, look } from "../../src/workflows/inspection/index.ts";
import { readRevision } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { cloudLines, results } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000 });

const mandatory = 'policies: { packs: ["policies/house"], levels: { "no-large-machines": "mandatory" } },';
const environmentFile = "environments/dev/environment.ts";
const edited = (path: string, from: string, to: string): Readonly<Record<string, Change>> => ({ [path]: (text) => text.replace(from, () => to) });
/** What the live pack forbids. */
const forbidden = edited("stacks/machines/index.ts", 'tagsOf("machines")', 'tagsOf("forbidden")');

interface Weakening {
  readonly how: string;
  readonly files: Readonly<Record<string, Change>>;
  /** The commit's own pack says it too, as advice: then the live level alone refuses it. */
  readonly bothSay?: true;
}

const weakenings: readonly Weakening[] = [
  { how: "removes the pack", files: edited(environmentFile, mandatory, "") },
  { how: "empties the rule", files: edited("policies/house/index.ts", '=== "forbidden"', '=== "nothing"') },
  { how: "disables the policy", files: edited(environmentFile, '"mandatory"', '"disabled"') },
  { how: "makes it advice", files: edited(environmentFile, '"mandatory"', '"advisory"'), bothSay: true },
  { how: "points to another pack", files: { ...edited(environmentFile, "policies/house", "policies/mild"), ...mildPack() } },
];

function mildPack(): Readonly<Record<string, Change>> {
  return {
    "policies/mild/PulumiPolicy.yaml": "description: Mild rules\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
    "policies/mild/package.json": '{ "name": "mild", "version": "1.0.0", "private": true, "type": "module", "main": "index.ts" }\n',
    "policies/mild/index.ts": 'import { PolicyPack } from "@pulumi/policy";\n\nnew PolicyPack("mild", { policies: [] });\n',
  };
}

/** An environment that is live under the mandatory policy. */
async function underPolicy(): Promise<Home> {
  const home = await newHome(single(mandatory));
  const { end, problem } = await home.apply();
  expect([end, problem]).toEqual(["good", undefined]);
  return home;
}

/** The read-only phase of an apply of the branch's head, judged by the packs of `policiesFrom` too. */
async function judgedUnder(home: Home, policiesFrom: string | undefined, live: string): Promise<readonly string[]> {
  const estate = await home.open();
  await estate.repository.fetch();
  const commit = await estate.repository.resolve("env/dev");
  const revision = await readRevision(estate, commit, "dev");
  const question = { revision, commit, live: undefined, previous: [], touches: [], all: true, readsLive: true, policiesFrom };
  const looked = await look(estate, question, live);
  const { verdict } = await judgeAll(estate, { question, looked });
  return verdict.refusals.map(({ kind }) => kind);
}

describe.skipIf(engine === undefined || !isFull)("a commit is judged by the policies of what is live and by its own", () => {
  test.each(weakenings)("a commit that does what is forbidden and $how is refused all the same", async ({ files, bothSay }) => {
    const home = await underPolicy();
    try {
      const [live, before] = [await home.git("rev-parse", "HEAD"), await cloudLines(home)];
      await home.commit("weak", { ...forbidden, ...files });
      const report = await home.report("weak");
      const told = report.stacks.flatMap(({ refusals }) => refusals.map(({ kind, reason }) => `${kind}: ${reason}`));
      expect(told).toEqual([expect.stringMatching(/^policy: no-large-machines.*this tag is forbidden here/s)]);
      expect(told[0]?.endsWith(", says house as it is live")).toBe(bothSay !== true);
      await home.merge("weak");
      const { end, problem } = await home.apply();
      expect([end, problem?.code, problem?.exitCode]).toEqual(["refused", "POLICY_VIOLATED", 5]);
      const changed = (await cloudLines(home)).slice(before.length).filter(({ op }) => op === "create" || op === "update" || op === "delete");
      expect([changed, await results(home)]).toEqual([[], { machines: "good" }]);
      // Control: without the run under the live packs the same commit passes.
      expect(await judgedUnder(home, live, live)).toEqual(["policy"]);
      expect(await judgedUnder(home, undefined, live)).toEqual(bothSay === true ? ["policy"] : []);
    } finally {
      await home.remove();
    }
  });

  test("a commit that only weakens is applied, and what it allows holds from the next commit on", async () => {
    const home = await underPolicy();
    try {
      await home.land("weaker", edited("policies/house/index.ts", '=== "forbidden"', '=== "nothing"'));
      expect((await home.apply()).end).toBe("good");
      await home.land("use-it", forbidden);
      expect((await home.apply()).end).toBe("good");
    } finally {
      await home.remove();
    }
  });

  test("a rule that the commit brings judges the commit itself, and what both packs say is said once", async () => {
    const home = await newHome(single('policies: { packs: ["policies/house"] },'));
    try {
      expect((await home.apply()).end).toBe("good");
      await home.land("stricter", {
        ...forbidden,
        ...edited(environmentFile, '["policies/house"]', '["policies/house"], levels: { "no-large-machines": "mandatory" }'),
      });
      const { end, verdict } = await home.apply();
      const policies = verdict?.refusals.filter(({ kind }) => kind === "policy") ?? [];
      expect([end, policies.map(({ reason }) => reason.includes("as it is live"))]).toEqual(["refused", [false]]);
    } finally {
      await home.remove();
    }
  });
});
