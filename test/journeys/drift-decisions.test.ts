import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { findingId } from "../../src/domain/changes/index.ts";
import { detectDrift, fixDrift, ignoreDrift, recordFindings, unignoreDrift } from "../../src/workflows/drift/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { declared, engine, isFull, newHome, type Home } from "./estate.ts";
import { cloudLines, sentences, wholePicture } from "./evidence.ts";
import { doneSince } from "./main-job.ts";

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

  test("to adopt it: a branch with the one value written, and nothing else touched; merged, an apply says no change and the drift is over", async () => {
    write(home, "huge");
    const before = await wholePicture(home);
    const told = await home.run(["drift", "adopt", "dev", "--stack", "app"]);
    // It is an output of another stack: no file of this one holds it. The line of the program is told.
    expect([told.exit, told.out]).toEqual([
      7,
      expect.stringMatching(
        /^dev\.app: nothing was written\n.*\n +stacks\/app\/index\.ts:\d+ .*ConfigMap settings data\.tier +write .*huge.* in place of .*small/,
      ),
    ]);
    expect(await wholePicture(home)).toEqual(before);
    write(home, "small");
    home.cloud.set("settings", "data.replicas", "3", { type: "ConfigMap" });
    const adopted = await home.run(["drift", "adopt", "dev", "--stack", "app"]);
    expect([adopted.exit, adopted.err.includes("PROBLEM"), adopted.out]).toEqual([
      0,
      false,
      expect.stringMatching(/^dev\.app: what is live is on the branch trueup-adopt\/dev\.app-\w{8}\n +environments\/dev\/values\.json +app\.replicas +1 → 3 /),
    ]);
    const branch = /branch (trueup-adopt\/\S+)/.exec(adopted.out)?.[1] ?? "";
    await home.git("fetch", "--quiet", "origin");
    expect(await home.git("diff", "--stat", "--numstat", "origin/env/dev", `origin/${branch}`)).toMatch(/^1\t1\tenvironments\/dev\/values\.json$/m);
    expect((await home.status()).environment).toBe("dev");
    // Asked for twice, it is the same branch.
    const heads = await home.git("ls-remote", "origin");
    expect((await home.run(["drift", "adopt", "dev", "--stack", "app"])).exit).toBe(0);
    expect(await home.git("ls-remote", "origin")).toBe(heads);
    await home.git("checkout", "--quiet", "env/dev");
    await home.git("merge", "--quiet", "--no-ff", "-m", "Adopt", `origin/${branch}`);
    await home.git("push", "--quiet", "origin", "env/dev");
    const lines = (await cloudLines(home)).length;
    const applied = await home.apply();
    expect([applied.end, applied.problem]).toEqual(["good", undefined]);
    expect(await doneSince(home, lines)).toEqual([]);
    expect(await found(await stageOf(home))).toEqual([]);
    expect((await home.run(["drift", "dev", "--scheduled"])).exit).toBe(0);
  });

  test("to adopt what is written by hand in environment.ts, or shared with another stack: told to the line, and not written", async () => {
    await home.land("literals", declared("args: values.app }", "args: { ...values.app, replicas: 2, version: values.mesh.path } }"));
    expect((await home.apply()).end).toBe("good");
    home.cloud.set("settings", "data.replicas", "5", { type: "ConfigMap" });
    home.cloud.set("settings", "data.version", "/by-hand", { type: "ConfigMap" });
    const before = await wholePicture(home);
    const told = await home.run(["drift", "adopt", "dev", "--stack", "app"]);
    expect([told.exit, told.out]).toEqual([7, expect.stringMatching(/environments\/dev\/environment\.ts .*data\.replicas +line \d+: write 5 in place of 2\n/)]);
    expect(told.out).toMatch(
      /values\.json .*data\.version +mesh\.path: write "\/by-hand" in place of "\/shop"; not written, because it is also a value of mesh/,
    );
    expect(await wholePicture(home)).toEqual(before);
  });

  test("to adopt a secret, or what is gone: neither is written, each is told with the place to edit", async () => {
    home.cloud.set("join", "stringData.token", "leaked-by-hand", { type: "Secret" });
    home.cloud.delete("settings", { type: "ConfigMap" });
    const before = await wholePicture(home);
    const told = await home.run(["drift", "adopt", "dev", "--stack", "app"]);
    expect([told.exit, told.out]).toEqual([7, expect.stringMatching(/nothing was written\n[^]*settings +it is gone: remove it from the program/)]);
    expect(told.out + told.err).not.toContain("leaked-by-hand");
    expect(await wholePicture(home)).toEqual(before);
  });
});
