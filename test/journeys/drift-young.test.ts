import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { systemClock } from "../../src/base/clock/index.ts";
import { alerts } from "../../src/domain/reports/index.ts";
import { detectDrift, driftProblem, driftReportOf, sweepDrift } from "../../src/workflows/drift/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { record } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const minute = 60_000;
const hour = 60 * minute;

/** The estate as it is some time from now. */
const later = async (home: Home, ms: number): Promise<Estate> => ({ ...(await home.open()), clock: { ...systemClock, now: () => new Date(Date.now() + ms) } });

const kept = z.looseObject({ findings: z.array(z.looseObject({ name: z.string(), tries: z.number() })) });
const tags = z.looseObject({ owner: z.string() });
const owner = (home: Home): string => tags.parse(home.cloud.show("main", { type: "Vpc" }).properties["tags"]).owner;

describe.skipIf(engine === undefined || !isFull)("drift of which somebody hears later", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome(single('drift: { mode: "fix", schedule: "* * * * *", alertAfter: "1h" },'));
    const { end } = await home.apply();
    if (end !== "good") throw new Error(`the stack did not come up: ${end}`);
    home.cloud.set("main", "tags.owner", "mallory", { type: "Vpc" });
  });
  afterAll(async () => home?.remove());

  test("is young until alertAfter has passed: listed, with exit 0; afterwards the same look alerts", async () => {
    const young = await home.run(["drift", "dev", "--record"]);
    expect([young.exit, young.out]).toEqual([0, expect.stringMatching(/changed \(young\) +machines .*tags\.owner/)]);
    const looks: boolean[] = [];
    for (const ms of [30 * minute, 2 * hour]) {
      const detection = await detectDrift(await later(home, ms), { environment: "dev" });
      looks.push(alerts(driftReportOf({ detection }, 1)));
    }
    expect(looks).toEqual([false, true]);
  });

  test("is tried after 5, 15, 45 and 135 minutes, and after five tries not again: a person is called; mended, an apply puts it back", async () => {
    const fault = home.cloud.fault.add({ kind: "fail-before", op: "update", message: "the cloud is tired" });
    const sweep = async (ms: number): Promise<readonly [number, string | undefined]> => {
      const { detection, repair } = await sweepDrift(await later(home, ms), { environment: "dev" });
      const { findings } = kept.parse((await record(home))["drift"]);
      return [findings.find(({ name }) => name === "main")?.tries ?? 0, driftProblem({ detection, ...(repair === undefined ? {} : { repair }) })?.what];
    };
    const tries: number[] = [];
    for (const minutes of [0, 2, 7, 15, 25, 50, 75, 150, 220]) tries.push((await sweep(minutes * minute))[0]);
    expect(tries).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5]);
    const [last, what] = await sweep(30 * hour);
    expect([last, what]).toEqual([5, expect.stringMatching(/Vpc main still drifts after 5 tries to put it back: given up/)]);
    home.cloud.fault.clear(fault.id);
    // Nor does it for a person who asks for the repair; who mended the cause applies.
    expect([(await home.run(["drift", "fix", "dev"])).exit, owner(home)]).toEqual([7, "mallory"]);
    expect([(await home.run(["apply", "dev", "--all"])).exit, owner(home)]).toEqual([0, "platform"]);
  });
});
