import { describe, expect, it } from "vitest";
import { judge, type GateQuestion } from "../../domain/gates/index.ts";
import type { AffectedStack, Unit } from "../../domain/planner/index.ts";
import { stackOf } from "../../domain/planner/testing/estate.ts";
import { byUnit } from "./aside.ts";

const affected = (stack: ReturnType<typeof stackOf>): AffectedStack => ({ stack, closureDigest: "d", reasons: ["r"], action: "apply" });
const unitOf = (...stacks: readonly ReturnType<typeof stackOf>[]): Unit => ({ id: stacks[0]?.name ?? "", commits: ["c"], waves: [stacks.map(affected)] });

/** What goes and what does not, when the gates judge these units together. */
function judged(
  units: readonly Unit[],
  more: Partial<GateQuestion> = {},
  windows: GateQuestion["environment"]["windows"] = [],
): { readonly going: readonly string[]; readonly refused: readonly string[] } {
  const all = units.flatMap(({ waves }) => waves.flat());
  const question: GateQuestion = {
    environment: {
      name: "dev",
      stacks: all.map(({ stack }) => stack),
      approvals: { min: 0, from: [] },
      verify: { required: false },
      windows,
      checks: [],
      policies: { packs: [], levels: {} },
      apply: { whenChanged: "subset", parallel: 4 },
      guards: { maxDestroy: { count: 3, percent: 20 } },
    },
    commit: "c",
    action: "apply",
    at: new Date("2026-11-20T09:50:00Z"),
    stacks: all.map((one) => ({ affected: one, changes: undefined, state: { resources: [], pending: [] } })),
    ...more,
  };
  const { going, refused } = byUnit({ plan: { units, environment: "dev" } } as Parameters<typeof byUnit>[0], judge(question));
  return { going: going.map(({ id }) => id), refused: refused.map(({ unit, problem }) => `${unit.id}: ${problem.what}`) };
}

describe("a no to one unit is nothing to those beside it", () => {
  it("also where it is said for the sake of a stack that is live and not in the run", () => {
    const live = { shop: { requires: { db: "^1" } }, db: { version: "1.4.0" } };
    expect(judged([unitOf(stackOf("db", { version: "2.0.0" })), unitOf(stackOf("blog"))], { live })).toEqual({
      going: ["blog"],
      refused: ["db: shop requires db ^1, but it would be 2.0.0"],
    });
  });

  it("also where only one of them would not end before the window closes", () => {
    const windows = [{ kind: "allow", for: ["apply"], cron: "0 8 * * *", duration: "2h", tz: "UTC" }] as const;
    const minute = 60_000;
    const expected = [
      { stack: "db", ms: 40 * minute, says: "about 40 min" },
      { stack: "blog", ms: 2 * minute, says: "about 2 min" },
    ];
    expect(judged([unitOf(stackOf("db")), unitOf(stackOf("blog"))], { expected }, windows)).toEqual({
      going: ["blog"],
      refused: ["db: the window closes at 2026-11-20T10:00:00.000Z, and this takes about 40 min"],
    });
  });

  it("also where only one of them asks for approvals, and somebody approved the change of another", () => {
    const units = [unitOf(stackOf("db", { approvals: { min: 1, from: [] } })), unitOf(stackOf("blog", { approvals: { min: 1, from: [] } }))];
    const approvalsOf = new Map([
      ["db", []],
      ["blog", [{ by: "bob" }]],
    ]);
    expect(judged(units, { approvals: [], approvalsOf })).toMatchObject({ going: ["blog"], refused: [expect.stringMatching(/^db: 0 of 1 approvals/)] });
    expect(judged(units, { approvals: [{ by: "bob" }], approvalsOf })).toMatchObject({ going: ["blog"] });
  });

  it("and one to the whole environment is about all of them", () => {
    const closed = [{ kind: "deny", for: ["apply"], cron: "0 9 * * *", duration: "2h", tz: "UTC" }] as const;
    expect(judged([unitOf(stackOf("db")), unitOf(stackOf("blog"))], {}, closed)).toEqual({ going: [], refused: [] });
    const holds = [{ kind: "freeze" as const, by: "ann", reason: "we look at it" }];
    expect(judged([unitOf(stackOf("db")), unitOf(stackOf("blog"))], { holds })).toEqual({ going: [], refused: [] });
    expect(judged([unitOf(stackOf("db")), unitOf(stackOf("blog"))], { holds: holds.map((one) => ({ ...one, stack: "db" })) })).toEqual({
      going: ["blog"],
      refused: ["db: frozen by ann: we look at it"],
    });
  });
});
