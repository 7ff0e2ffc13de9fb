import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commentLimits, driftIssue, type DriftIssue, type DriftIssueRow, type NextTry } from "../index.ts";
import { hostileText, readComment } from "../golden/hostile.ts";

const at = new Date("2026-11-21T12:00:00Z");
const golden = (name: string): string => new URL(`../golden/${name}.md`, import.meta.url).pathname;
const small = { units: 6_000, bytes: 20_000 };

function row(environment: string, id: string, more: Partial<DriftIssueRow> = {}): DriftIssueRow {
  const [stack = "", type = "", name = ""] = id.split(" ");
  return {
    environment,
    finding: "3fa9c1d2",
    stack,
    type,
    name,
    kind: "changed",
    paths: ["tags.owner"],
    firstSeen: "2026-11-21T09:14:30.000Z",
    mode: "detect",
    next: { kind: "person" },
    ...more,
  };
}

const several: DriftIssue = {
  at,
  unread: ["lab"],
  rows: [
    row("prod", "shop kubernetes:core/v1:ConfigMap settings", {
      paths: ['data["app.conf"]', "data.tier", "metadata.labels.a", "metadata.labels.b", "spec"],
      mode: "fix",
      next: { kind: "at", at: "2026-11-21T12:45:00Z" },
    }),
    row("prod", "data aws:s3/bucket:Bucket logs", { kind: "gone", paths: [], firstSeen: "2026-11-18T09:00:00Z" }),
    row("prod", "data aws:ec2/instance:Instance web", { kind: "gone", paths: [], firstSeen: "2026-11-21T11:30:00Z", mode: "fix", next: { kind: "due" } }),
    row("staging", "mesh aws:lb/listener:Listener web", { paths: ["port"], mode: "fix", next: { kind: "fight" } }),
    row("staging", "old", { kind: "orphaned-stack", type: "", name: "old", paths: [] }),
    row("staging", "shop", { kind: "undeclared-version", type: "", name: "shop", paths: ["api"], mode: "fix", next: { kind: "stopped" } }),
  ],
};

describe("the drift issue of a repository", () => {
  it("has a row per finding with since when, mode and next try, and three decisions for each", async () => {
    const { title, body, isOpen } = driftIssue(several, commentLimits.github);
    expect([title, isOpen]).toEqual(["Drift: 6 findings in lab, prod, staging", true]);
    readComment(body);
    await expect(body).toMatchFileSnapshot(golden("drift-issue"));
    for (const way of ["put it back", "keep it", "not ours"]) expect(body.match(new RegExp(`^- ${way}: `, "gm"))).toHaveLength(6);
  });

  it("is to be closed when there is nothing left, and not while a ledger could not be read", async () => {
    const { title, body, isOpen } = driftIssue({ ...several, rows: [], unread: [] }, commentLimits.github);
    expect([title, isOpen]).toEqual(["No drift", false]);
    await expect(body).toMatchFileSnapshot(golden("drift-issue-none"));
    expect(driftIssue({ ...several, rows: [] }, commentLimits.github)).toMatchObject({ title: "Drift: 0 findings in lab", isOpen: true });
  });

  it("says the same minutes later: nobody is told again of an edit that only counts time", () => {
    const later = { ...several, at: new Date(at.getTime() + 10 * 60_000) };
    expect(driftIssue(later, commentLimits.github)).toEqual(driftIssue(several, commentLimits.github));
    const muchLater = { ...several, at: new Date(at.getTime() + 10 * 3_600_000) };
    expect(driftIssue(muchLater, commentLimits.github)).not.toEqual(driftIssue(several, commentLimits.github));
  });

  it("stays whole and within limits whatever names and paths hold, and says how many findings are left out", () => {
    const next = fc.constantFrom<NextTry>({ kind: "person" }, { kind: "at", at: "nonsense" }, { kind: "fight" });
    const finding = fc
      .record({
        environment: hostileText,
        finding: hostileText,
        stack: hostileText,
        type: hostileText,
        name: hostileText,
        paths: fc.array(hostileText, { maxLength: 5 }),
        next,
        kind: fc.constantFrom("changed", "gone", "orphaned-stack", "undeclared-version"),
      })
      .map((some): DriftIssueRow => ({ ...some, firstSeen: some.name, mode: "fix" }));
    fc.assert(
      fc.property(fc.array(finding, { minLength: 1, maxLength: 60 }), hostileText, (rows, text) => {
        const { title, body } = driftIssue({ at, rows, unread: [text] }, small);
        expect(title.length).toBeLessThanOrEqual(200);
        expect(body.length).toBeLessThanOrEqual(small.units);
        readComment(body);
        const shown = body.split("\n").filter((line) => /^\| (changed|gone|orphaned stack|undeclared version) \|/.test(line)).length;
        const said = /and ([\d,]+) more findings? left out/.exec(body)?.[1] ?? "0";
        expect(shown + Number(said)).toBe(rows.length);
        const decided = body.match(/^- put it back: /gm)?.length ?? 0;
        const undecided = /for ([\d,]+) more findings? is left out/.exec(body)?.[1] ?? "0";
        expect(decided + Number(undecided)).toBe(rows.length);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});
