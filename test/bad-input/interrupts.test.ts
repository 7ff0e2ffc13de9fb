import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { sessionMembers } from "../../src/base/process/index.ts";
import { openCloud } from "../../src/satellites/sandbox-cloud/index.ts";
import { baseProgram, goodBody } from "./estate-files.ts";
import { changed, expectNothingLeft, living, movedStacks, withCopy } from "./midway.ts";
import { comesToBe } from "./recovery.ts";
import { expectNothingTouched, threeLines } from "./refusal.ts";
import { engine, facts, makeAppliedWorld, merge, processesOf, removeWorld, start, trueup, type Facts, type World } from "./world.ts";

const isFull = process.env["TRUEUP_TEST_SIZE"] === "full";
const moments = 20;
const seed = Number(process.env["TRUEUP_SEED"] ?? "20261121");
const skipped = engine === undefined ? " (skipped: no Pulumi engine on this machine; run npm run setup)" : "";

/** Mulberry32: the same seed, the same moments. */
function random(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Moments are told by what was last said and a while after it: they are the same on a slow machine. */
const cues = [/base: applying/, /base: previewing/, /app: applying/, /reading/, /wave 1/, /app: previewing/, /base: applied/];

interface Moment {
  readonly cue: RegExp;
  readonly afterMs: number;
  /** Between the first and the second Ctrl-C; undefined: only one. */
  readonly againMs: number | undefined;
}

function drawn(count: number): Moment[] {
  const next = random(seed);
  return Array.from({ length: count }, (_, index) => ({
    cue: cues[Math.floor(index / 2) % cues.length] ?? /reading/,
    afterMs: Math.round(next() * 1_800),
    againMs: index % 2 === 0 ? undefined : Math.round(next() * 250),
  }));
}

let applied: World;
beforeAll(async () => {
  if (engine === undefined) return;
  applied = await makeAppliedWorld();
});
afterAll(async () => {
  if (engine !== undefined) await removeWorld(applied);
});

const withWorld = (work: (world: World) => Promise<void>): Promise<void> => withCopy(applied, work);

/** What the cloud says was moved is what the ledger says was moved. */
function expectNamed(before: Facts, after: Facts): void {
  const moved = movedStacks(before, after);
  const newest = after.ledger[0] ?? "";
  for (const stack of moved) {
    expect(newest).toContain(stack);
    expect(["good", "failed"]).toContain(after.record?.stacks[stack]?.result);
  }
  const isSilent = moved.length > 0 || after.ledger.length === before.ledger.length;
  expect(isSilent ? "nothing was changed" : newest).toMatch(/nothing was changed/);
}

/** Applies again: what never ended is found out, without a person. */
async function goOn(world: World): Promise<void> {
  const next = await trueup(world, ["apply", "dev"]);
  expect({ exit: next.exitCode, said: next.stderr }).toMatchObject({ exit: 0 });
}

/** How the moments ended. */
const ends: (number | undefined)[] = [];

describe.skipIf(engine === undefined || !isFull)(`Ctrl-C during an apply (seed ${seed})${skipped}`, () => {
  it.each(
    drawn(moments).map(
      (moment) =>
        [`${moment.againMs === undefined ? "once" : `twice, ${moment.againMs} ms apart,`} ${moment.afterMs} ms after "${moment.cue.source}"`, moment] as const,
    ),
  )("%s", async (_, { cue, afterMs, againMs }) =>
    withWorld(async (world) => {
      await merge(world, { "environments/dev/environment.ts": changed });
      await trueup(world, ["cloud", "fault", "add", "latency", "--latency", "1500"]);
      const before = await facts(world);
      const run = start(world, ["apply", "dev"]);
      await run.says(cue);
      await sleep(afterMs);
      run.interrupt();
      if (againMs !== undefined) {
        await sleep(againMs);
        run.interrupt();
      }
      const ended = await run.ended;
      // It may have been done before the signal came.
      if (ended.exitCode !== 0) threeLines(ended, "CANCELLED");
      ends.push(ended.exitCode);
      const after = await expectNothingLeft(world, before);
      expectNamed(before, after);
      expect(after.locks).toBe(0);
      await trueup(world, ["cloud", "fault", "clear"]);
      // It goes on and creates nothing a second time.
      await goOn(world);
      expect(Object.values(living(await facts(world)))).toEqual([1, 1]);
      expect(await processesOf(world)).toEqual([]);
    }),
  );

  it("came before the end at half of the moments or more", () => {
    console.log(`${ends.length} moments ended with ${ends.join(" ")}`);
    expect(ends.length).toBe(moments);
    expect(ends.filter((exit) => exit === 8).length).toBeGreaterThanOrEqual(moments / 2);
  });
});

/** Waits until the cloud, beyond what its ledger had, was told to create something of a stack; its urn. */
async function createBegins(world: World, stack: string, since: number): Promise<string> {
  for (const ends = performance.now() + 60_000; performance.now() < ends; await sleep(50)) {
    const begun = openCloud(join(world.clone, ".trueup/cloud"))
      .ledger()
      .slice(since)
      .find(({ op, phase, urn }) => op === "create" && phase === "begin" && urn.includes(`dev.${stack}::`));
    if (begun !== undefined) return begun.urn;
  }
  throw new Error("no create began within 60 s");
}

/** An engine that answers the first Ctrl-C ends what it does; one that is stopped can only be killed. */
async function holdEngineStill(world: World): Promise<void> {
  const folder = join(world.clone, ".trueup/ledger");
  const journals = (await readdir(folder)).filter((name) => name.startsWith("dev.sessions-"));
  const texts = await Promise.all(journals.map((name) => readFile(join(folder, name), "utf8")));
  const noted = texts.flatMap((text) => text.split("\n")).filter((line) => line !== "");
  const members = noted.flatMap((line) => sessionMembers((JSON.parse(line) as { readonly session: number }).session));
  expect(members.length).toBeGreaterThan(0);
  for (const member of members) process.kill(member, "SIGSTOP");
}

/** What is being created (a replacement both times), and what becomes of it. */
const killed = [
  ["base", "came to be all the same", "exists"],
  ["app", "came to be all the same", "exists"],
  ["base", "never came to be", "absent"],
] as const;

// The slice kills engines in test/journeys/killed.test.ts.
describe.skipIf(engine === undefined || !isFull)(`an engine that is killed while it creates${skipped}`, () => {
  it.each(killed)("%s, whose object %s: the next run finds that out and leaves every object exactly once", async (stack, _, way) =>
    withWorld(async (world) => {
      await merge(world, { "environments/dev/environment.ts": changed });
      await trueup(world, ["cloud", "fault", "add", "hang", "--op", "create", "--urn", `*dev.${stack}::*`]);
      const since = openCloud(join(world.clone, ".trueup/cloud")).ledger().length;
      const before = await facts(world);
      const run = start(world, ["apply", "dev"]);
      await run.says(new RegExp(`${stack}: applying`));
      const urn = await createBegins(world, stack, since);
      await holdEngineStill(world);
      run.interrupt();
      await sleep(150);
      run.interrupt();
      threeLines(await run.ended, "CANCELLED");
      const after = await expectNothingLeft(world, before);
      await trueup(world, ["cloud", "fault", "clear"]);
      if (way === "exists") await comesToBe(world, stack, urn);
      expect(after.locks).toBe(0);
      await goOn(world);
      expect(Object.values(living(await facts(world)))).toEqual([1, 1]);
      expect(await processesOf(world)).toEqual([]);
    }),
  );
});

// The slice has a Ctrl-C in test/demo/demo.test.ts, and programs that never end in test/engine/failures.test.ts.
describe.skipIf(engine === undefined || !isFull)(`a run that does not end by itself${skipped}`, () => {
  const bodies = [
    ["waits and keeps itself alive", "setInterval(() => undefined, 1_000); await new Promise(() => undefined);"],
    ["loops", "for (;;) {}"],
  ] as const;
  it.each(bodies)("because its program %s is ended by one Ctrl-C within 15 s", async (_, body) =>
    withWorld(async (world) => {
      await merge(world, { "stacks/base/index.ts": baseProgram(`${body}\n    ${goodBody}`) });
      const before = await facts(world);
      const run = start(world, ["apply", "dev"]);
      await run.says(/base: previewing/);
      await sleep(4_000);
      const interrupted = performance.now();
      run.interrupt();
      threeLines(await run.ended, "CANCELLED");
      expect(performance.now() - interrupted).toBeLessThan(15_000);
      await expectNothingTouched(world, before, await facts(world));
    }),
  );
});

describe.skipIf(engine === undefined || !isFull)(`an apply that reaches its deadline${skipped}`, () => {
  it("says what it waited for and how long, names what moved, and creates nothing twice", async () =>
    withWorld(async (world) => {
      await merge(world, { "environments/dev/environment.ts": changed });
      await trueup(world, ["cloud", "fault", "add", "latency", "--op", "create", "--latency", "6000"]);
      const before = await facts(world);
      const ended = await trueup(world, ["apply", "dev"], { variables: { TRUEUP_APPLY_DEADLINE: "4s" } });
      // The way back is as slow: what was begun stays as it is until a person says that the cloud is well.
      expect(threeLines(ended, "ROLLBACK_FAILED")).toMatch(
        /base within 4 s; it waited for: create\S* random:\S+ name; and it could not be rolled back: .* base within 4 s[^\n]*\non dev\.base\b.*\nIts stacks are frozen\..*trueup thaw dev/,
      );
      const after = await expectNothingLeft(world, before);
      expectNamed(before, after);
      await trueup(world, ["cloud", "fault", "clear"]);
      for (const lift of ["thaw", "retry"]) expect((await trueup(world, [lift, "dev", "--reason", "the cloud is well"])).exitCode).toBe(0);
      expect((await trueup(world, ["apply", "dev"])).exitCode).toBe(0);
      expect(Object.values(living(await facts(world)))).toEqual([1, 1]);
    }));
});

// The slice has them in test/journeys/runners.test.ts.
describe.skipIf(engine === undefined || !isFull)(`two applies at once${skipped}`, () => {
  it("end with one that wins and one that says who holds the lease", async () =>
    withWorld(async (world) => {
      await merge(world, { "environments/dev/environment.ts": changed });
      const both = await Promise.all([trueup(world, ["apply", "dev"]), trueup(world, ["apply", "dev"], { variables: { TRUEUP_ACTOR: "bob" } })]);
      const [won, lost] = both.toSorted((a, b) => (a.exitCode ?? 99) - (b.exitCode ?? 99));
      expect(won?.exitCode).toBe(0);
      expect(lost === undefined ? "" : threeLines(lost, "LEASE_HELD")).toMatch(/ann|bob/);
      const after = await facts(world);
      expect(after.record?.lease).toBeNull();
      expect(Object.values(living(after))).toEqual([1, 1]);
      expect(after.ledger.filter((line) => line.includes("applied to")).length).toBe(2);
      expect(await processesOf(world)).toEqual([]);
    }));
});
