import { expect, test } from "vitest";
import { declared, isFull, set, type Home } from "./estate.ts";
import { cloudLines, record, results, sentences, stateOf, wholePicture } from "./evidence.ts";

/** The names of what the engine did to the cloud since `from` lines, in order: `update main`. */
export async function doneSince(home: Home, from: number): Promise<readonly string[]> {
  const lines = (await cloudLines(home)).slice(from).filter(({ actor, phase }) => actor === "engine" && phase === "commit");
  return lines.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);
}

/** From nothing to nothing left, each test a step on from the one before. */
export function mainJob(home: () => Home): void {
  test("an environment comes up from nothing, layer after layer, and its ledger says so", async () => {
    const applied = await home().apply();
    expect([applied.end, applied.problem]).toEqual(["good", undefined]);
    expect(await results(home())).toEqual({ machines: "good", cluster: "good", app: "good", mesh: "good" });
    const done = await doneSince(home(), 0);
    expect(done.toSorted()).toEqual(["create join", "create main", "create nodes", "create routes", "create settings"]);
    expect([done[0], done[1], done[4]]).toEqual(["create main", "create nodes", "create routes"]);
  });
}

export function changeAndDrift(home: () => Home): void {
  test("a pull request's preview says what would change and why, and writes nothing at all", async () => {
    await home().commit("newer-app", set("app", { version: "1.5.0" }));
    const before = await wholePicture(home());
    const report = await home().report("newer-app");
    expect(await wholePicture(home())).toEqual(before);
    const [app, ...others] = report.stacks;
    expect([app?.name, app?.reasons]).toEqual(["app", ["args.version changed", "version changed"]]);
    const changes = app?.outcome.kind === "changes" ? app.outcome.changes.resources : [];
    expect(changes.map(({ operation, name, properties }) => [operation, name, ...properties.map(({ path }) => path)])).toEqual([
      ["update", "settings", "data.version"],
    ]);
    // The mesh reads the app's version: it is not known before the app is applied.
    expect(others.map(({ name, outcome }) => [name, outcome.kind === "unknown" ? outcome.until : outcome.kind])).toEqual([["mesh", ["app"]]]);
    expect(report.untouched.toSorted()).toEqual(["cluster", "machines"]);
  });

  test("merged and applied, the cloud has it, only the stacks that changed moved, and the ledger names the merge", async () => {
    const merge = await home().merge("newer-app");
    const from = (await cloudLines(home())).length;
    const applied = await home().apply();
    expect(applied.end).toBe("good");
    expect(await doneSince(home(), from)).toEqual(["update settings", "update routes"]);
    const { stacks } = await record(home());
    expect(
      Object.entries(stacks)
        .filter(([, { lastGood }]) => lastGood?.commit === merge)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(["app", "mesh"]);
    expect((await sentences(home()))[0]).toMatch(new RegExp(`^dev: ${merge.slice(0, 7)} applied to app, mesh.*Ann`));
  });

  test("applying again finds nothing to do, and pushes nothing to the ledger", async () => {
    const before = await wholePicture(home());
    const again = await home().apply();
    expect([again.end, await wholePicture(home())]).toEqual(["nothing", before]);
  });

  test("what somebody changes by hand is found, to the property, and nothing is written to find it", async () => {
    home().cloud.set("settings", "data.tier", "huge", { type: "ConfigMap" });
    const before = await wholePicture(home());
    const seen = await home().drift();
    expect(await wholePicture(home())).toEqual(before);
    const findings = seen.stacks.flatMap((one) =>
      one.findings.map(({ name, kind, properties }) => ({
        stack: one.stack.name,
        name,
        kind,
        properties: properties.map(({ path, before: was, after }) => [path, was, after]),
      })),
    );
    const plain = (value: string): object => ({ kind: "plain", value });
    expect(findings).toEqual([{ stack: "app", name: "settings", kind: "changed", properties: [["data.tier", plain("small"), plain("huge")]] }]);
    expect(seen.stacks.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined, undefined]);
  });

  // The slice has both in schedule.ts and in notices.test.ts.
  test.skipIf(!isFull)("drift makes the command line end with 7, and a repair puts back exactly what drifted", async () => {
    const detected = await home().run(["drift", "dev", "--stack", "app"]);
    expect([detected.exit, detected.out]).toEqual([7, expect.stringContaining("data.tier")]);
    const from = (await cloudLines(home())).length;
    expect((await home().fix()).problem).toBeUndefined();
    expect(await doneSince(home(), from)).toEqual(["update settings"]);
    expect(home().cloud.show("settings", { type: "ConfigMap" }).properties["data"]).toMatchObject({ tier: "small" });
    expect((await sentences(home()))[0]).toMatch(/drift fixed in app/);
    expect((await home().drift("app")).stacks.flatMap(({ findings }) => findings)).toEqual([]);
  });
}

const without =
  (...names: readonly string[]) =>
  (text: string): string =>
    text
      .split("\n")
      .filter((line) => !names.some((name) => line.startsWith(`    ${name}: stack`)))
      .join("\n");

export function retirement(home: () => Home): void {
  test("a stack that is no longer declared is an orphan: shown in preview and status with its resources, and left alone", async () => {
    await home().land("drop", { "environments/dev/environment.ts": without("app", "mesh") });
    const before = await wholePicture(home());
    const report = await home().report("env/dev");
    const orphans = [
      { stack: "app", resources: expect.any(Number) },
      { stack: "mesh", resources: expect.any(Number) },
    ];
    expect(report.orphans).toEqual(orphans);
    expect((await home().status()).orphans.toSorted((a, b) => (a.stack < b.stack ? -1 : 1))).toEqual(orphans);
    expect((await home().apply()).end).toBe("nothing");
    // The ledger says that the branch's new head needed no change; nothing else moved.
    expect(await wholePicture(home())).toEqual({ ...before, ledger: expect.any(String) });
    expect((await sentences(home()))[0]).toMatch(/needed no change/);
  });

  test('retired with "destroy" it is previewed as deletes and then goes from cloud, state and ledger; with "forget" only the ledger lets it go', async () => {
    await home().land("retire", declared('cloud: "sandbox",', 'cloud: "sandbox",\n  retire: { mesh: "destroy", app: "forget" },'));
    const report = await home().report("env/dev");
    const mesh = report.stacks.find(({ name }) => name === "mesh")?.outcome;
    expect(mesh?.kind === "changes" ? mesh.changes.resources.map(({ operation, name }) => `${operation} ${name}`) : mesh).toEqual(
      expect.arrayContaining(["delete routes"]),
    );
    const from = (await cloudLines(home())).length;
    const app = await stateOf(home(), "dev.app");
    const applied = await home().apply();
    expect([applied.end, applied.problem]).toEqual(["good", undefined]);
    expect(await doneSince(home(), from)).toEqual(["delete routes"]);
    expect(await stateOf(home(), "dev.mesh")).toBeUndefined();
    expect((await stateOf(home(), "dev.app"))?.urns).toEqual(app?.urns);
    expect(Object.keys(await results(home())).toSorted()).toEqual(["cluster", "machines"]);
    expect((await home().status()).orphans).toEqual([]);
  });
}
