import { describe, expect, test } from "vitest";
import { Teams } from "./parts/teams.ts";

/** Two teams of whom one has failed and is held. */
async function withOneHeld(): Promise<{ readonly teams: Teams; readonly held: string }> {
  const teams = new Teams();
  teams.push("first");
  expect((await teams.apply()).end).toBe("good");
  const held = teams.push("base fails", { base: { revision: 2, wrong: "ill" } });
  expect((await teams.apply()).end).toBe("rolledBack ROLLED_BACK");
  return { teams, held };
}

describe("beside a unit that failed and is held", () => {
  test("a later failure is blamed on its own commit, not on those that are live since", async () => {
    const { teams, held } = await withOneHeld();
    const good = teams.push("side goes on", { side: { revision: 2 } });
    expect(await teams.apply()).toMatchObject({ end: "good", stacks: ["side good"] });
    const bad = teams.push("side fails", { side: { revision: 3, wrong: "ill" } });
    expect(await teams.apply()).toMatchObject({ end: "rolledBack ROLLED_BACK" });
    expect(teams.record.vetoes.map(({ commits }) => commits)).toEqual([[held], [bad]]);
    expect(teams.live["side"]).toBe(`${good} good`);
  });

  test("another goes on however many commits came since, also where the oldest are told as one", async () => {
    const { teams } = await withOneHeld();
    teams.push("side goes on", { side: { revision: 2 } });
    expect((await teams.apply()).end).toBe("good");
    for (let at = 1; at <= 12; at++) teams.push(`document ${at}`);
    const newest = teams.push("side goes on again", { side: { revision: 3 } });
    expect(await teams.apply()).toMatchObject({ end: "good", stacks: ["side good"] });
    expect(teams.live["side"]).toBe(`${newest} good`);
    // Nothing comes twice: of the same head only what is held is left.
    const again = await teams.apply();
    expect(again).toMatchObject({ end: "refused HELD", stacks: [] });
    expect(again.problem?.what).toMatch(/^base at/);
  });
});
