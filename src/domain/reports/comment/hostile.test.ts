import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thisMachine } from "../../../base/process/index.ts";
import { commentLimits, previewComment, type Limits, type PreviewReport, type StackReport } from "../index.ts";
import { hostileResource, hostileText, readComment } from "../golden/hostile.ts";
import { changeSet, everything, plain, previewReport, property, resource, stackReport } from "../golden/samples.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const limits = fc.constantFrom<Limits>({ units: 6_000, bytes: 20_000 }, { units: 12_000, bytes: 30_000 }, ...Object.values(commentLimits));

const stack: fc.Arbitrary<StackReport> = fc
  .record({
    name: hostileText,
    resources: fc.array(hostileResource, { maxLength: 12 }),
    reason: hostileText,
    message: hostileText,
    kind: fc.constantFrom("changes", "unknown", "failed"),
  })
  .map(({ name, resources, reason, message, kind }) => {
    const changes = changeSet(name, resources, {
      policies: [
        { pack: message, policy: reason, level: "mandatory", message, urn: resources[0]?.urn ?? message },
        { pack: message, policy: reason, level: "advisory", message },
      ],
      diagnostics: [{ severity: "warning", message }],
    });
    const base = stackReport(name, [], {
      reasons: [reason],
      refusals: [{ kind: reason, reason: message, todo: name, blocks: true }],
      runbook: reason,
      verify: [
        { kind: "http", url: message, status: 200, settleMs: 0 },
        { kind: "command", run: [name, reason], settleMs: 0 },
      ],
    });
    if (kind === "changes")
      return { ...base, outcome: { kind, changes, drift: resources.slice(0, 2).map((item) => ({ ...item, stack: name, kind: "changed" as const })) } };
    if (kind === "unknown") return { ...base, outcome: { kind, until: [message], changes } };
    return {
      ...base,
      outcome: {
        kind: "failed",
        failure: { problem: { code: "PROGRAM_FAILED", what: message, on: name, todo: reason }, source: reason, resource: message, log: [message, reason] },
      },
    };
  });

const report: fc.Arbitrary<PreviewReport> = fc.record({ stacks: fc.array(stack, { maxLength: 6 }), name: hostileText }).map(({ stacks, name }) =>
  previewReport("prod", stacks, {
    branch: name,
    commit: name,
    untouched: [name],
    retry: name,
    orphans: [{ stack: name, resources: 1 }],
    merge: { waves: [[name]], approvals: { min: 1, from: [name] }, windows: [name] },
  }),
);

/** Counted from the input: every resource but reads of which no policy speaks. */
function totalOf(reports: readonly PreviewReport[]): number {
  const sets = reports
    .flatMap(({ stacks }) => stacks)
    .flatMap(({ outcome }) => (outcome.kind === "failed" || outcome.changes === undefined ? [] : [outcome.changes]));
  return sets.reduce(
    (sum, { resources, policies }) =>
      sum + resources.filter(({ operation, urn }) => operation !== "read" || policies.some((finding) => finding.urn === urn)).length,
    0,
  );
}

/** Throws unless the comment is within limits, closed, harmless and accounts for every resource. */
function expectWhole(reports: readonly PreviewReport[], allowed: Limits): void {
  const text = previewComment({ marker: "m-->\n@ann", reports }, allowed);
  expect(text.length).toBeLessThanOrEqual(allowed.units);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(allowed.bytes);
  const read = readComment(text);
  const accounted = read.prose.includes("everything but the counts above is left out for size") ? totalOf(reports) : read.resources;
  expect(accounted).toBe(totalOf(reports));
}

describe("a comment about a hostile change", () => {
  it("stays within every forge's limits, closes what it opens, wakes nobody and accounts for every resource", () => {
    const all = fc.property(report, limits, (one, allowed) => expectWhole([one], allowed));
    expect(() => fc.assert(all, { numRuns: 300, seed: 3 })).not.toThrow();
  });

  it.skipIf(!isFull)("holds for values of ten megabytes and says that they are cut", () => {
    const huge = ["`".repeat(10_000_000), "a\n".repeat(5_000_000), "|<@".repeat(3_333_333)];
    const stacks = huge.map((value, index) =>
      stackReport(`s${index}`, [
        resource("update", "a:b:C d", {
          properties: [property("x", plain(value), plain(`${value}!`)), property("y", plain([value]), plain({ [value]: value }))],
        }),
        resource("create", "a:b:C e", { name: value, properties: [property(value, plain(value), plain(value))] }),
      ]),
    );
    expectWhole([previewReport("prod", stacks)], commentLimits.github);
    expect(previewComment({ marker: "m", reports: [previewReport("prod", stacks)] }, commentLimits.github)).toContain("(cut, 10,000,000 characters in all");
  });

  it("accounts for twelve thousand changes in three hundred stacks of forty environments, quickly", () => {
    const fleet = Array.from({ length: 300 }, (_, at) =>
      stackReport(
        `team-${at}`,
        Array.from({ length: 40 }, (_unused, index) =>
          resource(index % 9 === 0 ? "replace" : "update", `aws:ec2/instance:Instance i-${at}-${index}`, {
            properties: [property("tags.owner", plain("ann"), plain(`bob-${at}`))],
          }),
        ),
      ),
    );
    const started = performance.now();
    expectWhole([previewReport("prod", fleet)], commentLimits.github);
    const others = Array.from({ length: 40 }, (_, index) => ({ ...everything, environment: `env-${index}` }));
    readComment(previewComment({ marker: "m", reports: others }, commentLimits.bitbucket));
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("(control) the reader of these tests notices an unclosed fence, a torn table, a mention and a lost resource", () => {
    const good = previewComment({ marker: "m", reports: [everything] }, commentLimits.github);
    expect(readComment(good).resources).toBe(totalOf([everything]));
    expect(() => readComment(good.replace("\n```\n", "\n"))).toThrow("no mark");
    expect(() => readComment(good.replace("| prod.data |", "| prod.data | x |"))).toThrow("torn table");
    expect(() => readComment(good.replace("@&#8203;acme", "@acme"))).toThrow("came alive");
    expect(() => readComment(good.replace("</details>", ""))).toThrow("fold");
    expect(readComment(good.replace("@@ ± replace aws", "! ± replace aws")).resources).toBe(totalOf([everything]) - 1);
  });
});
