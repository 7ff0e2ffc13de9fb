import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Change } from "./estate.ts";
import { results } from "./evidence.ts";

vi.setConfig({ testTimeout: 200_000 });

/** Two stacks of one wave that read nothing of each other; both read a stack that is not live yet, so both are looked at again before their wave. */
const twins = (version: string): Readonly<Record<string, Change>> => ({
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type cluster from "../../stacks/cluster/index.ts";
import type machines from "../../stacks/machines/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: {
    machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: { cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" } }),
    blue: stack<typeof cluster>("stacks/cluster", { layer: "clusters", args: { name: "blue", kind: "plain" }, requires: { green: ">=2 <3" } }),
    green: stack<typeof cluster>("stacks/cluster", { layer: "clusters", args: { name: "green", kind: "plain" }, version: "${version}" }),
  },
});
`,
});

describe.skipIf(engine === undefined || !isFull)("two stacks of one wave, of which one requires a version of the other", () => {
  test("come up together from nothing, whichever of them ends first", async () => {
    const home = await newHome(twins("2.1.0"));
    try {
      const { end, problem } = await home.apply();
      expect([end, problem?.lines]).toEqual(["good", undefined]);
      expect(await results(home)).toEqual({ machines: "good", blue: "good", green: "good" });
    } finally {
      await home.remove();
    }
  });

  test.skipIf(!isFull)("control: with a version that does not fit, nothing is touched", async () => {
    const home = await newHome(twins("3.0.0"));
    try {
      const { end, problem } = await home.apply();
      expect([end, problem?.exitCode, problem?.what]).toEqual(["refused", 13, "blue requires green >=2 <3, but it would be 3.0.0"]);
      expect(await results(home)).toEqual({});
    } finally {
      await home.remove();
    }
  });
});
