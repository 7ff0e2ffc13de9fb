import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChangeSet, DriftFinding, PolicyFinding, ResourceChange } from "../changes/index.ts";
import type { StackDeclaration } from "../environments/index.ts";
import { unsureApprovals } from "./approvals.ts";
import { gateRules, judge } from "./judge.ts";
import type { GateQuestion, JudgedStack } from "./question.ts";

type RuleName = keyof typeof gateRules;

function stackOf(name: string, more: Partial<StackDeclaration> = {}): StackDeclaration {
  return {
    name,
    kind: "stack",
    path: `stacks/${name}`,
    pulumiStack: `dev.${name}`,
    layer: "apps",
    args: {},
    dependsOn: [],
    requires: {},
    verify: [],
    rollback: "auto",
    drift: { mode: "detect", ignore: [] },
    ...more,
  };
}

const change = (name: string, more: Partial<ResourceChange> = {}): ResourceChange => ({
  urn: `urn:pulumi:dev.shop::acme::aws:s3/bucket:Bucket::${name}`,
  type: "aws:s3/bucket:Bucket",
  name,
  operation: "update",
  properties: [],
  protected: false,
  stateful: false,
  ...more,
});
const goneOf = (name: string, more: Partial<DriftFinding> = {}): DriftFinding => {
  const { urn, type } = change(name);
  return { stack: "shop", urn, type, name, kind: "gone", properties: [], protected: false, stateful: false, ...more };
};
const inState = (...names: readonly string[]): JudgedStack["state"] => ({
  resources: [{ urn: "urn:root", type: "pulumi:pulumi:Stack" }, ...names.map((name) => ({ urn: change(name).urn, type: "aws:s3/bucket:Bucket" }))],
  pending: [],
});
/** With what the program only reads. */
const beside = (state: JudgedStack["state"], ...names: readonly string[]): JudgedStack["state"] => ({
  ...state,
  resources: [...state.resources, ...names.map((name) => ({ urn: change(name).urn, type: "aws:s3/bucket:Bucket", isExternal: true as const }))],
});

interface Told {
  readonly stack?: Partial<StackDeclaration>;
  readonly resources?: readonly ResourceChange[];
  readonly policies?: readonly PolicyFinding[];
  readonly action?: "apply" | "destroy";
  readonly judged?: Partial<JudgedStack>;
}

function judgedOf(name: string, told: Told = {}): JudgedStack {
  const changes: ChangeSet = {
    stack: name,
    resources: told.resources ?? [],
    unchanged: 0,
    policies: told.policies ?? [],
    diagnostics: [],
    changedOutputs: [],
    reads: [],
  };
  return {
    affected: { stack: stackOf(name, told.stack), closureDigest: "c", reasons: ["args changed"], action: told.action ?? "apply" },
    changes,
    state: inState("a", "b", "c", "d", "e"),
    ...told.judged,
  };
}

/** Gone is `a`, and `b` is made: what a commit that renames it leads to. */
const renamed = (more: Partial<ResourceChange> = {}, judged: Partial<JudgedStack> = {}): JudgedStack =>
  judgedOf("shop", {
    resources: [change("b", { operation: "create", stateful: true, ...more })],
    judged: { state: inState("a", "c"), gone: [goneOf("a", { stateful: true })], ...judged },
  });

const calm: GateQuestion["environment"] = {
  name: "dev",
  stacks: [stackOf("shop"), stackOf("api")],
  approvals: { min: 0, from: [] },
  verify: { required: false },
  windows: [],
  checks: [],
  policies: { packs: [], levels: {} },
  apply: { whenChanged: "subset", parallel: 4 },
  guards: { maxDestroy: { count: 3, percent: 50 } },
};

function ask(more: Partial<Omit<GateQuestion, "environment">> & { readonly rules?: Partial<GateQuestion["environment"]> } = {}): GateQuestion {
  const { rules, ...rest } = more;
  return { commit: "c1", action: "apply", at: new Date("2026-11-20T10:00:00Z"), stacks: [judgedOf("shop")], ...rest, environment: { ...calm, ...rules } };
}

const without = (...off: readonly RuleName[]) =>
  Object.entries(gateRules)
    .filter(([name]) => !off.includes(name as RuleName))
    .map(([, rule]) => rule);
const deletes = (...names: readonly string[]): ResourceChange[] => names.map((name) => change(name, { operation: "delete" }));
const mandatory: PolicyFinding = { pack: "base", policy: "tags", level: "mandatory", message: "owner is missing", urn: change("a").urn };

/** One question per guard that this guard alone refuses: what it says, and which rule must be off for it to go through. */
const guarded: readonly (readonly [string, GateQuestion, { readonly rule: RuleName; readonly code: string; readonly exit: number; readonly says: RegExp }])[] =
  [
    [
      "a mandatory policy",
      ask({ stacks: [judgedOf("shop", { policies: [mandatory] })] }),
      { rule: "policy", code: "POLICY_VIOLATED", exit: 5, says: /tags: owner is missing \(a\)/ },
    ],
    [
      "an advisory policy that the environment makes mandatory",
      ask({
        stacks: [judgedOf("shop", { policies: [{ ...mandatory, level: "advisory" }] })],
        rules: { policies: { packs: [], levels: { "base/tags": "mandatory" } } },
      }),
      { rule: "policy", code: "POLICY_VIOLATED", exit: 5, says: /tags/ },
    ],
    [
      "more destroyed than the number allows, replaces counted",
      ask({
        stacks: [
          judgedOf("shop", {
            resources: [...deletes("a", "b"), change("c", { operation: "replace" }), change("d", { operation: "replace" })],
            judged: { state: inState(..."abcdefghijklmnop") },
          }),
        ],
      }),
      { rule: "maxDestroy", code: "GUARD_REFUSED", exit: 13, says: /4 resources would be destroyed, 3 may be/ },
    ],
    [
      "a larger share destroyed than allowed",
      ask({ stacks: [judgedOf("shop", { resources: deletes("a", "b"), judged: { state: inState("a", "b", "c") } })] }),
      { rule: "maxDestroy", code: "GUARD_REFUSED", exit: 13, says: /2 of 3 resources would be destroyed \(67 %\), 50 % may be/ },
    ],
    [
      "a tighter limit of the stack",
      ask({ stacks: [judgedOf("shop", { resources: deletes("a"), stack: { guards: { maxDestroy: { count: 0, percent: 100 } } } })] }),
      { rule: "maxDestroy", code: "GUARD_REFUSED", exit: 13, says: /1 resource would be destroyed, 0 may be/ },
    ],
    [
      "many stacks that each stay below the limit",
      ask({ stacks: [judgedOf("shop", { resources: deletes("a", "b") }), judgedOf("api", { resources: deletes("a", "b") })] }),
      { rule: "maxDestroy", code: "GUARD_REFUSED", exit: 13, says: /4 resources of 2 stacks/ },
    ],
    [
      "a stack that is below the limit by itself, and with what the run did before it above",
      ask({ stacks: [judgedOf("shop", { resources: deletes("a", "b") })], beside: { destroyed: 2, stacks: 1 } }),
      { rule: "maxDestroy", code: "GUARD_REFUSED", exit: 13, says: /4 resources of 2 stacks/ },
    ],
    [
      "an emptied stack",
      ask({ stacks: [judgedOf("shop", { resources: deletes("a"), judged: { state: inState("a") } })] }),
      { rule: "emptying", code: "GUARD_REFUSED", exit: 13, says: /all 1 resource of the stack would be deleted/ },
    ],
    [
      "an emptied stack that still has what it only reads",
      ask({ stacks: [judgedOf("shop", { resources: deletes("a"), judged: { state: beside(inState("a"), "x", "y") } })] }),
      { rule: "emptying", code: "GUARD_REFUSED", exit: 13, says: /all 1 resource of the stack would be deleted/ },
    ],
    [
      "a larger share of what it owns than allowed, whatever it reads beside that",
      ask({ stacks: [judgedOf("shop", { resources: deletes("a", "b"), judged: { state: beside(inState("a", "b", "c"), "w", "x", "y", "z") } })] }),
      { rule: "maxDestroy", code: "GUARD_REFUSED", exit: 13, says: /2 of 3 resources would be destroyed \(67 %\), 50 % may be/ },
    ],
    [
      "a replaced database",
      ask({ stacks: [judgedOf("shop", { resources: [change("a", { operation: "replace", stateful: true })] })] }),
      { rule: "stateful", code: "HELD", exit: 11, says: /replace of aws:s3\/bucket:Bucket a/ },
    ],
    [
      "a protected object that goes",
      ask({ stacks: [judgedOf("shop", { resources: [change("a", { operation: "delete", protected: true })] })] }),
      { rule: "stateful", code: "HELD", exit: 11, says: /\(protected\)/ },
    ],
    [
      "a database that is gone and would be made again",
      ask({ stacks: [judgedOf("shop", { resources: [change("a", { operation: "create" })], judged: { gone: [goneOf("a", { stateful: true })] } })] }),
      { rule: "gone", code: "HELD", exit: 11, says: /made again without it: aws:s3\/bucket:Bucket a$/ },
    ],
    [
      "a protected object that is gone and would be made again",
      ask({ stacks: [judgedOf("shop", { resources: [change("a", { operation: "create" })], judged: { gone: [goneOf("a", { protected: true })] } })] }),
      { rule: "gone", code: "HELD", exit: 11, says: /Bucket a \(protected\)$/ },
    ],
    [
      "a database that is gone and would be made under another name",
      ask({ stacks: [renamed()] }),
      { rule: "gone", code: "HELD", exit: 11, says: /made again without it: aws:s3\/bucket:Bucket a \(as b, if that is the same\)$/ },
    ],
    [
      "a version that does not fit",
      ask({ stacks: [judgedOf("shop", { stack: { requires: { api: ">=1.19 <2" } } })], live: { api: { version: "1.18.0" } } }),
      { rule: "requirement", code: "REQUIREMENT_UNMET", exit: 13, says: /shop requires api >=1.19 <2, but live is 1.18.0/ },
    ],
    [
      "a version that leaves a live stack behind",
      ask({ stacks: [judgedOf("api", { stack: { args: { version: "2.0.0" } } })], live: { shop: { requires: { api: "<2" } } } }),
      { rule: "requirement", code: "REQUIREMENT_UNMET", exit: 13, says: /shop requires api <2, but it would be 2.0.0/ },
    ],
    [
      "a retired stack that is still required",
      ask({ stacks: [judgedOf("api", { action: "destroy" })], live: { shop: { requires: { api: "*" } }, api: { version: "1.0.0" } } }),
      { rule: "requirement", code: "REQUIREMENT_UNMET", exit: 13, says: /shop requires api/ },
    ],
    [
      "operations that never ended",
      ask({ stacks: [judgedOf("shop", { judged: { state: { resources: [], pending: [{ urn: "urn:x", type: "t", operation: "creating" }] } } })] }),
      { rule: "pending", code: "PENDING_OPERATIONS", exit: 13, says: /1 operation never ended, the first: creating urn:x/ },
    ],
    [
      "another account",
      ask({ identity: { recorded: { account: "111" }, now: { account: "222" } } }),
      { rule: "identity", code: "IDENTITY_CHANGED", exit: 13, says: /account is 222.*111/ },
    ],
    [
      "an account that cannot be told any more",
      ask({ identity: { recorded: { account: "111" }, now: {} } }),
      { rule: "identity", code: "IDENTITY_CHANGED", exit: 13, says: /unknown now/ },
    ],
    [
      "no way to tell whether it works",
      ask({ rules: { verify: { required: true } } }),
      { rule: "verify", code: "GUARD_REFUSED", exit: 13, says: /no way to tell/ },
    ],
    [
      "a check that never ran",
      ask({ rules: { checks: [{ name: "unit", run: ["npm", "test"], deadlineMs: 1 }] } }),
      { rule: "check", code: "CHECK_FAILED", exit: 1, says: /unit never ran/ },
    ],
    [
      "a failed check",
      ask({ rules: { checks: [{ name: "unit", run: ["npm", "test"], deadlineMs: 1 }] }, checks: [{ name: "unit", passed: false, says: "2 failed" }] }),
      { rule: "check", code: "CHECK_FAILED", exit: 1, says: /unit failed: 2 failed/ },
    ],
    ["a hold", ask({ holds: [{ by: "ann", reason: "migration" }] }), { rule: "hold", code: "HELD", exit: 11, says: /held by ann: migration/ }],
    [
      "a missing approval",
      ask({ rules: { approvals: { min: 1, from: ["@acme/platform"] } }, approvals: [{ by: "@mallory", groups: ["@acme/web"] }] }),
      { rule: "approval", code: "HELD", exit: 11, says: /0 of 1 approvals from @acme\/platform/ },
    ],
    [
      "enough people, but none of those who own what it changes",
      ask({ rules: { approvals: { min: 1, from: [], codeOwners: true } }, approvals: [{ by: "@bob" }], lackingOwners: ["stacks/shop: @cyd"] }),
      { rule: "approval", code: "HELD", exit: 11, says: /stacks\/shop: @cyd/ },
    ],
    [
      "enough people, where nobody looked who owns what it changes",
      ask({ rules: { approvals: { min: 1, from: [], codeOwners: true } }, approvals: [{ by: "@bob" }] }),
      { rule: "approval", code: "HELD", exit: 11, says: /who owns what it changes is not known/ },
    ],
    [
      "a second approval that only this stack asks for",
      ask({ stacks: [judgedOf("shop", { stack: { approvals: { min: 2, from: [] } } })], approvals: [{ by: "@bob" }, { by: "Bob" }] }),
      { rule: "approval", code: "HELD", exit: 11, says: /1 of 2 approvals/ },
    ],
    [
      "a closed window",
      ask({ rules: { windows: [{ kind: "deny", for: ["apply"], cron: "0 9 * * *", duration: "2h", tz: "UTC" }] } }),
      { rule: "window", code: "HELD", exit: 11, says: /a window denies it/ },
    ],
    [
      "a run that does not end before its window closes",
      ask({
        rules: { windows: [{ kind: "allow", for: ["apply"], cron: "0 8 * * *", duration: "2h", tz: "UTC" }] },
        at: new Date("2026-11-20T09:50:00Z"),
        expected: [{ stack: "shop", ms: 11 * 60_000, says: "about 11 min" }],
      }),
      { rule: "window", code: "HELD", exit: 11, says: /the window closes at 2026-11-20T10:00:00.000Z, and this takes about 11 min/ },
    ],
    [
      "something else than was approved",
      ask({ stacks: [judgedOf("shop", { judged: { approved: { kind: "different", moved: ["a: delete was not approved"] } } })] }),
      { rule: "stale", code: "STALE", exit: 12, says: /a: delete was not approved/ },
    ],
  ];

describe("the gates refuse", () => {
  it.each(guarded)("%s", (_, question, { code, exit, says }) => {
    const verdict = judge(question);
    expect(verdict).toMatchObject({ allowed: false, exit });
    expect(verdict.refusals).toHaveLength(1);
    expect(verdict.refusals[0]).toMatchObject({ code, exit, reason: expect.stringMatching(says), blocks: code !== "HELD" });
    expect(verdict.refusals[0]?.todo).not.toBe("");
  });

  it.each(guarded)("control: with its rule switched off, %s goes through", (_, question, { rule }) =>
    expect(judge(question, without(rule)).allowed).toBe(true),
  );

  it("nothing of a stack that destroys nothing, whatever others of the run did", () =>
    expect(judge(ask({ beside: { destroyed: 9, stacks: 2 } })).refusals).toEqual([]));

  it("nothing of a calm change", () => expect(judge(ask())).toEqual({ allowed: true, refusals: [], notes: [], overridden: [], exit: 0 }));

  it("with a test for every rule that can refuse", () => {
    expect([...new Set(guarded.map(([, , { rule }]) => rule)), "unknown"].sort()).toEqual(Object.keys(gateRules).sort());
  });
});

describe("the gates let through", () => {
  const allowed = (question: GateQuestion): boolean => judge(question).allowed;

  it("a policy that the environment lowers or switches off, and say the advisory ones", () => {
    const stacks = [judgedOf("shop", { policies: [mandatory] })];
    expect(judge(ask({ stacks, rules: { policies: { packs: [], levels: { tags: "advisory" } } } }))).toMatchObject({
      allowed: true,
      notes: ["shop: advisory policy tags: owner is missing (a)"],
    });
    expect(judge(ask({ stacks, rules: { policies: { packs: [], levels: { tags: "disabled" } } } }))).toMatchObject({ allowed: true, notes: [] });
  });

  it("a stack emptied by retire, and one replaced resource of a small stack", () => {
    expect(allowed(ask({ stacks: [judgedOf("old", { action: "destroy", resources: deletes("a", "b"), judged: { state: inState("a", "b") } })] }))).toBe(true);
    expect(allowed(ask({ stacks: [judgedOf("shop", { resources: [change("a", { operation: "replace" })], judged: { state: inState("a") } })] }))).toBe(true);
  });

  it("the rest of a replacement that was cut off half-way: the old objects go, the new ones stay; and not when both go", () => {
    const twice = inState("a", "a", "b", "b");
    const rest = ["a", "b"].map((name) => change(name, { operation: "replace" }));
    const half = judgedOf("shop", { resources: rest, judged: { state: twice } });
    expect(judge(ask({ stacks: [half] })).refusals).toEqual([]);
    // One of the two was replaced already, the other is about to be.
    const later = judgedOf("shop", { resources: [...deletes("a"), change("b", { operation: "replace" })], judged: { state: inState("a", "a", "b") } });
    expect(judge(ask({ stacks: [later], rules: { guards: { maxDestroy: { count: 3, percent: 100 } } } })).refusals).toEqual([]);
    // A change set has one change of a urn, however many objects go with it.
    const both = judgedOf("shop", { resources: deletes("a", "b"), judged: { state: twice } });
    expect(judge(ask({ stacks: [both] })).refusals).toMatchObject([{ kind: "empties a stack", reason: expect.stringMatching(/^all 4 resources/) }]);
  });

  it("what is gone where it held no data, is wanted no more, or is made again before the eyes of who may approve; and what is lost by it only then", () => {
    const stack = (operation: "create" | "delete", gone: DriftFinding, more: readonly ResourceChange[] = []): JudgedStack =>
      judgedOf("shop", { resources: [change("a", { operation }), ...more], judged: { gone: [gone] } });
    const data = goneOf("a", { stateful: true });
    expect(allowed(ask({ stacks: [stack("create", goneOf("a"))] }))).toBe(true);
    expect(allowed(ask({ stacks: [stack("delete", data)] }))).toBe(true);
    const seen = { ...stack("create", data), approved: { kind: "equal" as const, moved: [] } };
    expect([allowed(ask({ stacks: [seen] })), allowed(ask({ stacks: [seen], approvals: [{ by: "bob" }] }))]).toEqual([false, true]);
    const follower = change("b", { operation: "replace", stateful: true });
    const override = { guard: "gone" as const, by: "bob", reason: "it was a copy", commit: ask({}).commit };
    const kinds = (more: readonly ResourceChange[]): readonly string[] =>
      judge(ask({ stacks: [stack("create", data, more)], overrides: [override] })).refusals.map(({ kind }) => kind);
    expect([kinds([]), kinds([follower])]).toEqual([[], ["stateful"]]);
  });

  it("what is made where something is gone that cannot be the same: of another type, without data, there before, in the place of what was only read", () => {
    const [root, a, c] = inState("a", "c").resources;
    if (root === undefined || a === undefined || c === undefined) throw new Error("no state");
    const readOnly = { resources: [root, { ...a, isExternal: true as const }, c], pending: [] };
    const others = [renamed({ type: "t:T" }), renamed({ stateful: false }), renamed({}, { state: inState("a", "b", "c") }), renamed({}, { state: readOnly })];
    expect(others.map((stack) => allowed(ask({ stacks: [stack] })))).toEqual([true, true, true, true]);
    expect(allowed(ask({ stacks: [renamed({ operation: "import" })] }))).toBe(true);
    const [refused] = judge(ask({ stacks: [renamed({ urn: "urn:moved", name: "a" })] })).refusals;
    expect([refused?.reason, refused?.todo]).toEqual([
      expect.stringMatching(/Bucket a \(as a under another parent, if that is the same\)$/),
      expect.stringMatching(/remove it from the program in a change before the one that makes another\./),
    ]);
  });

  it("the loss of data that somebody who may approve has seen, and no other", () => {
    const stacks = (kind: "equal" | "different"): JudgedStack[] => [
      judgedOf("shop", { resources: [change("a", { operation: "delete", stateful: true })], judged: { approved: { kind, moved: [] } } }),
    ];
    expect(allowed(ask({ stacks: stacks("equal"), approvals: [{ by: "bob" }] }))).toBe(true);
    const owned = { stacks: stacks("equal"), rules: { approvals: { min: 1, from: [], codeOwners: true } }, approvals: [{ by: "bob" }], lackingOwners: [] };
    expect(allowed(ask(owned))).toBe(true);
    expect(allowed(ask({ stacks: stacks("equal") }))).toBe(false);
    expect(judge(ask({ stacks: stacks("different"), approvals: [{ by: "bob" }] })).refusals.map((one) => one.kind)).toEqual(["stateful", "stale"]);
    expect(allowed(ask({ stacks: stacks("equal"), approvals: [{ by: "mallory" }], rules: { approvals: { min: 0, from: ["@acme/platform"] } } }))).toBe(false);
  });

  it("versions that change together, and live stacks that did not fit before this run", () => {
    const both = [judgedOf("shop", { stack: { requires: { api: "^2" } } }), judgedOf("api", { stack: { args: { version: "2.1.0" } } })];
    expect(allowed(ask({ stacks: both, live: { api: { version: "1.0.0" } } }))).toBe(true);
    expect(allowed(ask({ live: { web: { requires: { api: "^2" } }, api: { version: "1.0.0" } } }))).toBe(true);
  });

  it("a run that ends before its window closes, one that has begun, and one without a window that closes", () => {
    const windows = [{ kind: "allow", for: ["apply"], cron: "0 8 * * *", duration: "2h", tz: "UTC" }] as const;
    const at = new Date("2026-11-20T09:50:00Z");
    expect(judge(ask({ rules: { windows }, at, expected: [{ stack: "shop", ms: 10 * 60_000, says: "" }] })).allowed).toBe(true);
    expect(judge(ask({ rules: { windows }, at })).allowed).toBe(true);
    expect(judge(ask({ expected: [{ stack: "shop", ms: 1e9, says: "" }] })).allowed).toBe(true);
    const late = judge(ask({ rules: { windows }, at, expected: [{ stack: "shop", ms: 11 * 60_000, says: "about 11 min" }] }));
    expect(late.refusals[0]?.todo).toMatch(/^It opens again at 2026-11-21T08:00:00.000Z\. Begin early enough/);
  });

  it("less than was approved, as whenChanged has it", () => {
    const stacks = [judgedOf("shop", { judged: { approved: { kind: "subset", moved: ["b: create is no longer needed"] } } })];
    const of = (whenChanged: "subset" | "stop" | "ask"): number => judge(ask({ stacks, rules: { apply: { whenChanged, parallel: 1 } } })).exit;
    expect([of("subset"), of("stop"), of("ask")]).toEqual([0, 12, 11]);
    expect(judge(ask({ stacks })).notes).toEqual(["shop: less than was approved: b: create is no longer needed"]);
  });

  it("a first use, and say what it records and what is unknown yet", () => {
    expect(judge(ask({ identity: { recorded: {}, now: { account: "111" } }, stacks: [judgedOf("shop", { judged: { until: ["clusters"] } })] }))).toMatchObject({
      allowed: true,
      notes: ["account 111 is recorded as the identity of dev", "shop is unknown until clusters is applied"],
    });
  });

  it("lets a named approver pass though it is not known whether they pushed it, and nobody where nobody is named", () => {
    const approvals = [{ by: "@bob", unsure: "it cannot be known who pushed #7: it is hidden" }];
    const judged = (from: readonly string[]) => judge(ask({ rules: { approvals: { min: 1, from } }, approvals })).refusals.map(({ kind }) => kind);
    expect([judged(["bob"]), judged([])]).toEqual([[], ["approval"]]);
    const picky = judgedOf("shop", { stack: { approvals: { min: 1, from: ["bob"] } } });
    expect(judge(ask({ stacks: [picky], approvals })).allowed).toBe(true);
    expect(unsureApprovals([...approvals, { by: "cyd" }])).toEqual([
      "@bob approved, as named in approvals.from: it cannot be known who pushed #7: it is hidden",
    ]);
  });

  it("prints the exact commands for operations that never ended, a creation first", () => {
    const pending = [
      { urn: "urn:x", type: "t", operation: "updating" },
      { urn: "urn:y", type: "t", operation: "creating" },
    ];
    const [refused] = judge(ask({ stacks: [judgedOf("shop", { judged: { state: { resources: [], pending } } })] })).refusals;
    expect(refused?.reason).toBe("2 operations never ended, the first: creating urn:y");
    expect(refused?.todo).toContain("trueup recover dev shop --explain");
  });
});

describe("overrides", () => {
  const over = ask({
    stacks: [judgedOf("shop", { resources: deletes("a", "b", "c", "d"), judged: { state: inState(..."abcdefghijklmnop") } })],
    rules: { approvals: { min: 0, from: ["@acme/platform"] } },
  });
  const override = { guard: "destroys too much", by: "@bob", groups: ["@acme/platform"], reason: "old buckets", commit: "c1" } as const;

  it("pass a guard once: by somebody who may, with a reason, for this commit", () => {
    expect(judge({ ...over, overrides: [override] })).toMatchObject({
      allowed: true,
      exit: 0,
      notes: [`@bob passed "destroys too much" of shop: old buckets`],
      overridden: [{ override }],
    });
    for (const wrong of [{ commit: "c2" }, { reason: " " }, { groups: [] }, { stack: "api" }, { guard: "stateful" as const }])
      expect(judge({ ...over, overrides: [{ ...override, ...wrong }] }).allowed).toBe(false);
  });

  it("never pass an emptied stack, a policy, another account or unfinished operations", () => {
    for (const [, question] of guarded) {
      const [refused] = judge(question).refusals;
      if (refused === undefined) throw new Error("not refused");
      const isFixed = ["empties a stack", "policy", "identity", "pending operations", "approval"].includes(refused.kind);
      const passed = judge({ ...question, overrides: [{ ...override, guard: refused.kind }] });
      expect(passed.allowed).toBe(!isFixed);
    }
  });
});

describe("many stacks at once", () => {
  it("tell every refusal once, worst first, and the same for the same question in any order of stacks", () => {
    const stacks = fc.shuffledSubarray(
      ["a", "b", "c", "d"].map((name, index) =>
        judgedOf(name, index % 2 === 0 ? { policies: [mandatory] } : { resources: [change("x", { operation: "delete", stateful: true })] }),
      ),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(stacks, (list) => {
        const verdict = judge(ask({ stacks: list }));
        expect(verdict.refusals).toHaveLength(list.length);
        expect(verdict).toEqual(judge(ask({ stacks: list.toReversed() })));
        const kinds = verdict.refusals.map((one) => one.kind);
        expect(kinds.lastIndexOf("policy")).toBeLessThan(kinds.includes("stateful") ? kinds.indexOf("stateful") : kinds.length);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});
