import { afterAll, beforeAll, expect, test } from "vitest";
import { declared, isFull, type Home } from "./estate.ts";
import { cloudLines, picture, record, results, sentences } from "./evidence.ts";
import { doneSince } from "./main-job.ts";

const goodAt = async (home: Home): Promise<Readonly<Record<string, string | undefined>>> =>
  Object.fromEntries(Object.entries((await record(home)).stacks).map(([name, { lastGood }]) => [name, lastGood?.commit]));

/** When something goes wrong: before anything was touched, and half-way. */
export function trouble(home: () => Home): void {
  /** As it was before anything went wrong. */
  let calm: Home;
  beforeAll(async () => {
    calm = await home().copy();
  });
  afterAll(() => calm?.remove());

  test("when one stack's program throws in the read-only phase, no stack, no state and no branch is touched, and the ledger says why", async () => {
    const live = await results(home());
    const bad = await home().land("bad", {
      "stacks/lib/tags.ts": (text) => text.replace("platform", "infra"),
      "stacks/mesh/index.ts": (text) => text.replace("const behind", 'if (args.path !== "") throw new Error("the mesh is torn");\n    const behind'),
    });
    const before = await picture(home());
    const { end, problem } = await home().apply();
    expect([end, problem?.exitCode]).toEqual(["refused", 1]);
    expect(problem?.lines.join("\n")).toContain("the mesh is torn");
    expect(await picture(home())).toEqual(before);
    expect((await sentences(home()))[0]).toMatch(new RegExp(`^dev: ${bad.slice(0, 7)} refused.*the mesh is torn`));
    expect([await results(home()), (await record(home())).lease]).toEqual([live, null]);
    expect(Object.values(await goodAt(home()))).not.toContain(bad);
  });

  test("an apply that fails half-way takes back exactly what moved, and records that", async () => {
    const [before, stacks] = [await goodAt(home()), (await record(home())).stacks];
    const head = await home().land("mended", {
      "stacks/mesh/index.ts": (text) => text.replace('if (args.path !== "") throw new Error("the mesh is torn");\n    ', ""),
    });
    home().cloud.fault.add({ kind: "fail-before", type: "aws:ec2/securityGroup:*", message: "the cloud is tired" });
    const from = (await cloudLines(home())).length;
    const { problem } = await home().apply();
    expect([problem?.exitCode, problem?.code, problem?.lines[0]]).toEqual([
      14,
      "ROLLED_BACK",
      expect.stringMatching(/the cloud is tired.*; rolled back: .*machines.* to [0-9a-f]{7}$/),
    ]);
    expect(await doneSince(home(), from)).toEqual(["update main", "update main"]);
    expect(await results(home())).toEqual({ machines: "good", cluster: "good", app: "good", mesh: "good" });
    expect(await goodAt(home())).toEqual(before);
    expect((await record(home())).stacks["machines"]?.commit).toBe(stacks["machines"]?.commit);
    expect((await sentences(home())).slice(0, 3)).toContainEqual(expect.stringMatching(new RegExp(`^dev: ${head.slice(0, 7)} failed .*rolled back`)));
  });

  test.skipIf(!isFull)("when the cloud is well it waits for somebody to say so; tried again it converges, and does nothing a second time", async () => {
    home().cloud.fault.clear();
    const from = (await cloudLines(home())).length;
    const held = await home().apply();
    expect([held.end, held.problem?.exitCode, await doneSince(home(), from)]).toEqual(["refused", 11, []]);
    expect((await home().run(["retry", "dev"])).exit).toBe(0);
    const applied = await home().apply();
    expect([applied.end, applied.problem]).toEqual(["good", undefined]);
    expect(await doneSince(home(), from)).toEqual(["update main", "update nodes"]);
    expect(await results(home())).toEqual({ machines: "good", cluster: "good", app: "good", mesh: "good" });
    const again = await home().apply();
    expect(again.end).toBe("nothing");
  });

  test("a version that does not fit what another stack requires ends the apply with 13, and nothing was touched", async () => {
    await calm.land("misfit", declared('{ layer: "mesh", ', '{ layer: "mesh", requires: { app: ">=2" }, '));
    const before = await picture(calm);
    const { end, problem } = await calm.apply();
    expect([end, problem?.exitCode, problem?.what]).toEqual(["refused", 13, "mesh requires app >=2, but live is 1.4.0"]);
    expect(await picture(calm)).toEqual(before);
  });
}
