import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { declared, engine, isFull, newHome, set, type Change, type Home } from "./estate.ts";
import { cloudLines, results, sentences } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const mesh = 'mesh: stack<typeof mesh>("stacks/mesh", { layer: "mesh", args: values.mesh }),';
/** The mesh works as long as this command says so. */
const meshWith = (command: string): string =>
  `mesh: stack<typeof mesh>("stacks/mesh", { layer: "mesh", args: values.mesh, verify: [{ command: ["sh", "-c", "${command}"], settle: "1s" }] }),`;

function merged(...all: readonly Readonly<Record<string, Change>>[]): Readonly<Record<string, Change>> {
  const files: Record<string, Change> = {};
  for (const [path, change] of all.flatMap((one) => Object.entries(one))) {
    const before = files[path];
    files[path] = typeof before === "function" && typeof change === "function" ? (text) => change(before(text)) : change;
  }
  return files;
}

/** What lives in the cloud, without what counts how often it was written. */
const counted = /^(generation|resourceVersion)$/;
const objects = (home: Home): unknown =>
  JSON.parse(
    JSON.stringify(
      home.cloud.list().map(({ type, createdBy, properties }) => ({ type, createdBy, properties })),
      (key, value: unknown) => (counted.test(key) ? "…" : value),
    ),
  );

// The slice has one in trouble.ts, and over four layers in the demo.
describe.skipIf(engine === undefined || !isFull)("a commit over four layers whose last one never works", () => {
  let home: Home;
  let good: string;
  let before: unknown;
  beforeAll(async () => {
    home = await newHome(declared(mesh, meshWith("true")));
    await home.apply();
    good = (await home.git("rev-parse", "env/dev")).slice(0, 40);
    before = objects(home);
  });
  afterAll(async () => home?.remove());

  test("is taken back over all layers, is not tried again, and says so; a revert lets it go", async () => {
    expect(await results(home)).toEqual({ machines: "good", cluster: "good", app: "good", mesh: "good" });
    const bad = await home.land(
      "bad",
      merged(
        set("machines", { tier: "large" }),
        set("cluster", { kind: "other" }),
        set("app", { version: "2.0.0" }),
        set("mesh", { path: "/new" }),
        declared(meshWith("true"), meshWith("echo broken; exit 1")),
      ),
    );
    const failed = await home.run(["apply", "dev"], { deadlineMs: 240_000 });
    expect([failed.exit, failed.lines[0]]).toEqual([14, expect.stringMatching(/^ROLLED_BACK: command sh .* says .*; rolled back: .*mesh.* to [0-9a-f]{7}$/)]);
    expect(failed.lines[2]).toContain("trueup retry dev");
    expect(objects(home)).toEqual(before);
    expect(await results(home)).toEqual({ machines: "good", cluster: "good", app: "good", mesh: "good" });
    const status = await home.status();
    expect(status.held).toMatchObject([{ kind: "veto", stacks: ["machines", "cluster", "app", "mesh"] }]);
    expect(status.stacks.map(({ name, commit, behind }) => [name, commit, behind])).toEqual(
      ["machines", "cluster", "app", "mesh"].map((name) => [name, good, true]),
    );
    expect((await sentences(home)).slice(0, 3).toReversed()).toEqual([
      expect.stringMatching(new RegExp(`^dev: ${bad.slice(0, 7)} failed in .*, rolling back: `)),
      expect.stringMatching(new RegExp(`^dev: ${bad.slice(0, 7)} failed after .*; rolled back .*; merged by Ann$`)),
      expect.stringMatching(/^dev: trueup-revert\/env\/dev\/\S+ takes [0-9a-f]{7} out of env\/dev; /),
    ]);

    const engineLines = (await cloudLines(home)).length;
    const again = await home.run(["apply", "dev"], { deadlineMs: 240_000 });
    expect([again.exit, again.lines[0]]).toEqual([11, expect.stringContaining("is what failed in run")]);
    expect((await cloudLines(home)).length).toBe(engineLines);

    // Somebody takes it out of the branch: what is live is what git says again, and nothing is held any more.
    await home.git("revert", "--no-edit", "-m", "1", bad);
    await home.git("push", "--quiet", "origin", "env/dev");
    expect([(await home.apply()).end, (await home.status()).held]).toEqual(["nothing", []]);
    expect((await cloudLines(home)).length).toBe(engineLines);
  });

  test("goes through once what was wrong is mended", async () => {
    await home.git("revert", "--no-edit", "HEAD");
    await home.git("push", "--quiet", "origin", "env/dev");
    await home.land("mended", declared(meshWith("echo broken; exit 1"), meshWith("true")));
    expect((await home.apply()).end).toBe("good");
    expect((await home.status()).held).toEqual([]);
    expect(objects(home)).not.toEqual(before);
  });
});
