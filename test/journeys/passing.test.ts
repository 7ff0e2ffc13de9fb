import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set, type Home } from "./estate.ts";
import { cloudLines, results } from "./evidence.ts";
import { estateOf, made, net } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

/** How each try to change the network ended, in the order of the cloud's ledger. */
async function tries(home: Home): Promise<readonly string[]> {
  const lines = (await cloudLines(home)).filter(({ op, phase, urn }) => op === "update" && phase !== "begin" && urn.endsWith("::net"));
  return lines.map(({ phase }) => phase);
}

describe.skipIf(engine === undefined || !isFull)("an apply that meets what passes by itself", () => {
  test.each([
    ["a cloud that asks to slow down", { kind: "throttle" }, "ThrottlingException: Rate exceeded"],
    ["a cloud that does not answer", { kind: "fail-before", message: "read tcp 10.0.0.7:443: i/o timeout" }, "i/o timeout"],
  ] as const)("waits for %s, says so, and goes on in the same run", async (_, fault, words) => {
    const home = await newHome(estateOf({ shop: net() }));
    try {
      expect((await home.apply()).problem?.lines).toBeUndefined();
      await home.land("larger", set("shop", { tier: "large" }));
      home.cloud.fault.add({ ...fault, op: "update", urn: "*dev.shop::*::net", times: 1 });
      const applied = await home.run(["apply", "dev"], { deadlineMs: 240_000 });
      expect([applied.exit, `${applied.out}${applied.err}`]).toEqual([0, expect.stringMatching(new RegExp(`shop: .*${words}.*; once more in 5 s`))]);
      expect([await tries(home), made(home, "shop", "net")[0]?.properties["tags"]]).toMatchObject([["fail", "commit"], { tier: "large" }]);
      expect([await results(home), (await home.status()).held]).toEqual([{ shop: "good" }, []]);
    } finally {
      await home.remove();
    }
  });

  test("gives up after three tries, and what it could not change is as it was", async () => {
    const home = await newHome(estateOf({ shop: net() }));
    try {
      expect((await home.apply()).problem?.lines).toBeUndefined();
      await home.land("larger", set("shop", { tier: "large" }));
      home.cloud.fault.add({ kind: "throttle", op: "update", urn: "*dev.shop::*::net" });
      const applied = await home.run(["apply", "dev"], { deadlineMs: 240_000 });
      expect([applied.exit, applied.lines[0]]).toEqual([1, expect.stringContaining("Rate exceeded")]);
      expect([await tries(home), made(home, "shop", "net")[0]?.properties["tags"]]).toMatchObject([["fail", "fail", "fail"], { tier: "small" }]);
    } finally {
      await home.remove();
    }
  });
});
