import { describe, expect, test } from "vitest";
import { Problem } from "../../src/base/problem/index.ts";
import type { Estate } from "../../src/workflows/estate/index.ts";
import { liftHolds, setHold } from "../../src/workflows/holds/index.ts";
import { rollBackNow } from "../../src/workflows/rollback/index.ts";
import { Teams } from "./parts/teams.ts";

/** Two teams of whom one has failed and is held. */
async function withOneHeld(): Promise<{ readonly teams: Teams; readonly first: string; readonly held: string }> {
  const teams = new Teams();
  const first = teams.push("first");
  expect((await teams.apply()).end).toBe("good");
  const held = teams.push("base fails", { base: { revision: 2, wrong: "ill" } });
  expect((await teams.apply()).end).toBe("rolledBack ROLLED_BACK");
  return { teams, first, held };
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

  test("a branch that is set back before what went live of another takes nothing of that away", async () => {
    const { teams, first, held } = await withOneHeld();
    const good = teams.push("side goes on", { side: { revision: 2 } });
    expect((await teams.apply()).end).toBe("good");
    teams.setBack(held);
    const refused = await teams.apply();
    expect(refused).toMatchObject({ end: "raised BRANCH_REWRITTEN", stacks: [] });
    expect(refused.problem?.todo).toContain(`git push --force origin ${good}:`);
    expect(teams.live["side"]).toBe(`${good} good`);

    // One that only leaves out what failed, and shows of the rest what is live, is as good as a revert.
    teams.setBack(first);
    teams.push("side goes on, without what failed", { base: { revision: 1 }, side: { revision: 2 } });
    expect(await teams.apply()).toMatchObject({ end: "nothing", stacks: [] });
    expect(teams.record.vetoes).toEqual([]);
  });
});

/** Two teams of whom one failed, and was not taken back since nobody reached its backend. */
async function withOneHalfBack(): Promise<Teams> {
  const teams = new Teams();
  teams.push("first");
  expect((await teams.apply()).end).toBe("good");
  teams.push("base fails", { base: { revision: 2, wrong: "ill" } });
  teams.onStack = (stack, state) => void (stack === "base" && state === "rolling back" && teams.away.add("base"));
  expect((await teams.apply()).end).toBe("failed STATE_UNREACHABLE");
  teams.onStack = () => undefined;
  expect(teams.record.vetoes).toMatchObject([{ state: "rollingBack", waves: [["base"]] }]);
  return teams;
}

const inAnHour = ({ clock }: Estate): Date => new Date(clock.now().getTime() + 60 * 60_000);

describe("beside a unit whose way back is interrupted", () => {
  test("another is applied; the one stays to be taken back, is told with what keeps it, and gives the run its exit code", async () => {
    const teams = await withOneHalfBack();
    const measure = teams.record.branch?.head;
    const good = teams.push("side goes on", { side: { revision: 2 } });
    const beside = await teams.apply();
    expect(beside).toMatchObject({ end: "refused STATE_UNREACHABLE", stacks: ["side good"] });
    expect(beside.problem?.exitCode).toBe(new Problem("STATE_UNREACHABLE", { what: "", on: "", todo: "" }).exitCode);
    expect(beside.problem?.what).toMatch(/its rollback was interrupted: the backend of base cannot be reached/);
    expect(beside.result?.units.map(({ unit, phases }) => [unit.waves.flat()[0]?.stack.name, phases.at(-1)?.state])).toEqual(
      expect.arrayContaining([
        ["base", "refused"],
        ["side", "good"],
      ]),
    );
    expect(teams.live["side"]).toBe(`${good} good`);
    expect(teams.record).toMatchObject({ branch: { head: measure }, lease: null, vetoes: [{ state: "rollingBack" }] });
    expect(teams.sentence).toMatch(/refused in part, applied to side: .*its rollback was interrupted/);

    // With nothing else to do the run is what it was before: its way back, and why that is not at its end.
    expect(await teams.apply()).toMatchObject({ end: "raised STATE_UNREACHABLE", stacks: [] });
    expect(teams.record).toMatchObject({ lease: null, vetoes: [{ state: "rollingBack" }] });

    teams.away.clear();
    expect(await teams.apply()).toMatchObject({ end: "refused HELD", stacks: [] });
    expect(teams.record).toMatchObject({ vetoes: [{ state: "rolledBack" }], stacks: { base: { result: "good" } } });
    teams.push("base is mended", { base: { revision: 3 } });
    expect(await teams.apply()).toMatchObject({ end: "good", stacks: ["base good", "app good"] });
    expect(teams.record.vetoes).toEqual([]);
  });

  test("what shares a stack with it waits, and is begun with it", async () => {
    const teams = await withOneHalfBack();
    teams.push("app goes on", { app: { revision: 2 }, base: { revision: 4 } });
    expect(await teams.apply()).toMatchObject({ end: "raised STATE_UNREACHABLE", stacks: [] });
    teams.away.clear();
    expect(await teams.apply()).toMatchObject({ end: "good", stacks: ["base good", "app good"] });
  });

  test("one that somebody froze holds no other", async () => {
    const teams = await withOneHalfBack();
    teams.away.clear();
    const freeze = { environment: "dev", kind: "freeze" as const, reason: "we look at it", stack: "base" };
    await teams.does(({ estate }) => setHold(estate, freeze, inAnHour(estate)));
    teams.push("side goes on", { side: { revision: 2 } });
    expect(await teams.apply()).toMatchObject({ end: "refused HELD", stacks: ["side good"] });
    expect(teams.record).toMatchObject({ vetoes: [{ state: "rollingBack" }], stacks: { base: { result: "failed" } } });
    await teams.does(({ estate }) => liftHolds(estate, { environment: "dev", kind: "freeze", stack: "base", reason: "seen" }));
    expect(await teams.apply()).toMatchObject({ end: "refused HELD", stacks: [] });
    expect(teams.record).toMatchObject({ vetoes: [{ state: "rolledBack" }], stacks: { base: { result: "good" } } });
  });

  test("a freeze of the environment holds all of it", async () => {
    const teams = await withOneHalfBack();
    teams.away.clear();
    await teams.does(({ estate }) => setHold(estate, { environment: "dev", kind: "freeze", reason: "we look at it" }, inAnHour(estate)));
    teams.push("side goes on", { side: { revision: 2 } });
    const frozen = await teams.apply();
    expect(frozen).toMatchObject({ end: "raised HELD", stacks: [] });
    expect(frozen.problem?.what).toMatch(/froze what is still to be taken back/);
  });

  test("somebody takes another back at once, and is not told no for its sake", async () => {
    const teams = await withOneHalfBack();
    const before = teams.live["side"];
    teams.push("side goes on", { side: { revision: 2 } });
    expect((await teams.apply()).stacks).toEqual(["side good"]);
    const asked = { environment: "dev", stacks: ["side"], reason: "it is slow", by: "ann" };
    const done = await teams.does(({ estate }) => rollBackNow(estate, asked));
    expect(done.map(({ veto, back }) => [veto.waves?.flat(), back.state])).toEqual([
      [["base"], "rollingBack"],
      [["side"], "rolledBack"],
    ]);
    expect(teams.live["side"]).toBe(before);
  });
});
