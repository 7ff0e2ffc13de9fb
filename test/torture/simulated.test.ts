import { afterAll, describe, expect, test, vi } from "vitest";
import { faultKinds, type FaultKind as SimulatedKind } from "../simulation/parts/faults.ts";
import type { Strike } from "../simulation/parts/strikes.ts";
import { engine, isFull } from "../journeys/estate.ts";
import { canMount } from "./disks.ts";
import { factsOf } from "./kinds.ts";
import { play } from "./play.ts";
import { likeIt, likes, replayedSeeds, simulatedStory, type SimulatedStory } from "./simulated.ts";
import { removePrepared } from "./world.ts";

vi.setConfig({ testTimeout: 600_000 });

const fault = (kind: SimulatedKind): Strike["fault"] => ({ kind, at: 1, forMs: 60_000 });

describe("a story of the simulation on the real engine", () => {
  const toldOf = ({ story }: SimulatedStory): readonly (readonly string[])[] => story.beats.map(({ work, fault: { kind, at } }) => [work, kind, at]);

  test("has its faults in their order, each at the same work and at the moment that comes nearest", () => {
    const strikes: readonly Strike[] = [
      { fault: fault("provider's answer lost"), doing: "commit", at: "engine" },
      { fault: fault("backend away"), doing: "commit", at: "looking" },
      { fault: fault("engine killed"), doing: "drift", at: "asked" },
      { fault: fault("runner killed"), doing: "way back", at: "asked" },
    ];
    expect(toldOf(likeIt(1, { strikes, doings: ["commit", "drift", "way back"] }))).toEqual([
      ["change", "cloud-answer-lost", "engine"],
      // Its backend cannot be away before an engine acts.
      ["change", "backend-read-only", "engine"],
      ["drift", "kill-engine", "begun"],
      ["broken", "kill-runner", "back"],
    ]);
  });

  test("does what nothing struck too, in its place, and says which faults nothing on the real engine is like", () => {
    const strikes: readonly Strike[] = [
      { fault: fault("clock jumped"), doing: "commit", at: "looking" },
      { fault: fault("power lost"), doing: "rebuild", at: "applied" },
    ];
    const found = likeIt(1, { strikes, doings: ["commit", "rebuild", "drift"] });
    expect([toldOf(found), found.left]).toEqual([
      [
        ["change", "branch-moves", "lease"],
        ["lost", "kill-both", "applied"],
        ["drift", "branch-moves", "lease"],
      ],
      ["clock jumped"],
    ]);
  });

  test("is the same for the same seed, and has something to strike", async () => {
    for (const seed of [50_869, 614_326]) {
      const found = await simulatedStory(seed);
      expect([found, found.story.beats.length > 0]).toEqual([await simulatedStory(seed), true]);
    }
  });

  test("knows every kind of simulated fault but the one that nobody can do here", () => {
    expect(faultKinds.filter((kind) => likes[kind] === undefined)).toEqual(["clock jumped"]);
  });
});

const mayMount = await canMount();

describe.skipIf(engine === undefined || !isFull)("what the simulation found, played on the real engine", () => {
  afterAll(removePrepared);

  test.each(replayedSeeds)("simulated seed %i does no harm there either", async (seed) => {
    const { story } = await simulatedStory(seed);
    const beats = story.beats.filter(({ fault }) => mayMount || factsOf(fault.kind).mounts !== true);
    const { struck, told } = await play({ ...story, beats });
    const violations = struck.flatMap((one) => one.violations);
    if (violations.length > 0) console.log(told.join("\n"));
    expect(violations).toEqual([]);
    expect(struck.some(({ injected }) => injected)).toBe(true);
  });
});
