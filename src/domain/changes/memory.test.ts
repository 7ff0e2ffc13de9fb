import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DriftFinding } from "./change-set.ts";
import { closeFindings, isOtherMemory, keptOf, remember, tried, type Memory } from "./memory.ts";
import { turnOf, waitAfter } from "./turn.ts";

const start = Date.parse("2026-11-21T00:00:00Z");
const minutes = 60_000;
const hours = 60 * minutes;
const at = (ms: number): Date => new Date(start + ms);
const nothing: Memory = { findings: [], closed: [] };

function finding(paths: readonly string[], more: Partial<DriftFinding> = {}): DriftFinding {
  return {
    stack: "shop",
    urn: "urn:web",
    type: "aws:ec2/instance:Instance",
    name: "web",
    kind: paths.length === 0 ? "gone" : "changed",
    protected: false,
    stateful: false,
    properties: paths.map((path) => ({ path, before: { kind: "plain", value: 1 }, after: { kind: "plain", value: 2 }, replaces: false, guessed: false })),
    ...more,
  };
}
const seen = (...findings: readonly DriftFinding[]): { stacks: string[]; findings: readonly DriftFinding[] } => ({ stacks: ["shop"], findings });
const web = { stack: "shop", urn: "urn:web" };
const turns = (memory: Memory, ms: number): string => turnOf(keptOf(memory, web), at(ms)).kind;

describe("what is remembered of drift", () => {
  it("is when each property was first seen, also where another of the same resource is older", () => {
    const first = remember(nothing, seen(finding(["size"])), at(0));
    const second = remember(first, seen(finding(["size", "tags"])), at(hours));
    expect(keptOf(second, web)?.paths.map(({ path, firstSeen }) => [path, firstSeen])).toEqual([
      ["size", at(0).toISOString()],
      ["tags", at(hours).toISOString()],
    ]);
  });

  it("is over at once when it was put right without a look, and its coming back counts as any other", () => {
    const first = remember(nothing, { stacks: ["shop", "data"], findings: [finding(["size"]), finding([], { stack: "data" })] }, at(0));
    const right = closeFindings(first, ({ stack }) => stack === "shop", at(hours));
    expect(right.findings.map(({ stack }) => stack)).toEqual(["data"]);
    expect(right.closed).toEqual([{ ...web, path: "size", at: at(hours).toISOString(), returns: [] }]);
    expect(keptOf(remember(right, seen(finding(["size"])), at(2 * hours)), web)?.paths[0]?.returns).toHaveLength(1);
  });

  it("is worth a commit only when the set differs, not because it was looked at again", () => {
    const first = remember(nothing, seen(finding(["size"])), at(0));
    const again = remember(first, seen(finding(["size"])), at(hours));
    expect([isOtherMemory(nothing, first), isOtherMemory(first, again)]).toEqual([true, false]);
    expect(isOtherMemory(again, remember(again, seen(finding(["tags"])), at(hours)))).toBe(true);
    expect(isOtherMemory(again, remember(again, seen(finding([])), at(hours)))).toBe(true);
    expect(isOtherMemory(again, remember(again, seen(), at(hours)))).toBe(true);
  });

  it("leaves alone what belongs to stacks that were not looked at", () => {
    const other = remember(nothing, { stacks: ["mesh"], findings: [finding(["port"], { stack: "mesh" })] }, at(0));
    expect(remember(other, seen(finding(["size"])), at(hours)).findings.map(({ stack }) => stack)).toEqual(["mesh", "shop"]);
    expect(remember(other, seen(), at(hours)).findings).toEqual(other.findings);
  });

  it("is nothing of what only providers report", () => {
    expect(remember(nothing, seen(finding(["region"], { kind: "output-only" })), at(0))).toEqual(nothing);
  });

  it("stays within bounds however much differs", () => {
    const many = Array.from({ length: 1_200 }, (_, n) =>
      finding(
        Array.from({ length: 70 }, (_unused, path) => `p${path}`),
        { urn: `urn:${n}` },
      ),
    );
    const full = remember(nothing, seen(...many), at(0));
    expect([full.findings.length, full.findings[0]?.paths.length]).toEqual([1_000, 50]);
    expect(remember(full, seen(), at(1)).closed).toHaveLength(2_000);
    expect(isOtherMemory(full, remember(full, seen(...many), at(1)))).toBe(false);
  });

  it("forgets what closed more than a day ago", () => {
    const closed = remember(remember(nothing, seen(finding(["size"])), at(0)), seen(), at(hours));
    expect(closed).toMatchObject({ findings: [], closed: [{ path: "size", at: at(hours).toISOString() }] });
    expect(remember(closed, seen(), at(26 * hours))).toEqual(nothing);
  });
});

describe("waiting between tries", () => {
  it("is 5, 15, 45 and 135 minutes, and never more than six hours", () => {
    expect([1, 2, 3, 4].map((tries) => waitAfter(tries) / minutes)).toEqual([5, 15, 45, 135]);
    expect([5, 6, 50].map((tries) => waitAfter(tries) / hours)).toEqual([6, 6, 6]);
  });

  it("tries five times on a schedule of every minute, at just these distances, and then stops", () => {
    let memory = remember(nothing, seen(finding(["size"])), at(0));
    const triedAt: number[] = [];
    for (let minute = 0; minute < 24 * 60; minute++) {
      const now = at(minute * minutes);
      memory = remember(memory, seen(finding(["size"])), now);
      if (turns(memory, minute * minutes) !== "now") continue;
      memory = tried(memory, [web], now);
      triedAt.push(minute);
    }
    expect(triedAt).toEqual([0, 5, 20, 65, 200]);
    expect(turns(memory, 24 * hours)).toBe("stopped");
  });

  it("starts anew when the finding was gone in between", () => {
    let memory = remember(nothing, seen(finding(["size"])), at(0));
    for (let n = 0; n < 5; n++) memory = tried(memory, [web], at(0));
    memory = remember(remember(memory, seen(), at(hours)), seen(finding(["size"])), at(30 * hours));
    expect(turns(memory, 30 * hours)).toBe("now");
  });
});

/** Put back at once whenever it may be, and written again by somebody else after `pauseMs`. */
function contest(pauseMs: number, rounds: number): { memory: Memory; repairs: number } {
  let memory: Memory = nothing;
  let repairs = 0;
  for (let round = 0; round < rounds; round++) {
    const ms = round * pauseMs;
    memory = remember(memory, seen(finding(["size"])), at(ms));
    if (turns(memory, ms) !== "now") continue;
    memory = remember(tried(memory, [web], at(ms)), seen(), at(ms + 1));
    repairs += 1;
  }
  return { memory, repairs };
}

describe("a fight", () => {
  it("is the same path changed back three times within a day: after that nothing is put back any more", () => {
    const { memory, repairs } = contest(hours, 48);
    expect([repairs, turns(memory, 48 * hours)]).toEqual([3, "fight"]);
  });

  it("control: with more than a day between, everything is put back", () => {
    expect(contest(25 * hours, 20).repairs).toBe(20);
  });

  it("control: thirteen hours apart there are never three within a day", () => {
    expect(contest(13 * hours, 20).repairs).toBe(20);
  });

  it("is over when whoever wrote it stops for a day", () => {
    const { memory } = contest(hours, 5);
    const quiet = remember(memory, seen(), at(6 * hours));
    expect(turns(remember(quiet, seen(finding(["size"])), at(40 * hours)), 40 * hours)).toBe("now");
  });

  it("is about one path: other paths of the resource that come and go once each are none", () => {
    let memory: Memory = nothing;
    for (const [n, path] of ["a", "b", "c", "d", "e"].entries()) memory = remember(memory, seen(finding([path])), at(n * minutes));
    expect(turns(memory, hours)).toBe("now");
  });

  it("never lets a path be put back more than three times in any day, whatever the order of events", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 120 }), (pauses) => {
        let memory: Memory = nothing;
        let ms = 0;
        const repaired: number[] = [];
        for (const pause of pauses) {
          ms += pause * minutes;
          memory = remember(memory, seen(finding(["size"])), at(ms));
          if (turns(memory, ms) !== "now") continue;
          repaired.push(ms);
          memory = remember(tried(memory, [web], at(ms)), seen(), at(ms));
        }
        for (const first of repaired) expect(repaired.filter((one) => one >= first && one < first + 24 * hours).length).toBeLessThanOrEqual(3);
      }),
    );
  });
});
