import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { addToRecord, readRecord } from "../../scripts/torture/record.ts";
import { boundOf, percentile, reliabilityReport } from "../../scripts/torture/report.ts";
import { engine, isFull } from "../journeys/estate.ts";
import { batchOf } from "./batch.ts";
import { overlapped } from "./check.ts";
import { canMount, whyNoMounts } from "./disks.ts";
import { stateFileOf, stateOf, type CloudLine } from "./evidence.ts";
import { allKinds, factsOf } from "./kinds.ts";
import { play, type Played } from "./play.ts";
import { shrink } from "./shrink.ts";
import { drawStory, worksWith } from "./story.ts";
import { removePrepared } from "./world.ts";

vi.setConfig({ testTimeout: 600_000 });

const facts = { date: "2026-11-21T15:00:00.000Z", commit: "abc1234", engine: "v3.259.0", machine: "2 × a CPU", beats: 3, seconds: 12 };

/** A story as it would have been played: which of its faults met their moment, and what was seen after which. */
function told(seed: number, harmed: readonly number[]): Played {
  const story = drawStory(seed, 3);
  const violations = [{ harm: "doubled", what: "a thing was made 2 times" }] as const;
  const struck = story.beats.map(({ work, fault }, at) => ({ work, fault, injected: at !== 2, violations: harmed.includes(at) ? violations : [] }));
  return { story, struck, asked: [], takenBack: 0, seconds: 4, told: [] };
}

describe("a story", () => {
  test("is the same for the same seed, and another for another", () => {
    expect(drawStory(7, 8)).toEqual(drawStory(7, 8));
    expect(drawStory(7, 8)).not.toEqual(drawStory(8, 8));
  });

  test("comes to every kind of fault within some hundreds", () => {
    const drawn = new Set(Array.from({ length: 60 }, (_, seed) => drawStory(seed, 8).beats.map(({ fault }) => fault.kind)).flat());
    expect([...drawn].toSorted()).toEqual([...allKinds].toSorted());
  });

  test("is shrunk to the faults that its harm needs", async () => {
    const story = drawStory(3, 6);
    const guilty = new Set([story.beats[1]?.seed, story.beats[4]?.seed]);
    const replay = async (one: typeof story): Promise<Played> => {
      const isBad = [...guilty].every((seed) => one.beats.some((beat) => beat.seed === seed));
      const struck = one.beats.map(({ work, fault }) => ({ work, fault, injected: true, violations: isBad ? [{ harm: "lost" as const, what: "x" }] : [] }));
      return { story: one, struck, asked: [], takenBack: 0, seconds: 1, told: [] };
    };
    const shortest = await shrink(await replay(story), replay);
    expect(shortest.story.beats.map(({ seed }) => seed)).toEqual([...guilty]);
  });
});

describe("the checker", () => {
  const line = (writer: string, phase: CloudLine["phase"], stack = "base"): CloudLine => ({
    op: "create",
    phase,
    operation: writer,
    urn: `urn:pulumi:dev.${stack}::torture::aws:ec2/vpc:Vpc::one`,
    id: "",
    time: facts.date,
    writer,
  });

  test("sees two writers of one stack at a time, and not two one after the other or at two stacks", () => {
    expect(overlapped([line("a", "begin"), line("b", "begin"), line("a", "commit"), line("b", "commit")])).toHaveLength(1);
    expect(overlapped([line("a", "begin"), line("a", "commit"), line("b", "begin"), line("b", "commit")])).toEqual([]);
    expect(overlapped([line("a", "begin"), line("b", "begin", "left"), line("a", "commit"), line("b", "commit", "left")])).toEqual([]);
  });

  test("says of a state that was cut off that nobody can read it, and goes on", async () => {
    const world = { home: { clone: await mkdtemp(join(tmpdir(), "trueup-torn-")) } };
    const whole = JSON.stringify({
      version: 3,
      checkpoint: { latest: { resources: [{ urn: line("a", "begin").urn, type: "aws:ec2/vpc:Vpc", id: "vpc-1" }] } },
    });
    try {
      await mkdir(dirname(stateFileOf(world, "base")), { recursive: true });
      await writeFile(stateFileOf(world, "base"), whole);
      expect(await stateOf(world, "base")).toMatchObject({ resources: [{ id: "vpc-1" }] });
      await writeFile(stateFileOf(world, "base"), whole.slice(0, 60));
      expect(await stateOf(world, "base")).toMatchObject({ resources: [], unreadable: "after 60 bytes it is not what a state is" });
      expect(await stateOf(world, "left")).toMatchObject({ unreadable: "after 0 bytes it is not what a state is" });
    } finally {
      await rm(world.home.clone, { recursive: true });
    }
  });
});

describe("the record", () => {
  test("adds up over batches, and calls what did not survive a miss", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trueup-record-"));
    try {
      const file = join(folder, "record.jsonl");
      addToRecord(file, batchOf([told(1, []), told(2, [])], facts));
      const clean = reliabilityReport(readRecord(file));
      expect(clean).toContain("4 faults met their moment in 2 stories, 0 of which were harmed");
      expect(clean).toContain("- doubled: none in 4: the rate is below 75.00 % at 95 %");
      expect(clean).toContain("- destroyed, which older stories were not asked for: none in 4: the rate is below 75.00 % at 95 %");
      expect(clean).toMatch(/### Misses on record\n\nNone\.$/);
      addToRecord(file, batchOf([told(3, [1])], facts));
      const harmed = reliabilityReport(readRecord(file));
      expect(harmed).toContain("6 faults met their moment in 3 stories, 1 of which were harmed");
      expect(harmed).toContain("- doubled: 1 in 6: 16.67 %");
      expect(harmed).toMatch(/\| 3 \| engine \| abc1234 \| `[a-z-]+` \| doubled \| a thing was made 2 times \|$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("names no bound where nothing was tried, and takes percentiles of what there is", () => {
    expect(boundOf(0, 0)).toBe("nothing is known");
    expect([boundOf(258, 0), boundOf(200_000, 0), boundOf(200_000, 1)]).toEqual([
      "none in 258: the rate is below 1.17 % at 95 %",
      "none in 200000: the rate is below 0.0015 % at 95 %",
      "1 in 200000: 0.0005 %",
    ]);
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([50, 99, 100].map((percent) => percentile(hundred, percent))).toEqual([50, 99, 100]);
  });
});

const mayMount = await canMount();

describe.skipIf(engine === undefined)("the real engine under faults", () => {
  afterAll(removePrepared);
  const mounting = allKinds.filter((kind) => factsOf(kind).mounts === true);
  const drawn = mayMount ? allKinds : allKinds.filter((kind) => !mounting.includes(kind));
  if (!mayMount) console.warn(`left out of the stories: ${mounting.join(", ")}: ${whyNoMounts}`);
  // Of the slice: one stack, all of its processes killed in a rebuild.
  const [first, count] = [Number(thisMachine().variable("TRUEUP_SEED") ?? (isFull ? "20261121" : "20261125")), isFull ? 10 : 1];

  test.runIf(isFull)("seed 70000: nor is data lost, nor does anything pass a freeze", async () => {
    const { struck, told: words } = await play(drawStory(70_000, 8, { kinds: drawn, works: worksWith("data"), things: "data" }));
    const violations = struck.flatMap((one) => one.violations);
    if (violations.length > 0) console.log(words.join("\n"));
    expect(violations).toEqual([]);
  });

  test.each(Array.from({ length: count }, (_, at) => first + at))(
    "seed %i: whatever strikes, plain applies bring it to what the branch says, unharmed",
    async (seed) => {
      const { struck, told: words } = await play(drawStory(seed, isFull ? 8 : 1, { kinds: drawn, works: worksWith("all"), things: "all" }));
      const violations = struck.flatMap((one) => one.violations);
      if (violations.length > 0) console.log(words.join("\n"));
      expect(violations).toEqual([]);
      expect(struck.some(({ injected }) => injected)).toBe(true);
    },
  );
});
