import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { rebuildEnvironment, type Rebuild, type RebuildRequest } from "../../src/workflows/rebuild/index.ts";
import { engine, isFull, newHome, type Change, type Home, type Told } from "./estate.ts";
import { record, results, runs, sentences, stateOf, wholePicture } from "./evidence.ts";
import { creates, doubles, loseState, racks, racksAlone, wipe } from "./wiped.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const yes = ["--yes", "--reason", "somebody deleted it"] as const;
const clock = /rebuilt \d+ stacks? in \d+ waves? in \d/;
const all = { machines: "good", cluster: "good", app: "good", mesh: "good" };

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const ends = performance.now() + 120_000; performance.now() < ends; await sleep(50)) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error(`${what} did not come`);
}

const deadlineMs = 400_000;
const typed = (home: Home, ...words: readonly string[]): Promise<Told> => home.run(words, { deadlineMs });
const rebuild = (home: Home, ...words: readonly string[]): Promise<Told> => typed(home, "rebuild", "dev", ...yes, ...words);

/** Everything is true to git, nothing is there twice, and the trail of the ledger is whole. */
async function expectWell(home: Home): Promise<void> {
  expect(doubles(home)).toEqual([]);
  const drift = await typed(home, "drift", "dev");
  expect([drift.exit, drift.out]).toEqual([0, expect.not.stringContaining("gone")]);
  expect((await typed(home, "audit", "dev", "--verify")).exit).toBe(0);
  const { lease, stacks } = await record(home);
  expect([lease, Object.values(stacks).filter((one) => "rebuild" in one)]).toEqual([null, []]);
  const apply = await typed(home, "apply", "dev");
  expect([apply.exit, apply.out]).toEqual([0, expect.stringContaining("changes nothing")]);
}

describe.skipIf(engine === undefined)("an environment of which something is lost", () => {
  test.skipIf(!isFull)("one stack whose state is gone: the guard names the way, and a rebuild takes everything in and makes nothing", async () => {
    const home = await newHome(racksAlone());
    try {
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      const made = (await creates(home)).length;
      await loseState(home);
      const refused = await typed(home, "apply", "dev", "--all");
      expect([refused.exit, refused.lines.join("\n")]).toEqual([
        13,
        expect.stringMatching(/no state of them[\s\S]*If the state is lost: trueup rebuild dev --dry-run/),
      ]);
      const done = await rebuild(home);
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(/rebuilt 1 stack in 1 wave in \d[\s\S]*5 taken in/)]);
      expect([(await creates(home)).length, doubles(home), await results(home)]).toEqual([made, [], { machines: "good" }]);
    } finally {
      await home.remove();
    }
  });
});

const later = `const vpcId = vpc.id;
    const first = new aws.ec2.SecurityGroup("later", { vpcId, description: "later" });
    new aws.ec2.SecurityGroup("last", { vpcId, description: "last" }, { dependsOn: [first] });
    return { vpcId`;

describe.skipIf(engine === undefined || !isFull)("an environment that loses something while a commit is half applied to it", () => {
  test("gets that again as it was; what the commit had made is left for the next apply", async () => {
    const home = await newHome(racksAlone());
    try {
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      await home.land("later", { "stacks/machines/index.ts": (text) => text.replace("return { vpcId: vpc.id", later) });
      home.cloud.fault.add({ kind: "latency", latencyMs: 60_000, op: "create", urn: "*::last" });
      let pid = 0;
      const working = home.run(["apply", "dev"], { onPid: (id) => (pid = id), deadlineMs });
      const created = (name: string) => creates(home).then((urns) => (urns.some((urn) => urn.endsWith(name)) ? true : undefined));
      await until("the first object of the commit", () => created("::later"));
      process.kill(pid, "SIGKILL");
      await working;
      home.cloud.fault.clear();
      expect(wipe(home, (urn) => urn.endsWith("::one-a"))).toBe(1);
      const made = (await creates(home)).length;
      const done = await rebuild(home);
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(/later.*came with another commit and is left as it is[^]*Next: trueup apply dev/)]);
      expect((await creates(home)).slice(made)).toEqual([expect.stringContaining("::one-a")]);
      expect(await results(home)).toEqual({ machines: "failed" });
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      expect([(await creates(home)).slice(made + 1).length, await results(home)]).toEqual([(await created("::last")) ? 1 : 0, { machines: "good" }]);
      await expectWell(home);
    } finally {
      await home.remove();
    }
  });

  test("and a repair that failed has taken it out of the state: it is lost all the same", async () => {
    const home = await newHome(racksAlone());
    try {
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      expect(wipe(home, (urn) => urn.endsWith("::one-a"))).toBe(1);
      home.cloud.fault.add({ kind: "fail-before", op: "create", times: 10 });
      expect((await typed(home, "drift", "dev", "--fix")).exit).toBeGreaterThan(0);
      home.cloud.fault.clear();
      expect((await typed(home, "rebuild", "dev", "--dry-run")).out).toContain("1 of 5 objects gone");
      // A cloud that asks to slow down is waited for.
      home.cloud.fault.add({ kind: "throttle", op: "create", times: 1 });
      expect((await rebuild(home)).exit).toBe(0);
      await expectWell(home);
    } finally {
      await home.remove();
    }
  });
});

/** As much of each as a full disk took: the state itself, and what is asked besides of its copies. */
async function cutOff(home: Home, copies: "none" | "engine" | "all"): Promise<void> {
  const state = join(home.clone, ".trueup/state/.pulumi");
  const file = join(state, "stacks/small/dev.machines.json");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.slice(0, 4_096));
  if (copies === "none") return;
  await rm(`${file}.bak`, { force: true });
  const own = copies === "all" ? [join(home.clone, ".trueup/backups")] : [];
  for (const folder of [join(state, "history"), join(state, "backups"), ...own]) await rm(folder, { recursive: true, force: true });
}

describe.skipIf(engine === undefined || !isFull)("a state that was cut off, of which no journal is left", () => {
  test.each(["none", "all"] as const)("is put together from what there is (copies lost: %s); nothing is made again", async (copies) => {
    const home = await newHome(racksAlone());
    try {
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      const made = await creates(home);
      await cutOff(home, copies);
      expect((await typed(home, "apply", "dev", "--all")).lines[0]).toContain("STATE_CORRUPTED");
      expect((await typed(home, "rebuild", "dev", "--dry-run")).out).toContain("machines");
      const done = await rebuild(home);
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(clock)]);
      expect(await creates(home)).toEqual(made);
      await expectWell(home);
    } finally {
      await home.remove();
    }
  });
});

const replaced = (description: string) => `const vpcId = vpc.id;
    new aws.ec2.SecurityGroup("replaced", { vpcId, description: "${description}" }, { retainOnDelete: true });
    return { vpcId`;

describe.skipIf(engine === undefined || !isFull)(
  "a state that was cut off, whose copies are older than an object that lives beside the one it replaced",
  () => {
    test("gets the newer one, which a run since then told of: it is not made again", async () => {
      const home = await newHome(racksAlone());
      try {
        await home.land("one", { "stacks/machines/index.ts": (text) => text.replace("return { vpcId: vpc.id", replaced("one")) });
        expect((await typed(home, "apply", "dev")).exit).toBe(0);
        await home.land("two", { "stacks/machines/index.ts": (text) => text.replace(replaced("one"), replaced("two")) });
        expect((await typed(home, "apply", "dev")).exit).toBe(0);
        const made = await creates(home);
        expect(made.filter((urn) => urn.endsWith("::replaced")).length).toBe(2);
        await cutOff(home, "engine");
        const done = await rebuild(home);
        expect([done.exit, done.out]).toEqual([0, expect.stringMatching(clock)]);
        expect(await creates(home)).toEqual(made);
        expect((await typed(home, "apply", "dev", "--all")).out).not.toMatch(/replace/);
        expect(await creates(home)).toEqual(made);
      } finally {
        await home.remove();
      }
    });
  },
);

describe.skipIf(engine === undefined || !isFull)("an environment of four layers", () => {
  let applied: Home;
  beforeAll(async () => {
    applied = await newHome(racks);
    const { exit, err } = await typed(applied, "apply", "dev");
    if (exit !== 0) throw new Error(err);
  });
  afterAll(() => applied.remove());

  const on = async (play: (home: Home) => Promise<void>): Promise<void> => {
    const home = await applied.copy();
    try {
      await play(home);
    } finally {
      await home.remove();
    }
  };

  test("whose cloud is lost is refused to apply and drift, which name the way; the dry run shows it, and the rebuild makes it again", () =>
    on(async (home) => {
      const gone = wipe(home);
      for (const words of [
        ["apply", "dev", "--all"],
        ["drift", "dev", "--stack", "machines", "--fix"],
      ]) {
        const refused = await typed(home, ...words);
        expect([refused.exit, refused.lines.join("\n")]).toEqual([13, expect.stringMatching(/gone from the cloud at once[\s\S]*trueup rebuild dev/)]);
      }
      const before = await wholePicture(home);
      const plan = await typed(home, "rebuild", "dev", "--dry-run");
      expect([plan.exit, plan.out]).toEqual([
        0,
        expect.stringMatching(/to rebuild: 4 stacks in 4 waves, about \d[\s\S]*1 +machines +\w{7} +5 of 5 objects gone/),
      ]);
      expect(await wholePicture(home)).toEqual(before);
      const made = (await creates(home)).length;
      const done = await rebuild(home);
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(clock)]);
      expect([(await creates(home)).length - made, await results(home)]).toEqual([gone, all]);
      expect((await runs(home)).at(-1)).toMatchObject({
        kind: "rebuild",
        result: "good",
        mergedBy: "ann",
        asked: { by: "ann", how: "flag", reason: "somebody deleted it" },
      });
      expect((await sentences(home))[0]).toMatch(
        /^dev: rebuilt machines, cluster, app, mesh \(\d+ objects made, 0 taken in\) in \w+; asked by ann: somebody deleted it$/,
      );
      expect((await typed(home, "audit", "dev")).out).toMatch(/rebuild good[\s\S]*somebody deleted it/);
      await expectWell(home);
      expect((await typed(home, "rebuild", "dev", ...yes)).out).toMatch(/nothing is lost; nothing to rebuild/);
    }));

  test("whose state is lost gets it back from what the cloud still has; nothing is made", () =>
    on(async (home) => {
      await loseState(home);
      const made = await creates(home);
      const plan = await typed(home, "rebuild", "dev", "--dry-run");
      expect(plan.out).toMatch(/machines +\w{7} +5 to take in, 0 to make[\s\S]*machines: aws:ec2\/vpc:Vpc::main → vpc-\w+ \(the cloud's list has it\)/);
      const done = await rebuild(home);
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(clock)]);
      expect(await creates(home)).toEqual(made);
      await expectWell(home);
    }));

  test("whose state is lost but for a backup goes on from that, also where the backup is older than what is live", () =>
    on(async (home) => {
      // The run keeps the state as it was: what it makes itself is not in it.
      await home.land("more", { "stacks/machines/index.ts": (text) => text.replace('["one", "two"]', '["one", "two", "three"]') });
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      const made = await creates(home);
      await loseState(home, { backups: false });
      const done = await rebuild(home, "-o", "json");
      expect(done.exit).toBe(0);
      const { data } = JSON.parse(done.out) as {
        readonly data: {
          readonly stacks: readonly { readonly name: string; readonly backup?: string; readonly done: { readonly taken: readonly unknown[] } }[];
        };
      };
      const machines = data.stacks.find(({ name }) => name === "machines");
      expect([machines?.backup, machines?.done.taken.length]).toEqual([expect.stringMatching(/^2\d{3}-.*\.json$/), 2]);
      expect(await creates(home)).toEqual(made);
      await expectWell(home);
    }));

  test("of which cloud and state are lost is made anew from git", () =>
    on(async (home) => {
      const gone = wipe(home);
      await loseState(home);
      const made = (await creates(home)).length;
      const plan = await typed(home, "rebuild", "dev", "--dry-run");
      expect(plan.out).toMatch(/machines +\w{7} +0 to take in, 5 to make.*nothing of it is found in the cloud/);
      const done = await rebuild(home);
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(clock)]);
      expect((await creates(home)).length - made).toBe(gone);
      await expectWell(home);
    }));

  test("of which half a layer is lost: that is made again and what reads it is brought along; the rest is not touched", () =>
    on(async (home) => {
      wipe(home, (urn) => urn.includes("dev.machines::") && urn.endsWith("::one-a"));
      wipe(home, (urn) => urn.includes("dev.app::"));
      const made = (await creates(home)).length;
      const plan = await typed(home, "rebuild", "dev", "--dry-run");
      expect(plan.out).toMatch(
        /1 of 5 objects gone .*part of its objects are gone[\s\S]*cluster .*nothing is lost; it runs again[\s\S]*app .*2 of 2 objects gone/,
      );
      expect((await rebuild(home, "--stack", "app")).out).toMatch(/mesh read what is made anew and were not asked for/);
      expect((await creates(home)).slice(made).every((urn) => urn.includes("dev.app::"))).toBe(true);
      const rest = await rebuild(home);
      expect([rest.exit, rest.out]).toEqual([0, expect.stringMatching(/rebuilt 4 stacks/)]);
      expect((await creates(home)).slice(made)).toHaveLength(3);
      await expectWell(home);
    }));

  test("is killed -9 in the middle of a rebuild: the same command goes on, and makes nothing twice", () =>
    on(async (home) => {
      const gone = wipe(home);
      const made = (await creates(home)).length;
      home.cloud.fault.add({ kind: "latency", latencyMs: 30_000, op: "create", type: "aws:ec2/securityGroup:SecurityGroup", times: 1 });
      let pid = 0;
      const working = home.run(["rebuild", "dev", ...yes], { onPid: (id) => (pid = id), deadlineMs });
      await until("the first create", async () => ((await creates(home)).length > made ? true : undefined));
      process.kill(pid, "SIGKILL");
      expect((await working).exit).toBeUndefined();
      home.cloud.fault.clear();
      const next = await rebuild(home);
      expect([next.exit, next.err]).toEqual([0, expect.stringContaining("took the lease over")]);
      expect((await creates(home)).length - made).toBe(gone);
      expect(await results(home)).toEqual(all);
      await expectWell(home);
    }));

  test("is killed -9 before its objects are taken in: nobody else may make them, and the same command goes on", () =>
    on(async (home) => {
      await loseState(home);
      const made = await creates(home);
      home.cloud.fault.add({ kind: "latency", latencyMs: 60_000, op: "read", times: 50 });
      let pid = 0;
      const working = home.run(["rebuild", "dev", ...yes], { onPid: (id) => (pid = id), deadlineMs });
      await until("the state with nothing in it", async () => ((await stateOf(home, "dev.machines"))?.urns.length === 2 ? true : undefined));
      process.kill(pid, "SIGKILL");
      await working;
      home.cloud.fault.clear();
      const refused = await typed(home, "apply", "dev", "--all");
      expect([refused.exit, refused.lines.join("\n")]).toEqual([13, expect.stringMatching(/a rebuild of it began and did not end[\s\S]*trueup rebuild dev/)]);
      expect((await rebuild(home)).exit).toBe(0);
      expect(await creates(home)).toEqual(made);
      await expectWell(home);
    }));

  test("that is held or frozen is not rebuilt until that ends", () =>
    on(async (home) => {
      wipe(home);
      for (const [set, lift] of [
        ["suspend", "resume"],
        ["freeze", "thaw"],
      ] as const) {
        expect((await typed(home, set, "dev", "--reason", "we look at it", "--for", "1h")).exit).toBe(0);
        const before = await wholePicture(home);
        const refused = await rebuild(home);
        expect([refused.exit, refused.lines.join("\n")]).toEqual([
          11,
          expect.stringMatching(/(held|frozen) by ann: we look at it[\s\S]*Nothing of it was made/),
        ]);
        expect(await wholePicture(home)).toEqual(before);
        expect((await typed(home, lift, "dev", "--reason", "seen")).exit).toBe(0);
      }
    }));

  test("is rebuilt from an older commit that was live, and brought forward by the next apply", () =>
    on(async (home) => {
      const old = await home.git("rev-parse", "env/dev");
      await home.land("wider", { "stacks/lib/tags.ts": (text) => text.replace("platform", "operations") });
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      wipe(home);
      expect((await rebuild(home, "--from", old)).exit).toBe(0);
      const vpc = (): unknown => home.cloud.list().find(({ createdBy }) => createdBy.endsWith("::main"))?.properties["tags"];
      expect([vpc(), (await record(home)).stacks["machines"]?.lastGood?.commit]).toEqual([expect.objectContaining({ owner: "platform" }), old]);
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      expect(vpc()).toMatchObject({ owner: "operations" });
    }));
});

const memo = "urn:pulumi:dev.machines::small::pulumi-nodejs:dynamic:Resource::memo";

/** The racks with a note of a dynamic provider beside them: the cloud's list has nothing to say of it. */
function withNote(): Readonly<Record<string, Change>> {
  const notes = 'const notes: pulumi.dynamic.ResourceProvider = { create: async () => ({ id: "note-1", outs: {} }) };';
  const note = "class Note extends pulumi.dynamic.Resource {\n  constructor(name: string) {\n    super(notes, name, {});\n  }\n}";
  const files = racksAlone();
  const program = String(files["stacks/machines/index.ts"]).replace("class Rack", `${notes}\n${note}\n\nclass Rack`);
  return { ...files, "stacks/machines/index.ts": program.replace("return { vpcId", 'new Note("memo");\n    return { vpcId') };
}

/** A rebuild in this process, of an environment whose cloud has no list of what it made. */
async function rebuildBlind(home: Home, gone: readonly string[] = []): Promise<Rebuild> {
  const estate = await home.open();
  const blind = { ...estate, cloudList: () => async () => undefined };
  const ask: RebuildRequest["ask"] = async () => ({ by: "ann", how: "terminal", reason: "" });
  return rebuildEnvironment(blind, { environment: "dev", dryRun: false, said: new Map(), gone, overrides: [], ask });
}

describe.skipIf(engine === undefined || !isFull)("objects that no list tells of", () => {
  test("are known by what the ledger says; without a ledger nothing is made until a person has looked, whose word counts", async () => {
    const home = await newHome(racksAlone());
    try {
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      const made = (await creates(home)).length;
      await loseState(home);
      const first = await rebuildBlind(home);
      expect([first.problem, first.report.stacks[0]?.done?.taken.map(({ because }) => because.replace(/run [\w-]+/, "run"))]).toEqual([
        undefined,
        Array.from({ length: 5 }, () => "the ledger (run) has its id"),
      ]);
      expect([(await creates(home)).length, doubles(home)]).toEqual([made, []]);

      await home.close();
      await loseState(home);
      await home.git("push", "--quiet", "origin", ":trueup/dev");
      await home.shell("rm -rf .trueup/ledger .trueup/mirror.git");
      await expect(rebuildBlind(home)).rejects.toMatchObject({
        code: "GUARD_REFUSED",
        what: expect.stringMatching(/cannot be known: its id was given by the cloud.*, and 4 more$/),
      });
      expect((await creates(home)).length).toBe(made);
      // Control: a word that is not true makes everything a second time.
      const said = await rebuildBlind(home, ["machines"]);
      expect([said.problem, (await creates(home)).length, doubles(home).length]).toEqual([undefined, made + 5, 5]);
      expect((await record(home)).stacks["machines"]?.lastGood?.commit).toBe(await home.git("rev-parse", "env/dev"));
    } finally {
      await home.remove();
    }
  });

  test("of a dynamic provider are asked for in exact words, and made again when a person says so; the rest is taken in", async () => {
    const home = await newHome(withNote());
    try {
      expect((await typed(home, "apply", "dev")).exit).toBe(0);
      const made = await creates(home);
      await loseState(home);
      const before = await wholePicture(home);
      const asks = await rebuild(home);
      expect([asks.exit, asks.lines]).toEqual([
        13,
        [
          `GUARD_REFUSED: whether ${memo} still exists cannot be known: it is of a dynamic provider, whose code was in the state that is lost: it can only be made again`,
          "on dev.machines",
          expect.stringContaining(`--absent '${memo}' for each; if nothing of the stack is there any more: --gone machines`),
        ],
      ]);
      expect(await wholePicture(home)).toEqual(before);
      const done = await rebuild(home, "--absent", memo);
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(/5 taken in, 1 create/)]);
      expect(await creates(home)).toEqual(made);
    } finally {
      await home.remove();
    }
  });
});

describe.skipIf(engine === undefined || !isFull)("a passphrase that is lost", () => {
  test("its state is set aside and kept, its objects are taken in, its secrets are made anew under the new one", async () => {
    const home = await newHome(racksAlone('secrets: { provider: "passphrase", from: { env: "DEV_PASSPHRASE" } },'));
    const as = (passphrase: string): { readonly variables: Record<string, string>; readonly deadlineMs: number } => ({
      variables: { DEV_PASSPHRASE: passphrase },
      deadlineMs,
    });
    try {
      expect((await home.run(["apply", "dev"], as("old and lost"))).exit).toBe(0);
      const made = await creates(home);
      const unset = await typed(home, "rebuild", "dev", ...yes);
      expect([unset.exit, unset.lines[0]]).toEqual([3, expect.stringContaining("the variable DEV_PASSPHRASE is not set")]);
      expect((await home.run(["apply", "dev", "--all"], as("new"))).exit).toBe(3);
      const plan = await home.run(["rebuild", "dev", "--dry-run"], as("new"));
      expect([plan.exit, plan.out]).toEqual([
        0,
        expect.stringMatching(/its state cannot be opened with this passphrase: it is set aside and kept, and its secrets are made anew/),
      ]);
      const done = await home.run(["rebuild", "dev", ...yes], as("new"));
      expect([done.exit, done.out]).toEqual([0, expect.stringMatching(/rebuilt 1 stack in 1 wave in \d[\s\S]*5 taken in/)]);
      expect(await creates(home)).toEqual(made);
      expect((await readdir(join(home.clone, ".trueup/backups/dev/machines"))).length).toBeGreaterThan(0);
      expect((await home.run(["drift", "dev"], as("new"))).exit).toBe(0);
      expect((await home.run(["drift", "dev"], as("old and lost"))).exit).toBe(3);
      expect((await typed(home, "audit", "dev", "--verify")).exit).toBe(0);
    } finally {
      await home.remove();
    }
  });
});
