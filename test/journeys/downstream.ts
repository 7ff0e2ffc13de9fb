import { expect, test } from "vitest";
import { isFull, set, type Home } from "./estate.ts";
import { cloudLines, stateOf } from "./evidence.ts";
import { doneSince } from "./main-job.ts";

const told = (report: Awaited<ReturnType<Home["report"]>>): readonly unknown[] =>
  report.stacks.map(({ name, outcome }) => [name, outcome.kind === "unknown" ? outcome.until : outcome.kind]);

/** What a change upstream means for those that read it. */
export function downstream(home: () => Home): void {
  test('a changed output makes its readers unknown, never "no change", also when nothing of theirs was touched', async () => {
    await home().commit("bigger", set("machines", { tier: "large" }));
    const report = await home().report("bigger");
    expect(told(report)).toEqual([
      ["machines", "changes"],
      ["app", ["machines"]],
    ]);
    expect(report.stacks[1]?.reasons).toEqual(["reads machines.tier, which changes"]);
    expect(report.untouched.toSorted()).toEqual(["cluster", "mesh"]);
  });

  // The slice has the mesh, which reads the app, in changeAndDrift.
  test.skipIf(!isFull)("applied, the reader has the new value although its own closure did not change", async () => {
    await home().merge("bigger");
    const from = (await cloudLines(home())).length;
    const applied = await home().apply();
    expect([applied.end, await doneSince(home(), from)]).toEqual(["good", ["update settings"]]);
    expect((await stateOf(home(), "dev.app"))?.outputsOf("settings")).toMatchObject({ data: { tier: "large" } });
  });

  test("a secret output that stays what it was makes nobody unknown, although the engine shows neither side of it", async () => {
    await home().commit("retag", { "stacks/machines/index.ts": (text) => text.replace('tagsOf("machines")', 'tagsOf("the-machines")') });
    const report = await home().report("retag");
    expect(told(report)).toEqual([["machines", "changes"]]);
    expect(report.untouched).toContain("app");
  });

  test("control: a secret output that changes makes its readers unknown, and neither value is told", async () => {
    await home().commit("rotate", set("machines", { joinToken: "join-9b7d02" }));
    const report = await home().report("rotate");
    expect(told(report)).toEqual([
      ["machines", "changes"],
      ["app", ["machines"]],
    ]);
    expect(report.stacks[1]?.reasons).toEqual(["reads machines.joinToken, which changes"]);
    expect(JSON.stringify(report)).not.toMatch(/join-(9b7d02|4f1c9a)/);
  });
}
