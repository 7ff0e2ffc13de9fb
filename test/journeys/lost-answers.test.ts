import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { cloudLines, results, runs, stateOf } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000 });

const creates = async (home: Home): Promise<readonly string[]> =>
  (await cloudLines(home)).filter(({ op, phase }) => op === "create" && phase === "commit").map(({ urn }) => urn);

describe.skipIf(engine === undefined || !isFull)("a creation of which the cloud says that it failed", () => {
  test("is taken into the state by the same run when the cloud made it all the same, and not made again by the next", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "fail-after", op: "create", times: 1 });
      const failed = await home.run(["apply", "dev"]);
      expect([failed.exit, failed.err]).toEqual([1, expect.stringContaining("taken into the state as vpc-")]);
      expect([await results(home), (await creates(home)).length, (await stateOf(home, "dev.machines"))?.pending]).toEqual([{ machines: "failed" }, 1, 0]);
      expect((await runs(home)).at(-1)).toMatchObject({ recovered: [{ stack: "machines", operation: "creating", kind: "adopt" }] });
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      expect([
        (await creates(home)).length,
        await results(home),
        home.cloud.list({ type: "aws:ec2/vpc:Vpc" }).filter(({ createdBy }) => createdBy !== "").length,
      ]).toEqual([1, { machines: "good" }, 1]);
      expect(await home.sessions()).toBe("");
    } finally {
      await home.remove();
    }
  });

  test.runIf(isFull)("control: what was really not made is made by the next apply, and nothing is asked about", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "fail-before", op: "create", times: 1 });
      expect((await home.run(["apply", "dev"])).exit).toBe(1);
      const next = await home.run(["apply", "dev"]);
      expect([next.exit, next.err.includes("finding out"), (await creates(home)).length]).toEqual([0, false, 1]);
    } finally {
      await home.remove();
    }
  });
});
