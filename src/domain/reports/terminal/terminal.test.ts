import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "../../../base/problem/index.ts";
import {
  applyText,
  commentLimits,
  driftText,
  envelope,
  heartbeat,
  logText,
  previewComment,
  previewText,
  renderPlain,
  renderTable,
  statusText,
  type StatusReport,
  type TableRow,
} from "../index.ts";
import { hostileText } from "../golden/hostile.ts";
import { appliedFailed, dev, drift, everything, failed, previewReport, resource, stackReport } from "../golden/samples.ts";
import { columns } from "./columns.ts";

const look = { width: 100, color: false, unicode: true };
const golden = (name: string): string => new URL(`../golden/${name}.txt`, import.meta.url).pathname;
const rows: readonly TableRow[] = [
  { stack: "machines", state: "applied", elapsedMs: 8_200, counts: "12 create", doing: "" },
  { stack: "clusters", state: "applying", elapsedMs: 61_000, counts: "", doing: "create Cluster main" },
  { stack: "apps", state: "waiting", elapsedMs: 0, counts: "", doing: "" },
  { stack: "mesh", state: "failed", elapsedMs: 400, counts: "", doing: "" },
];
const status: StatusReport = {
  environment: "dev",
  branch: "env/dev",
  cloud: "sandbox",
  head: "4f2c1d9".padEnd(40, "0"),
  driftAgeMs: 90_000,
  stacks: [
    { name: "machines", result: "good", commit: "4f2c1d9".padEnd(40, "0"), ageMs: 3_600_000, resources: 12, drift: 0, behind: false },
    { name: "shop", result: "failed", commit: "9ab12fe".padEnd(40, "0"), ageMs: 60_000, resources: 1, drift: 2, behind: true },
    { name: "mesh", result: "never", resources: 0, drift: 0, behind: true },
  ],
  lease: { who: "ann", host: "runner-1", run: "912", ageMs: 20_000 },
  held: [
    {
      kind: "freeze",
      stacks: [],
      reason: "the account is being moved",
      by: "ann",
      ageMs: 60_000,
      until: "2026-11-21T12:00:00.000Z",
      endsInMs: 7_200_000,
      lift: 'trueup thaw dev --reason "…"',
    },
    { kind: "hold", stacks: ["shop"], reason: "database maintenance", by: "@bob", ageMs: 600_000 },
  ],
  orphans: [{ stack: "old-shop", resources: 12 }],
};

describe("the live table", () => {
  it("has one row per stack with its state, how long, what it did and what it does", async () => {
    await expect(`${renderTable(rows, look)}\n`).toMatchFileSnapshot(golden("live-table"));
  });

  it("never has a line wider than the terminal or more lines than it can redraw, whatever stacks are called", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(hostileText, hostileText), { maxLength: 60 }), fc.integer({ min: 20, max: 200 }), fc.boolean(), (names, width, unicode) => {
        const table = renderTable(
          names.map(([stack, doing]) => ({ stack, state: "applying", elapsedMs: 1, counts: doing, doing })),
          { width, color: false, unicode },
        );
        const lines = table.split("\n");
        expect(lines.length).toBeLessThanOrEqual(40);
        for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width);
        expect(table).not.toMatch(/[\p{Cf}\p{Cs}]|(?!\n)\p{Cc}/u);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it("keeps failed and running stacks when there are more than fit and counts the others", () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      stack: `s${index}`,
      state: index === 99 ? "failed" : "applied",
      elapsedMs: 1,
      counts: "",
      doing: "",
    }));
    const table = renderTable(many, look);
    expect(table).toContain("s99");
    expect(table).toContain("… 61 more stacks: 61 applied");
  });

  it("uses colour codes only when asked", () => {
    expect(renderTable(rows, look)).not.toContain("\u001b[");
    expect(renderTable(rows, { ...look, color: true })).toContain("\u001b[32m");
  });

  it("is one plain line per change of state elsewhere, and says what still runs", () => {
    expect(rows.map(renderPlain).join("\n")).toBe(
      "machines: applied after 8.2 s (12 create)\nclusters: applying after 61 s (create Cluster main)\napps: waiting after 0.0 s\nmesh: failed after 0.4 s",
    );
    expect(heartbeat(rows)).toBe("still working: clusters applying 61 s");
    expect(heartbeat([])).toBe("");
  });
});

describe("results on the terminal", () => {
  it.each([
    ["preview", previewText(everything, look)],
    ["preview-failed", previewText(failed, look)],
    ["preview-no-change", previewText(dev, look)],
    ["apply-failed", applyText(appliedFailed, look)],
    ["drift", driftText(drift, look)],
    ["status", statusText(status, look)],
    ["log", logText([{ commit: "77aa001", at: "2026-11-21T05:00:00Z", sentence: "prod: 4f2c1d9 applied to data, shop" }], look)],
  ])("%s", async (name, text) => {
    await expect(`${text}\n`).toMatchFileSnapshot(golden(name));
  });

  it("knows ASCII", () => {
    expect(previewText(everything, { ...look, unicode: false })).toContain("+/- replace");
  });

  it("lets no name or message move the cursor", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const report = previewReport(
          "prod",
          [{ ...stackReport(text, [resource("update", "a:b:C d", { name: text, type: text, source: text })]), reasons: [text] }],
          {
            branch: text,
            untouched: [text],
            orphans: [{ stack: text, resources: 1 }],
            merge: { waves: [[text]], approvals: { min: 0, from: [] }, windows: [] },
          },
        );
        const all = [
          previewText(report, look),
          logText([{ commit: "77aa001", at: "2026", sentence: text }], look),
          driftText({ ...drift, branch: text, warnings: [text] }, look),
        ].join("\n");
        expect(all).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe("the envelope of -o json", () => {
  it("carries a version, a kind and the data", () => {
    expect(envelope("Preview", { environment: "dev" })).toEqual({ apiVersion: "trueup/v1", kind: "Preview", data: { environment: "dev" } });
  });

  it("carries a problem as code, message, hint and docs", () => {
    const problem = new Problem("LEASE_HELD", { what: "ann works on dev", on: "dev", todo: "Wait." });
    expect(envelope("Error", problem)).toEqual({
      apiVersion: "trueup/v1",
      kind: "Error",
      error: { code: "LEASE_HELD", message: "ann works on dev", on: "dev", hint: "Wait.", docs: "docs/problems.md#lease_held" },
    });
  });
});

describe("how we will know", () => {
  const asked = { kind: "kubernetes", workloads: [{ kind: "deployment", name: "web" }], namespace: "shop", settleMs: 1_000 } as const;
  const rate = { kind: "prometheus", url: "https://prom.example", query: "rate(x[5m])", bound: { is: "below", value: 0.05 }, settleMs: 1_000 } as const;

  it("names the checks of each stack, and those of the environment after them, in terminal and comment", () => {
    const report = previewReport("dev", [stackReport("shop", [resource("create", "a:b:C c")], { verify: [asked] })], { verify: [rate] });
    const text = previewText(report, { ...look, width: 200 });
    expect(text).toContain("How we will know: shop kubernetes deployment/web in shop, then together prometheus rate(x[5m]) < 0.05");
    const comment = previewComment({ marker: "m", reports: [report] }, commentLimits.github);
    expect(comment).toContain("kubernetes `deployment/web in shop` · then dev as a whole: prometheus `rate(x[5m]) < 0.05`");
  });
});
