import { afterAll, describe, expect, test, vi } from "vitest";
import { Problem } from "../../src/base/problem/index.ts";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import { engine, isFull } from "../journeys/estate.ts";
import { record } from "../journeys/evidence.ts";
import { actingWith } from "./acting.ts";
import { midway } from "./check.ts";
import { isDone, landModel, newWorld, removePrepared, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

const withShape = (world: World, shape: number): World["model"] => ({ base: { ...world.model["base"], wanted: { shape, revision: 1 } } });

/** A process that is held still there wakes up to another run having done its work. `asks`: whether it may still act. */
const takenOver = async (asks: boolean): Promise<{ readonly code: string; readonly harms: readonly string[] }> => {
  const world = await newWorld(1);
  try {
    await landModel(world, withShape(world, 90));
    const estate = await actingWith(world, async (up, site, { mayAct, ...limits }) => {
      const { lease } = await record(world.home);
      const cancelled = await world.home.run(["run", "cancel", lease?.run ?? "", "--env", "dev", "--reason", "it looks dead"]);
      expect(cancelled.exit).toBe(0);
      await landModel(world, withShape(world, 91));
      expect((await world.home.run(["apply", "dev"])).exit).toBe(0);
      expect(await isDone(world)).toBe(true);
      return up(site, asks && mayAct !== undefined ? { ...limits, mayAct } : limits);
    });
    const code = await applyEnvironment(estate, { environment: "dev", all: false }).then(
      ({ end }) => end,
      (thrown: unknown) => (thrown instanceof Problem ? thrown.code : String(thrown)),
    );
    return { code, harms: [...new Set((await midway(world)).map(({ harm }) => harm))] };
  } finally {
    await world.home.remove();
  }
};

// The slice asks the engine in test/engine/life.test.ts, the ledger in its own tests, and both at once in the simulation.
describe.skipIf(engine === undefined || !isFull)("who wakes up right before its engine starts, and is no longer who may act", () => {
  afterAll(removePrepared);

  test("starts none", async () => {
    expect(await takenOver(true)).toEqual({ code: "LEASE_LOST", harms: [] });
  });

  test("control: where nobody asks, it undoes what was applied since", async () => {
    expect(await takenOver(false)).toEqual({ code: "LEASE_LOST", harms: ["untrue"] });
  });
});
