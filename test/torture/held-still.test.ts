import { afterAll, describe, expect, test, vi } from "vitest";
import { Problem } from "../../src/base/problem/index.ts";
import type { Engine } from "../../src/adapters/engine/index.ts";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { engine, isFull } from "../journeys/estate.ts";
import { record } from "../journeys/evidence.ts";
import { midway } from "./check.ts";
import { isDone, landModel, newWorld, removePrepared, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

/** The same estate; right before its engine starts to act, something happens: what a process that is held still there wakes up to. `asks`: whether it may. */
async function heldStill(world: World, asks: boolean, meanwhile: () => Promise<void>): Promise<Estate> {
  const estate = await world.home.open();
  return {
    ...estate,
    async engine(environment): Promise<Engine> {
      const real = await estate.engine(environment);
      return new Proxy(real, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== "function") return value;
          if (name !== "up") return value.bind(target) as unknown;
          const up: Engine["up"] = async (site, { mayAct, ...limits }) => {
            await meanwhile();
            return target.up(site, asks && mayAct !== undefined ? { ...limits, mayAct } : limits);
          };
          return up;
        },
      });
    },
  };
}

const withShape = (world: World, shape: number): World["model"] => ({ base: { ...world.model["base"], wanted: { shape, revision: 1 } } });

const takenOver = async (asks: boolean): Promise<{ readonly code: string; readonly harms: readonly string[] }> => {
  const world = await newWorld(1);
  try {
    await landModel(world, withShape(world, 90));
    const estate = await heldStill(world, asks, async () => {
      const { lease } = await record(world.home);
      const cancelled = await world.home.run(["run", "cancel", lease?.run ?? "", "--env", "dev", "--reason", "it looks dead"]);
      expect(cancelled.exit).toBe(0);
      await landModel(world, withShape(world, 91));
      expect((await world.home.run(["apply", "dev"])).exit).toBe(0);
      expect(await isDone(world)).toBe(true);
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

describe.skipIf(engine === undefined)("who wakes up right before its engine starts, and is no longer who may act", () => {
  afterAll(removePrepared);

  test("starts none", async () => {
    expect(await takenOver(true)).toEqual({ code: "LEASE_LOST", harms: [] });
  });

  test.runIf(isFull)("control: where nobody asks, it undoes what was applied since", async () => {
    expect(await takenOver(false)).toEqual({ code: "LEASE_LOST", harms: ["untrue"] });
  });
});
