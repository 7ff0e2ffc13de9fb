import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thisMachine } from "../../../base/process/index.ts";
import { commentLimits, previewComment, type Limits, type PreviewReport, type Refusal } from "../index.ts";
import { smallestLimits } from "../limits.ts";
import { accountOf, accountsIn } from "../golden/accounts.ts";
import { hostileResource, hostileText, readComment } from "../golden/hostile.ts";
import { changeSet, plain, previewReport, property, resource, stackReport, thrown } from "../golden/samples.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const counted = (count: number, name: string): string[] => Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
const refusal = (text: string, blocks = true): Refusal => ({ kind: "guard", reason: text, todo: text, blocks });
const refusals = (count: number, size = 280): Refusal[] => counted(count, "reason").map((name) => refusal(`${name} ${"because ".repeat(size / 8)}`));
const comment = (reports: readonly PreviewReport[], limits: Limits): string => {
  const text = previewComment({ marker: "m", reports }, limits);
  readComment(text);
  expect(text.length).toBeLessThanOrEqual(limits.units);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limits.bytes);
  return text;
};

/** Throws unless what is shown and what is said to be left out are together what there is. */
function expectAccounted(reports: readonly PreviewReport[], limits: Limits): void {
  const { shown, hidden, hiddenReasons } = accountsIn(comment(reports, limits), reports.length === 1 ? reports[0]?.environment : undefined);
  const [there, away] = [true, false].map((isThere) => reports.filter(({ environment }) => shown.has(environment) === isThere));
  expect(there?.map(({ environment }) => [environment, shown.get(environment)])).toEqual(there?.map((report) => [report.environment, accountOf(report)]));
  expect(hidden).toBe(away?.length);
  expect(hiddenReasons).toBe(away?.reduce((sum, report) => sum + accountOf(report).reasons, 0));
}

const numbers = fc.record({
  stacks: fc.integer({ min: 0, max: 8 }),
  resources: fc.array(hostileResource, { maxLength: 6 }),
  texts: fc.tuple(hostileText, hostileText, hostileText),
  refusals: fc.integer({ min: 0, max: 40 }),
  quiet: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 290, max: 420 })),
  orphans: fc.integer({ min: 0, max: 14 }),
  warnings: fc.integer({ min: 0, max: 9 }),
  previous: fc.boolean(),
});

const reportOf = (environment: string, drawn: typeof numbers extends fc.Arbitrary<infer T> ? T : never): PreviewReport => {
  const [name, reason, message] = drawn.texts;
  const stacks = counted(drawn.stacks, "stack").map((own, index) => {
    const changes = changeSet(own, drawn.resources, {
      policies: [{ pack: message, policy: reason, level: "advisory", message }],
      diagnostics: counted(drawn.warnings, "warning").map(() => ({ severity: "warning" as const, message })),
    });
    const failure = { ...thrown, log: [message] };
    return stackReport(own, [], {
      reasons: [reason],
      refusals: index === 0 ? [] : [refusal(reason, index % 2 === 0)],
      outcome: index % 3 === 2 ? { kind: "failed", failure } : { kind: "changes", changes, drift: [] },
    });
  });
  return previewReport(environment, stacks, {
    branch: name,
    commit: name,
    untouched: counted(drawn.quiet, "quiet"),
    refusals: counted(drawn.refusals, "reason").map((_, index) => refusal(index % 4 === 0 ? message : reason, index % 3 !== 0)),
    orphans: counted(drawn.orphans, "orphan").map((stack) => ({ stack, resources: 1 })),
    merge: { waves: drawn.warnings === 0 ? [] : [[name]], approvals: { min: 1, from: [name] }, windows: [name] },
    fingerprint: "3fa9c1d2b7e0",
    ...(drawn.previous ? { previous: { commit: name, counts: { replace: 0, delete: 0, update: 0, create: 0, import: 0, read: 0 } } } : {}),
  });
};

const limits = fc.oneof(
  fc.constantFrom<Limits>(...Object.values(commentLimits), smallestLimits),
  fc.integer({ min: smallestLimits.units, max: 40_000 }).map((units) => ({ units, bytes: Math.max(smallestLimits.bytes, units * 2) })),
);

describe("what a preview comment leaves out", () => {
  it("is said: reasons, failures, quiet stacks and every note are shown or counted as left out, for any changes and any limit", () => {
    const all = fc.property(fc.array(numbers, { minLength: 1, maxLength: 5 }), limits, (drawn, allowed) =>
      expectAccounted(
        drawn.map((one, index) => reportOf(`prod-${index}`, one)),
        allowed,
      ),
    );
    expect(() => fc.assert(all, { numRuns: isFull ? 300 : 40, seed: 3 })).not.toThrow();
  });

  it("is shared out: of twelve environments with twelve reasons each, none is without its reasons and without what to read first", () => {
    const reports = counted(12, "prod").map((name) =>
      previewReport(name, [stackReport("data", [resource("replace", "aws:rds/instance:Instance main")])], { refusals: refusals(12), untouched: ["quiet-1"] }),
    );
    const text = comment(reports, { units: 65_536, bytes: 262_144 });
    expectAccounted(reports, { units: 65_536, bytes: 262_144 });
    expect(text.length).toBeGreaterThan(64_000);
    const sections = text.split(/^### (?=prod-)/m).slice(1);
    expect(sections.map((own) => own.split("\n- ⛔ **").length - 1 >= 4)).toEqual(Array.from({ length: 12 }, () => true));
    expect(sections.map((own) => own.includes("#### ⚠️ Read these first (1)"))).toEqual(Array.from({ length: 12 }, () => true));
  });

  it("is no more than it must be: of twelve long reasons as many are shown as fit into the smallest comment", () => {
    const report = previewReport("prod", [stackReport("data", [resource("update", "a:b:C d")])], { refusals: refusals(12) });
    const text = comment([report], smallestLimits);
    expect(text.length).toBeGreaterThan(5_000);
    expect(text).toMatch(/^- … and \d more reasons? in the way of an apply, left out for size: `trueup preview prod`$/m);
    expectAccounted([report], smallestLimits);
  });

  it("is the one reason that is too long, and not those after it", () => {
    const [first, ...others] = refusals(6, 24);
    const long = refusal("<@|&".repeat(100));
    const report = previewReport("prod", [stackReport("data", [resource("update", "a:b:C d")])], { refusals: [first ?? long, long, long, long, ...others] });
    const text = comment([report], smallestLimits);
    expect(others.filter(({ reason }) => text.includes(reason.trim())).length).toBeGreaterThanOrEqual(3);
    expectAccounted([report], smallestLimits);
  });

  it("is never a reason for the sake of a diff", () => {
    const many = counted(400, "web").map((name) => resource("delete", `a:b:C ${name}`, { properties: [property("x", plain(name), plain("y".repeat(90)))] }));
    const report = previewReport("prod", [stackReport("data", many)], { refusals: refusals(20) });
    const text = comment([report], { units: 16_000, bytes: 50_000 });
    expect(text).not.toContain("more reason");
    expect(text).toContain("more resources left out for size");
  });

  it("has the stacks without change among it, and what the notes tell", () => {
    const warning = { severity: "warning" as const, message: "is deprecated ".repeat(20) };
    const stacks = counted(3, "stack").map((name) => {
      const changes = changeSet(
        name,
        counted(90, name).map((one) => resource("create", `a:b:C ${one}`)),
        {
          policies: [{ pack: "p", policy: "tags", level: "advisory", message: "Add a tag." }],
          diagnostics: [warning, warning, warning],
        },
      );
      return stackReport(name, [], { outcome: { kind: "changes", changes, drift: [] }, refusals: refusals(5) });
    });
    const report = previewReport("prod", stacks, {
      untouched: counted(300, "quiet"),
      orphans: [{ stack: "orphan-1", resources: 2 }],
      fingerprint: "3fa9c1d2b7e0",
    });
    const tight = comment([report], smallestLimits);
    expect(tight).toContain("300 stacks without change, left out for size. Their names: `trueup status prod`");
    expect(tight).toMatch(/^Left out for size: .*9 warnings.*\.$/m);
    expectAccounted([report], smallestLimits);
    expect(comment([report], commentLimits.github)).toContain("<summary>300 stacks without change</summary>");
  });

  it("(control) the count of these tests notices a lost reason, a lost stack and a lost note", () => {
    const report = previewReport("prod", [stackReport("data", [resource("update", "a:b:C d")])], { refusals: refusals(3), untouched: counted(3, "quiet") });
    const good = comment([report], commentLimits.github);
    const told = (text: string): unknown => accountsIn(text, "prod").shown.get("prod");
    expect(told(good)).toEqual(accountOf(report));
    expect(told(good.replace(/^- ⛔ .*\n/m, ""))).toMatchObject({ reasons: 2 });
    expect(told(good.replace("prod.quiet-2, ", ""))).toMatchObject({ quiet: 2 });
    expect(told(good.replace(/^\*\*How we will know.*$/m, ""))).toMatchObject({ notes: ["merge", "live"] });
  });
});
