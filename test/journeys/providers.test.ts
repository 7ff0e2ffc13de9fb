import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { results } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 300_000 });

const vpc = "aws:ec2/vpc:Vpc";
const inRegion = (region: string): string => `const away = new aws.Provider("away", { region: "${region}" });
    const first = new aws.ec2.Vpc("first", { cidrBlock: "10.7.0.0/16" }, { provider: away });
    new aws.ec2.Vpc("second", { cidrBlock: "10.8.0.0/16", tags: { of: first.id } }, { provider: away });
    `;

/** Where each of the two lives. */
const regions = (home: Home): readonly unknown[] =>
  home.cloud
    .list({ type: vpc })
    .flatMap(({ createdBy, region }) => (/::(first|second)$/.test(createdBy) ? [`${createdBy.split("::").at(-1)} ${region}`] : []))
    .toSorted();

const moves = { "stacks/machines/index.ts": (text: string) => text.replace(inRegion("eu-west-1"), inRegion("us-east-1")) };

/** An environment of two networks in one region, and a commit that moves them to another one. */
async function toMove(work: (home: Home) => Promise<void>): Promise<void> {
  const home = await newHome(single("guards: { maxDestroy: { count: 9, percent: 100 } },"));
  try {
    await home.land("there", { "stacks/machines/index.ts": (text) => text.replace("return { vpcId", `${inRegion("eu-west-1")}return { vpcId`) });
    expect((await home.run(["apply", "dev"])).exit).toBe(0);
    expect(regions(home)).toEqual(["first eu-west-1", "second eu-west-1"]);
    await home.land("moves", moves);
    await work(home);
  } finally {
    await home.remove();
  }
}

/** The cloud refuses the first creation of a network, or the second. */
const refuses = (home: Home, name: "first" | "second"): void =>
  void home.cloud.fault.add({ kind: "fail-before", op: "create", urn: `*::${name}`, times: 1, message: "no room" });

describe.skipIf(engine === undefined || !isFull)("a provider that is replaced, and what it has made with it", () => {
  test("where nothing could be moved goes back as if nothing had been, and moves when it is tried again", async () => {
    await toMove(async (home) => {
      refuses(home, "first");
      const failed = await home.run(["apply", "dev"]);
      expect([failed.exit, failed.lines[0]]).toEqual([14, expect.stringContaining("no room")]);
      expect([regions(home), await results(home)]).toEqual([["first eu-west-1", "second eu-west-1"], { machines: "good" }]);
      expect((await home.run(["retry", "dev", "--reason", "there is room now"])).exit).toBe(0);
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      expect([regions(home), await results(home)]).toEqual([["first us-east-1", "second us-east-1"], { machines: "good" }]);
      expect((await home.run(["drift", "dev"])).exit).toBe(0);
    });
  });

  test("where only some was moved, and nothing is taken back, moves the rest when it is tried again", async () => {
    await toMove(async (home) => {
      await home.land("stays", {
        "environments/dev/environment.ts": (text) => text.replace('layer: "machines",', 'layer: "machines", rollback: "forward-only",'),
      });
      refuses(home, "second");
      const failed = await home.run(["apply", "dev"]);
      expect([failed.exit, failed.lines[0]]).toEqual([15, expect.stringContaining("no room")]);
      expect(failed.err).toContain("a run ended while it replaced a provider; what that provider had made is replaced with it");
      expect((await home.run(["thaw", "dev", "--reason", "there is room now"])).exit).toBe(0);
      expect((await home.run(["retry", "dev", "--reason", "there is room now"])).exit).toBe(0);
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      expect([regions(home), await results(home)]).toEqual([["first us-east-1", "second us-east-1"], { machines: "good" }]);
      expect((await home.run(["drift", "dev"])).exit).toBe(0);
    });
  });
});
