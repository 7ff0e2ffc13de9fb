import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { findingId } from "../../src/domain/changes/index.ts";
import { detectDrift, fixDrift, ignoreDrift, recordFindings, unignoreDrift } from "../../src/workflows/drift/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { sentences, wholePicture } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 200_000 });

const day = 24 * 3_600_000;

/** The estate on a clock that a test sets. */
interface Stage {
  at: number;
  readonly estate: Estate;
}

async function stageOf(home: Home): Promise<Stage> {
  const stage: Stage = { at: Date.now(), estate: { ...(await home.open()), clock: { ...systemClock, now: () => new Date(stage.at) } } };
  return stage;
}

const about = { environment: "dev", stack: "app" } as const;
const write = (home: Home, value: string): void => void home.cloud.set("settings", "data.tier", value, { type: "ConfigMap" });
const found = async ({ estate }: Stage): Promise<readonly string[]> =>
  (await detectDrift(estate, about)).stacks.flatMap(({ findings }) =>
    findings.flatMap(({ kind, name, properties }) => [`${kind} ${name}`, ...properties.map(({ path }) => path)]),
  );

describe.skipIf(engine === undefined || !isFull)("a person decides about drift", () => {
  let first: Home;
  let home: Home;
  const homes: Home[] = [];
  beforeAll(async () => {
    first = await newHome();
    homes.push(first);
    const { end } = await first.apply();
    if (end !== "good") throw new Error(`the estate did not come up: ${end}`);
  });
  beforeEach(async () => {
    home = await first.copy();
    homes.push(home);
  });
  afterAll(async () => {
    for (const each of homes) await each.remove();
  });

  test("to ignore it until a date: it is closed at once, hides no delete, warns when it is over, counts again, and can be taken away", async () => {
    const stage = await stageOf(home);
    write(home, "huge");
    const detection = await detectDrift(stage.estate, about);
    await recordFindings(detection);
    const [urn = ""] = detection.stacks.flatMap(({ findings }) => findings.map((one) => one.urn));
    const until = new Date(stage.at + 30 * day);
    await ignoreDrift(stage.estate, { ...about, urn, reason: "the team tunes it" }, { until });
    expect((await sentences(home))[0]).toMatch(/^dev: ann ignores data\.tier of settings in app until .*Z: the team tunes it$/);
    const told = await home.run(["drift", "dev", "--stack", "app", "--record"]);
    expect([told.exit, told.out]).toEqual([0, expect.stringMatching(/data\.tier is ignored until .*Z, by ann: the team tunes it/)]);
    expect([await found(stage), (await fixDrift(stage.estate, about)).repaired]).toEqual([[], []]);
    home.cloud.delete("settings", { type: "ConfigMap" });
    expect(await found(stage)).toEqual(["gone settings"]);
    expect((await fixDrift(stage.estate, about)).problem).toBeUndefined();
    write(home, "huge");
    stage.at = until.getTime() - 1;
    expect(await found(stage)).toEqual([]);
    stage.at = until.getTime();
    expect(await found(stage)).toEqual(["changed settings", "data.tier"]);
    expect((await detectDrift(stage.estate, about)).warnings).toEqual([expect.stringMatching(/rule of ann .*data\.tier expired on .*unignore/)]);
    await unignoreDrift(stage.estate, { ...about, finding: findingId({ stack: "app", urn }), reason: "it is ours again" });
    expect((await detectDrift(stage.estate, about)).warnings).toEqual([]);
  });

  test("to ignore what does not drift, or is gone: refused in words, with nothing written", async () => {
    const stage = await stageOf(home);
    home.cloud.delete("join", { type: "Secret" });
    write(home, "huge");
    const [gone, changed] = (await detectDrift(stage.estate, about)).stacks.flatMap(({ findings }) =>
      findings.toSorted((a, b) => b.kind.localeCompare(a.kind)),
    );
    const before = await wholePicture(home);
    const until = { until: new Date(stage.at + day) };
    const ignore = (more: object): Promise<unknown> => ignoreDrift(stage.estate, { ...about, reason: "x", ...more }, until);
    await expect(ignore({ urn: gone?.urn })).rejects.toMatchObject({
      code: "USAGE",
      what: expect.stringMatching(/join is gone, and a rule never hides a delete/),
    });
    await expect(ignore({ finding: "00000000" })).rejects.toMatchObject({
      code: "USAGE",
      todo: expect.stringContaining(findingId(changed ?? { stack: "", urn: "" })),
    });
    await expect(ignore({ urn: changed?.urn, path: "data.teir" })).rejects.toMatchObject({ code: "USAGE", todo: expect.stringContaining("data.tier") });
    await expect(ignore({ stack: "appp", urn: "x" })).rejects.toMatchObject({ exitCode: 6 });
    expect(await wholePicture(home)).toEqual(before);
  });
});
