import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alerts, applyReport, commentLimits, driftReport, hasDrift } from "../index.ts";
import { hostileResource, hostileText, readComment } from "../golden/hostile.ts";
import { appliedFailed, appliedGood, appliedLate, appliedRefused, changeSet, drift, thrown } from "../golden/samples.ts";

const golden = (name: string): string => new URL(`../golden/${name}.md`, import.meta.url).pathname;
const small = { units: 6_000, bytes: 20_000 };

describe("the comment of an apply", () => {
  it.each([
    ["good", appliedGood],
    ["failed", appliedFailed],
    ["refused", appliedRefused],
    ["late", appliedLate],
  ] as const)("tells how it ended: %s", async (name, report) => {
    const text = applyReport(report, commentLimits.github);
    readComment(text);
    await expect(text).toMatchFileSnapshot(golden(`apply-${name}`));
  });

  it("says where people find what was applied, in one link that nothing in the address ends; not where it failed", () => {
    const environmentUrl = new URL("https://dev.acme.example/a>b`c?q=<i>|#x\ny").href;
    const [good, failed] = [appliedGood, appliedFailed].map((report) => applyReport({ ...report, environmentUrl }, commentLimits.github));
    expect(good).toContain("· see it at <https://dev.acme.example/a%3Eb%60c?q=%3Ci%3E|#xy>\n");
    expect(failed).not.toContain("dev.acme.example");
    expect(applyReport(appliedGood, commentLimits.github)).not.toContain("see it at");
  });

  it("stays whole and within limits whatever names, messages and values hold", () => {
    fc.assert(
      fc.property(fc.array(hostileResource, { maxLength: 12 }), hostileText, (resources, text) => {
        const one = {
          name: text,
          result: "failed",
          wave: 1,
          durationMs: 1,
          changes: changeSet(text, resources),
          failure: { ...thrown, log: [text] },
          verified: [{ check: { kind: "http", url: text, status: 1, settleMs: 1 }, passed: false, says: text }],
        } as const;
        const markdown = applyReport(
          {
            ...appliedFailed,
            marker: text,
            environment: text,
            branch: text,
            run: text,
            next: text,
            stacks: [one],
            ledger: { ref: text, commit: text },
            refusals: [{ kind: text, reason: text, todo: text, blocks: true }],
          },
          small,
        );
        expect(markdown.length).toBeLessThanOrEqual(small.units);
        expect(readComment(markdown).resources).toBe(resources.filter(({ operation }) => operation !== "read").length);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe("the report of drift", () => {
  it("has one row per property with what is recorded, what is live, how long, and the commands to decide", async () => {
    const text = driftReport(drift, commentLimits.github);
    readComment(text);
    await expect(text).toMatchFileSnapshot(golden("drift"));
  });

  it("says that there is none, and that provider noise is none", async () => {
    const quiet = { ...drift, warnings: [], ignored: 0, stacks: drift.stacks.slice(0, 1).map((stack) => ({ ...stack, rows: stack.rows.slice(0, 1) })) };
    expect(hasDrift(quiet)).toBe(false);
    await expect(driftReport(quiet, commentLimits.github)).toMatchFileSnapshot(golden("drift-none"));
  });

  it("lists what is young, says from when on it is told, and alerts nobody until then", () => {
    const young = {
      ...drift,
      stacks: drift.stacks.map(({ name, rows }) => ({ name, rows: rows.map((row) => ({ ...row, alertsFrom: "2026-11-21T12:30:00Z" })) })),
    };
    const text = driftReport(young, commentLimits.github);
    expect([hasDrift(young), alerts(young), alerts(drift)]).toEqual([true, false, true]);
    expect(text).toMatch(/### ⚪ prod: 1 gone, 2 changed, .*of them young/);
    expect(text).toMatch(/\| changed \(young\) \|[^]*young: listed only.* from 2026-11-21T12:30Z on/);
    readComment(text);
  });

  it("stays whole and within limits, and says how many rows are left out", () => {
    fc.assert(
      fc.property(fc.array(hostileResource, { maxLength: 40 }), hostileText, (resources, text) => {
        const rows = resources.map((item) => ({ finding: { ...item, stack: text, kind: "changed" as const }, ageMs: 1000 }));
        const markdown = driftReport(
          { ...drift, marker: text, environment: text, warnings: [text], commands: { fix: text, preview: text }, stacks: [{ name: text, rows }] },
          small,
        );
        expect(markdown.length).toBeLessThanOrEqual(small.units);
        readComment(markdown);
        const wanted = resources.reduce((sum, item) => sum + Math.max(1, item.properties.length), 0);
        const shown = markdown.split("\n").filter((line) => line.startsWith("| changed |")).length;
        const said = /and ([\d,]+) more rows? left out/.exec(markdown)?.[1] ?? "0";
        expect(shown + Number(said.replaceAll(",", ""))).toBe(wanted);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});
