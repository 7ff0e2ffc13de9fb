import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { fixDrift, type Repair } from "../../src/workflows/drift/index.ts";
import { ledgerOf } from "../../src/workflows/estate/index.ts";
import { declared, engine, isFull, newHome, set, type Home } from "./estate.ts";
import { cloudLines, record, results, runs, sentences, wholePicture } from "./evidence.ts";
import { doneSince } from "./main-job.ts";
import { kept, pathsOf, pushes, remembered, tier, write } from "./schedule.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

async function fix(home: Home): Promise<Repair> {
  return fixDrift(await home.open(), { environment: "dev" });
}
/** Rules of the environment, made live: they touch no stack. */
async function rule(home: Home, branch: string, text: string): Promise<void> {
  await home.land(branch, declared('cloud: "sandbox",', `cloud: "sandbox",\n  ${text}`));
  expect((await home.apply()).end).toBe("nothing");
}

async function hold(home: Home, holds: readonly { readonly id: string; readonly stacks: string[] }[]): Promise<void> {
  const ledger = await ledgerOf(await home.open(), "dev");
  const said = { by: "bob", reason: "a migration runs", since: new Date().toISOString(), until: null };
  await ledger.record((current) => ({ next: { ...current, holds: holds.map((one) => ({ ...one, ...said })) }, sentence: "dev: holds" }));
}

// The slice has drift that is found, proposed and put back in schedule.ts.
describe.skipIf(engine === undefined || !isFull)("drift of a small estate", () => {
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

  test("recorded, it is in the ledger with since when, is pushed once and not again while it stays, ages in reports, and closes when it is gone", async () => {
    write(home, "huge");
    const before = await pushes(home);
    expect((await home.run(["drift", "dev", "--record"])).exit).toBe(7);
    const [finding] = (await remembered(home)).findings;
    expect([await pushes(home), finding?.kind, finding?.properties.map(({ path }) => path)]).toEqual([before + 1, "changed", ["data.tier"]]);
    expect((await sentences(home))[0]).toBe("dev: drift found in app (1 resource)");
    const again = await home.run(["drift", "dev", "--record", "--stack", "app", "-o", "json"]);
    expect([again.exit, await pushes(home)]).toEqual([7, before + 1]);
    const report = z.object({ data: z.looseObject({ stacks: z.array(z.looseObject({ rows: z.array(z.looseObject({ ageMs: z.number() })) })) }) });
    expect(report.parse(JSON.parse(again.out)).data.stacks[0]?.rows[0]?.ageMs).toBeGreaterThan(500);
    write(home, "small");
    const picture = await wholePicture(home);
    expect((await home.run(["drift", "dev", "--stack", "app"])).exit).toBe(0);
    expect(await wholePicture(home)).toEqual(picture);
    expect((await home.run(["drift", "dev", "--record", "--stack", "app"])).exit).toBe(0);
    const closed = await remembered(home);
    expect([await pushes(home), closed.findings, closed.closed?.map(({ path }) => path)]).toEqual([before + 2, [], ["data.tier"]]);
  });

  test("a repair says what it will touch before it does, and afterwards how much it did, from which state to which, and how long it took", async () => {
    write(home, "huge");
    await hold(home, [{ id: "h1", stacks: ["app"] }]);
    expect([(await fix(home)).problem?.exitCode, tier(home)]).toEqual([11, "huge"]);
    await hold(home, []);
    const before = (await record(home)).stacks["app"]?.stateDigest;
    // A cloud that asks to slow down is waited for.
    home.cloud.fault.add({ kind: "throttle", op: "update", times: 1 });
    expect((await fix(home)).problem).toBeUndefined();
    expect(tier(home)).toBe("small");
    const [last, attempt, lease] = await sentences(home);
    expect([last, attempt, lease]).toEqual([
      expect.stringMatching(/^dev: drift fixed in app \(1 resource\) in /),
      "dev: putting back drift in app",
      expect.stringMatching(/takes the lease/),
    ]);
    const during = JSON.parse(await home.git("--git-dir", home.remote, "show", "refs/heads/trueup/dev~1:environment.json")) as {
      stacks: Record<string, unknown>;
      drift: unknown;
    };
    expect([during.stacks["app"], kept.parse(during.drift).findings.map(({ tries }) => tries)]).toMatchObject([{ result: "applying" }, [1]]);
    const run = z
      .looseObject({
        kind: z.string(),
        result: z.string(),
        fencing: z.number(),
        timings: z.record(z.string(), z.number()),
        units: z.array(z.looseObject({ stacks: z.array(z.looseObject({ stateBefore: z.string(), stateAfter: z.string() })) })),
      })
      .parse((await runs(home)).at(-1));
    const [stack] = run.units[0]?.stacks ?? [];
    expect([run.kind, run.result, run.fencing > 0, (run.timings["repair"] ?? 0) > 0]).toEqual(["drift", "good", true, true]);
    expect(stack).toMatchObject({
      stack: "app",
      result: "good",
      changes: { update: 1, create: 0, delete: 0 },
      stateBefore: expect.stringMatching(/^\w{64}$/),
    });
    expect(stack?.stateAfter).toBe((await record(home)).stacks["app"]?.stateDigest);
    expect([stack?.stateBefore === stack?.stateAfter, before === stack?.stateAfter, await results(home)]).toMatchObject([false, false, { app: "good" }]);
    expect((await remembered(home)).findings).toEqual([]);
  });

  test("holds, windows and guards refuse a repair before anything is touched, each with its exit code; without them the same repair goes through", async () => {
    write(home, "huge");
    await hold(home, [{ id: "h1", stacks: ["app"] }]);
    const from = (await cloudLines(home)).length;
    const held = await home.run(["drift", "dev", "--fix"]);
    expect([held.exit, held.lines[0], held.lines[2]]).toEqual([
      11,
      "HELD: held by bob: a migration runs",
      expect.stringMatching(/^Nothing of it was touched\. Ask bob/),
    ]);
    // Nothing but the findings was written: no lease was taken for it.
    expect((await sentences(home))[0]).toBe("dev: drift found in app (1 resource)");
    await hold(home, [{ id: "h2", stacks: ["mesh"] }]);
    await rule(
      home,
      "closed",
      'windows: [{ kind: "deny", for: ["drift"], cron: "* * * * *", duration: "1h", tz: "UTC" }],\n  guards: { maxDestroy: { count: 0 } },',
    );
    const closed = await fix(home);
    expect([closed.problem?.exitCode, closed.problem?.what]).toEqual([11, expect.stringMatching(/a window denies it/)]);
    await home.land("open", declared('for: ["drift"]', 'for: ["rollback"]'));
    expect((await home.apply()).end).toBe("nothing");
    // A replaced network is no repair that these guards allow; the other stack's is.
    home.cloud.set("main", "cidrBlock", "10.9.0.0/16", { type: "Vpc" });
    expect(await doneSince(home, from)).toEqual([]);
    const guarded = await home.run(["drift", "dev", "--fix"]);
    expect([guarded.exit, guarded.lines[0]]).toEqual([13, expect.stringMatching(/1 resource would be destroyed, 0 may be/)]);
    expect(await doneSince(home, from)).toEqual(["update settings"]);
    expect(pathsOf(await remembered(home))).toEqual(["machines main cidrBlock"]);
  });

  test("what somebody writes again and again is put back three times and then left to them, with a page", async () => {
    for (let round = 0; round < 3; round++) {
      write(home, `huge-${round}`);
      expect([(await fix(home)).problem, tier(home)]).toEqual([undefined, "small"]);
    }
    write(home, "huge-again");
    const fought = await home.run(["drift", "dev", "--fix", "--stack", "app"]);
    expect([fought.exit, fought.lines[0], tier(home)]).toEqual([7, expect.stringMatching(/ConfigMap settings.*someone else owns this/), "huge-again"]);
    expect(fought.out).toMatch(/left +app/);
    expect((await remembered(home)).findings[0]).toMatchObject({ name: "settings", tries: 0, fightSince: expect.any(String) });
  });

  test("an ignore rule works as soon as it is live, hides no delete, leaves its resource alone, and says when it matches nothing", async () => {
    write(home, "huge");
    const ignore = (path: string): string => `{ type: "kubernetes:core/v1:ConfigMap", path: "${path}", reason: "tuned by hand" }`;
    await rule(home, "ignored", `drift: { ignore: [${ignore("data.tier")}, ${ignore("data.nothing")}] },`);
    const seen = await home.drift();
    expect(seen.stacks.flatMap(({ findings }) => findings)).toEqual([]);
    expect(seen.warnings).toEqual([expect.stringMatching(/data\.nothing matches nothing/)]);
    home.cloud.delete("join", { type: "Secret" });
    const repair = await fix(home);
    expect([repair.problem, tier(home)]).toEqual([undefined, "huge"]);
    expect(repair.repaired.flatMap(({ outcome }) => outcome?.changes.resources.map(({ operation, name }) => `${operation} ${name}`) ?? [])).toEqual([
      "create join",
    ]);
    home.cloud.delete("settings", { type: "ConfigMap" });
    expect((await home.drift("app")).stacks.flatMap(({ findings }) => findings.map(({ kind }) => kind))).toEqual(["gone"]);
  });

  test("what differs and comes from no input is listed apart: nobody is alerted, nothing is remembered, and a repair leaves it", async () => {
    home.cloud.set("main", "mainRouteTableId", "rtb-elsewhere", { type: "Vpc" });
    const from = (await cloudLines(home)).length;
    const told = await home.run(["drift", "dev", "--stack", "machines", "--record"]);
    expect([told.exit, told.out]).toEqual([0, expect.stringMatching(/no drift \(1 output-only\)[^]*1 value that only providers report: nothing to do/)]);
    expect((await remembered(home)).findings).toEqual([]);
    const left = await fix(home);
    expect([left.problem, left.repaired, await doneSince(home, from)]).toEqual([undefined, [], []]);
    // Control: beside what differs in an input it is told too, and only that counts.
    write(home, "huge");
    const both = await home.run(["drift", "dev", "-o", "json"]);
    const rows = z.object({
      data: z.looseObject({ stacks: z.array(z.looseObject({ rows: z.array(z.looseObject({ finding: z.looseObject({ kind: z.string() }) })) })) }),
    });
    const kinds = rows.parse(JSON.parse(both.out)).data.stacks.flatMap((one) => one.rows.map(({ finding }) => finding.kind));
    expect([both.exit, kinds.toSorted()]).toEqual([7, ["changed", "output-only"]]);
  });

  test("a live version that another live stack does not accept is a row of its own, and nobody's to put back", async () => {
    await home.land("fits", { ...set("mesh", { path: "/store" }), ...declared("args: values.mesh }", 'args: values.mesh, requires: { app: ">=1 <2" } }') });
    expect((await home.apply()).end).toBe("good");
    expect((await home.run(["drift", "dev", "--stack", "mesh"])).exit).toBe(0);
    await home.land("newer", set("app", { version: "2.0.0" }));
    const words = ["--override", "requirement", "--reason", "mesh follows"];
    expect((await home.run(["apply", "dev", ...words], { deadlineMs: 190_000 })).exit).toBe(0);
    const from = (await cloudLines(home)).length;
    const told = await home.run(["drift", "dev", "--record", "--stack", "mesh"]);
    expect([told.exit, told.out]).toEqual([7, expect.stringMatching(/undeclared version +mesh +mesh +requires\.app +">=1 <2" → "2\.0\.0"/)]);
    const fixed = await home.run(["drift", "dev", "--fix", "--stack", "mesh"]);
    expect([fixed.exit, fixed.out]).toEqual([7, expect.stringContaining("undeclared version: bring both stacks to versions that fit")]);
    expect([await doneSince(home, from), (await remembered(home)).findings.map(({ kind, tries }) => [kind, tries])]).toEqual([[], [["undeclared-version", 0]]]);
  });

  test("a stack that is declared nowhere is in the report with its resources, and in the ledger, but nobody's to put back", async () => {
    await home.land("drop", {
      "environments/dev/environment.ts": (text) =>
        text
          .split("\n")
          .filter((line) => !line.startsWith("    mesh: stack"))
          .join("\n"),
    });
    expect((await home.apply()).end).toBe("nothing");
    const seen = await home.drift();
    expect(seen.standing).toMatchObject([{ stack: "mesh", kind: "orphaned-stack", resources: expect.any(Number) }]);
    const told = await home.run(["drift", "dev", "--record", "--stack", "mesh"]);
    expect([told.exit, told.out]).toEqual([7, expect.stringMatching(/orphaned stack +mesh +mesh +\(the whole stack\) +\d+ resources, declared nowhere/)]);
    expect(told.out).not.toContain("put it back");
    expect((await remembered(home)).findings.map(({ kind }) => kind)).toEqual(["orphaned-stack"]);
  });
});
