import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { declared, engine, isFull, newHome, type Change, type Home, type Told } from "./estate.ts";
import { results, stateDigests } from "./evidence.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 120_000 });

const nets = `import * as aws from "@pulumi/aws";
import { defineStack } from "trueup";
import { z } from "zod";

export default defineStack({
  args: z.object({ label: z.string() }),
  program({ label }) {
    for (const name of ["a", "b"]) new aws.ec2.Vpc(name, { cidrBlock: "10.1.0.0/16", tags: { label } });
    return {};
  },
});
`;

const environment = `import { defineEnvironment, stack } from "trueup";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  apply: {},
  stacks: { nets: stack("stacks/nets", { layer: "machines", args: values }) },
});
`;

const label = (value: string): Readonly<Record<string, Change>> => ({ "environments/dev/values.json": `{ "label": "${value}" }\n` });
const approve = (home: Home): Promise<Told> => home.run(["approve", "dev"], { variables: { TRUEUP_ACTOR: "bob" } });
const labels = (home: Home): readonly unknown[] =>
  ["a", "b"].map((name) => (home.cloud.show(name, { type: "Vpc" }).properties["tags"] as { label?: unknown }).label);

/** Approved is a change of two networks; until it is applied, somebody has done half of it by hand. */
async function halfDone(home: Home, value: string): Promise<void> {
  await home.land(value, label(value));
  expect([(await home.run(["apply", "dev"])).exit, (await approve(home)).exit]).toEqual([11, 0]);
  home.cloud.set("a", "tags.label", value, { type: "Vpc" });
}

/** Rules are approved as they are. */
async function rule(home: Home, from: string, to: string): Promise<void> {
  await home.land(`rule-${to.length}`, declared(from, to));
  expect([(await home.run(["apply", "dev"])).exit, (await approve(home)).exit, (await home.run(["apply", "dev"])).exit]).toEqual([11, 0, 0]);
}

describe.skipIf(engine === undefined || !isFull)("less than was approved", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome({ "stacks/nets/index.ts": nets, "environments/dev/environment.ts": environment, ...label("one") });
    await home.apply();
    await home.land("approvals", declared("apply: {},", 'apply: {},\n  approvals: { min: 1, from: ["bob"] },'));
    const { end } = await home.apply();
    if (end !== "nothing") throw new Error(`the rules did not come to be live: ${end}`);
  });
  afterAll(async () => home?.remove());

  test("goes on and says so, where nothing else is said", async () => {
    await halfDone(home, "two");
    const told = await home.run(["apply", "dev"]);
    expect([told.exit, told.lines, labels(home)]).toEqual([0, expect.anything(), ["two", "two"]]);
    expect(told.out).toMatch(/^nets: less than was approved: .*Vpc a/m);
  });

  test("waits for a new approval with whenChanged ask: nothing is touched until somebody has seen just that", async () => {
    await rule(home, "apply: {},", 'apply: { whenChanged: "ask" },');
    await halfDone(home, "three");
    const before = [await stateDigests(home), await results(home)];
    const asks = await home.run(["apply", "dev"]);
    expect([asks.exit, asks.lines[0]]).toEqual([11, expect.stringMatching(/^HELD: less or no worse than approved, but not the same: /)]);
    expect([labels(home), await stateDigests(home), await results(home)]).toEqual([["three", "two"], ...before]);
    expect([(await approve(home)).exit, (await home.run(["apply", "dev"])).exit, labels(home)]).toEqual([0, 0, ["three", "three"]]);
  });

  test("stops with whenChanged stop: exit 12, with nothing touched and what moved by name", async () => {
    await rule(home, 'whenChanged: "ask"', 'whenChanged: "stop"');
    await halfDone(home, "four");
    const before = [await stateDigests(home), await results(home)];
    const stopped = await home.run(["apply", "dev"]);
    expect([stopped.exit, stopped.lines[0]]).toEqual([12, expect.stringMatching(/^STALE: what would happen now is not what was approved: .*Vpc a/)]);
    expect([labels(home), await stateDigests(home), await results(home)]).toEqual([["four", "three"], ...before]);
    expect([(await approve(home)).exit, (await home.run(["apply", "dev"])).exit, labels(home)]).toEqual([0, 0, ["four", "four"]]);
  });
});
