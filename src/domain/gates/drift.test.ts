import { describe, expect, it } from "vitest";
import type { ResourceChange } from "../changes/index.ts";
import type { StackDeclaration } from "../environments/index.ts";
import { gateRules, judge } from "./judge.ts";
import type { GateQuestion } from "./question.ts";
import { undeclaredVersions } from "./requirements.ts";

const shop: StackDeclaration = {
  name: "shop",
  kind: "stack",
  path: "stacks/shop",
  pulumiStack: "dev.shop",
  layer: "apps",
  args: {},
  dependsOn: [],
  requires: { api: ">=2" },
  verify: [],
  rollback: "auto",
  drift: { mode: "fix", ignore: [] },
};

function question(operation: ResourceChange["operation"], more: Partial<GateQuestion> = {}, rules: Partial<GateQuestion["environment"]> = {}): GateQuestion {
  const resource: ResourceChange = { urn: "urn:a", type: "aws:sqs/topic:Topic", name: "a", operation, properties: [], protected: false, stateful: false };
  return {
    environment: {
      name: "dev",
      stacks: [shop],
      approvals: { min: 1, from: ["@ann"] },
      verify: { required: true },
      windows: [],
      checks: [{ name: "unit", run: ["true"], deadlineMs: 1 }],
      policies: { packs: [], levels: {} },
      apply: { whenChanged: "subset", parallel: 4 },
      guards: { maxDestroy: { count: 0, percent: 0 } },
      ...rules,
    },
    commit: "c1",
    action: "drift",
    at: new Date("2026-11-21T10:00:00Z"),
    stacks: [
      {
        affected: { stack: shop, closureDigest: "c", reasons: ["drifted"], action: "apply" },
        changes: { stack: "shop", resources: [resource], unchanged: 3, policies: [], diagnostics: [], changedOutputs: [], reads: [] },
        state: { resources: [resource, { urn: "urn:b", type: resource.type }], pending: [] },
      },
    ],
    ...more,
  };
}
const closed = { windows: [{ kind: "deny", for: ["drift"], cron: "0 0 * * *", duration: "24h", tz: "UTC" }] } as const;

describe("a repair of drift", () => {
  it.each(["update", "create"] as const)(
    "that only puts back (%s) needs no approval, checks or verify, and is no matter of version requirements",
    (operation) => {
      expect(judge(question(operation))).toMatchObject({ allowed: true, exit: 0 });
      // The same as an apply is refused for each of these reasons.
      expect(judge(question(operation, { action: "apply" })).refusals.map(({ kind }) => kind)).toEqual(["requirement", "verify", "check", "approval"]);
    },
  );

  it("that replaces a live object needs approval and stays within maxDestroy", () => {
    const verdict = judge(question("replace"));
    expect(verdict.refusals.map(({ kind, exit }) => [kind, exit])).toEqual([
      ["destroys too much", 13],
      ["approval", 11],
    ]);
    expect(judge(question("replace", { approvals: [{ by: "ann" }] }, { guards: { maxDestroy: { count: 1, percent: 100 } } })).allowed).toBe(true);
  });

  it("waits for its own windows, and not for those of an apply", () => {
    expect(judge(question("update", {}, closed))).toMatchObject({ exit: 11, refusals: [{ kind: "window" }] });
    expect(judge(question("update", {}, { windows: [{ ...closed.windows[0], for: ["apply"] }] })).allowed).toBe(true);
    const rules = Object.entries(gateRules).flatMap(([name, rule]) => (name === "window" ? [] : [rule]));
    expect(judge(question("update", {}, closed), rules).allowed).toBe(true);
  });

  it("is held by holds of its stack or of all, and by nobody else's", () => {
    const hold = { by: "bob", reason: "migration" };
    expect(judge(question("update", { holds: [hold] }))).toMatchObject({ exit: 11, refusals: [{ kind: "hold" }] });
    expect(judge(question("update", { holds: [{ ...hold, stack: "shop" }] })).exit).toBe(11);
    expect(judge(question("update", { holds: [{ ...hold, stack: "api" }] })).allowed).toBe(true);
  });

  it("is refused on another account, and on operations that never ended", () => {
    const identity = { recorded: { account: "1" }, now: { account: "2" } };
    expect(judge(question("update", { identity }))).toMatchObject({ exit: 13, refusals: [{ kind: "identity" }] });
    const { stacks } = question("update");
    const pending = [{ urn: "urn:c", type: "t", operation: "creating" }];
    expect(judge(question("update", { stacks: stacks.map((one) => ({ ...one, state: { ...one.state, pending } })) }))).toMatchObject({ exit: 13 });
  });
});

describe("live versions", () => {
  const live = { shop: { requires: { api: ">=1.19 <2", db: "^3" } }, api: { version: "1.20.0" }, db: { version: "3.1.0" } };

  it("that are accepted are no finding", () => expect(undeclaredVersions(live)).toEqual([]));

  it("that a stack does not accept, cannot read or does not find are one finding of that stack", () => {
    const [finding, ...more] = undeclaredVersions({ ...live, api: { version: "2.0.0" }, db: {} });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      stack: "shop",
      kind: "undeclared-version",
      properties: [
        { path: "requires.api", before: { value: ">=1.19 <2" }, after: { value: "2.0.0" } },
        { path: "requires.db", before: { value: "^3" }, after: { kind: "absent" } },
      ],
    });
  });
});
