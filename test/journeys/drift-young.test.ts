import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { alerts } from "../../src/domain/reports/index.ts";
import { detectDrift, driftReportOf } from "../../src/workflows/drift/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const minute = 60_000;
const hour = 60 * minute;

/** The estate as it is some time from now. */
const later = async (home: Home, ms: number): Promise<Estate> => ({ ...(await home.open()), clock: { ...systemClock, now: () => new Date(Date.now() + ms) } });

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
});
