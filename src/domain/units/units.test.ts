import { describe, expect, it, test } from "vitest";
import type { ResourceChange } from "../changes/index.ts";
import { stackOf } from "../planner/testing/estate.ts";
import { afterFailure, isTrouble, type StackFacts } from "./after-failure.ts";
import { isPassing } from "./passing.ts";
import { pastOf, type Past, type ToldRun } from "./attempts.ts";
import { asksPast, notOwn, rollbackRefusals, type RollbackQuestion } from "./rollback-guard.ts";
import { advanced, unitDiagram, unitStates, unitWays, type UnitPhase } from "./states.ts";
import { standingVetoes, vetoOf } from "./veto.ts";

const at = new Date("2026-11-21T10:00:00Z");

describe("the machine", () => {
  test("every state is reached, and every way leads to a state", () => {
    const reached = new Set(["planned"]);
    for (const state of unitStates) for (const to of unitWays[state]) reached.add(to);
    expect([...reached].sort()).toEqual([...unitStates].sort());
    expect(unitDiagram()).toContain("failed --> rollingBack");
  });

  test("a rollback leads to no other rollback, and to nothing that is applied", () => {
    const after = new Set<string>();
    const walk = (state: (typeof unitStates)[number]): void => {
      for (const to of unitWays[state]) if (!after.has(to)) walk((after.add(to), to));
    };
    walk("rollingBack");
    expect([...after].sort()).toEqual(["frozen", "rolledBack"]);
  });

  test("the journal takes only ways that there are, and no step twice", () => {
    const begun = advanced(advanced([], "planned", at), "gated", at);
    expect(advanced(begun, "gated", at)).toBe(begun);
    expect(advanced(begun, "applying", at).map(({ state }: UnitPhase) => state)).toEqual(["planned", "gated", "applying"]);
    expect(() => advanced(begun, "rolledBack", at)).toThrow("cannot go from gated to rolledBack");
  });
});

function stack(name: string, more: Partial<StackFacts> = {}): StackFacts {
  const lastGood = { commit: "c".repeat(40), closureDigest: "old" };
  return { name, wave: 0, action: "apply", rollback: "auto", hasMoved: true, closureDigest: "new", lastGood, problem: undefined, ...more };
}

const ill = { code: "VERIFY_FAILED", what: "http says 503" } as const;

describe("what becomes of a unit that failed", () => {
  it("goes back, the last wave first", () => {
    const unit = [stack("machines"), stack("clusters", { wave: 1 }), stack("api", { wave: 2 }), stack("shop", { wave: 2, problem: ill })];
    expect(afterFailure(unit, false)).toEqual({ kind: "rollBack", waves: [["api", "shop"], ["clusters"], ["machines"]], vetoes: true });
  });

  it("takes back only what moved", () => {
    const unit = [stack("machines", { hasMoved: false }), stack("clusters", { wave: 1 }), stack("shop", { wave: 2, hasMoved: false, problem: ill })];
    expect(afterFailure(unit, false)).toEqual({ kind: "rollBack", waves: [["clusters"]], vetoes: true });
  });

  it("comes again by itself where only a window closed", () => {
    const unit = [stack("machines"), stack("shop", { wave: 1, hasMoved: false, problem: { code: "HELD", what: "the window is closed" } })];
    expect(afterFailure(unit, false)).toMatchObject({ kind: "rollBack", vetoes: false });
  });

  it("comes again by itself where somebody else changed a state meanwhile", () => {
    const stale = { code: "STALE", what: "state of dev.shop changed since 09:12Z" } as const;
    const unit = (passes: boolean): readonly StackFacts[] => [stack("machines"), stack("shop", { wave: 1, hasMoved: false, problem: { ...stale, passes } })];
    expect(afterFailure(unit(true), false)).toMatchObject({ kind: "rollBack", vetoes: false });
    expect(afterFailure(unit(false), false)).toMatchObject({ kind: "rollBack", vetoes: true });
  });

  it.each<[string, readonly StackFacts[], boolean, string, string]>([
    ["nothing moved", [stack("shop", { hasMoved: false, problem: ill })], false, "veto", "nothing of it was changed"],
    ["none was ever good", [stack("shop", { lastGood: undefined, problem: ill })], false, "leave", "shop was never good"],
    ["none was ever good, and nothing moved", [stack("shop", { lastGood: undefined, hasMoved: false, problem: ill })], false, "leave", "shop was never good"],
    ["one of two was never good", [stack("machines"), stack("shop", { lastGood: undefined, problem: ill })], false, "freeze", "shop was never good"],
    ["one goes forward only", [stack("db", { rollback: "forward-only" }), stack("shop", { problem: ill })], false, "freeze", "db goes forward only"],
    ["the backend is away", [stack("shop", { problem: { code: "STATE_UNREACHABLE", what: "away" } })], false, "leave", "shop: away"],
    ["somebody froze it", [stack("shop", { problem: ill })], true, "leave", "frozen"],
    ["a stack was being retired", [stack("old", { action: "destroy" }), stack("shop", { problem: ill })], false, "leave", "does not come back"],
    ["what failed is what was good", [stack("shop", { closureDigest: "old", problem: ill })], false, "leave", "nothing to go back to"],
  ])("%s", (...[, unit, frozen, kind, because]) => {
    const after = afterFailure(unit, frozen);
    expect(after.kind).toBe(kind);
    expect("because" in after ? after.because : "").toContain(because);
  });

  it.each([
    ["ENGINE_FAILED", "creating VPC: VpcLimitExceeded", false],
    ["ENGINE_FAILED", "an unhandled error occurred: the program index.ts was ended by SIGKILL", true],
    ["ENGINE_FAILED", "there was a problem deleting the lock at file:///state", true],
    ["ENGINE_FAILED", "write /state/dev.json: no space left on device", true],
    ["POLICY_VIOLATED", "no public buckets", false],
    ["STATE_LOCKED", "somebody works on it", true],
  ] as const)("%s %s: trouble of the machine: %s", (code, what, expected) => expect(isTrouble({ code, what })).toBe(expected));
});

describe("a veto", () => {
  const unit = (digests: Record<string, string>): Parameters<typeof vetoOf>[0] => ({
    waves: [Object.entries(digests).map(([name, closureDigest]) => ({ stack: stackOf(name), closureDigest, reasons: [], action: "apply" as const }))],
  });
  const veto = { closureDigests: { base: "b2", shop: "s2" } };

  it.each<[string, Record<string, string>, boolean]>([
    ["holds what failed", { base: "b2", shop: "s2" }, true],
    ["holds it with what joined since", { base: "b2", shop: "s2", other: "o1" }, true],
    ["lets go what was mended in one stack", { base: "b2", shop: "s3" }, false],
    ["lets go what is only a part of it: the rest was taken back by somebody", { base: "b2" }, false],
  ])("%s", (...[, digests, held]) => expect(vetoOf(unit(digests), [veto]) !== undefined).toBe(held));

  it("holds a part of it while the branch shows the rest as it failed, wherever that is by now", () => {
    const branch = (shop: string): ReadonlyMap<string, string> => new Map(Object.entries({ base: "b2", shop, other: "o1" }));
    expect(vetoOf(unit({ base: "b2" }), [veto], branch("s2"))).toBe(veto);
    expect(vetoOf(unit({ base: "b2" }), [veto], branch("s3"))).toBeUndefined();
    expect(vetoOf(unit({ other: "o1" }), [veto], branch("s2"))).toBeUndefined();
  });

  it("that names nothing holds nothing", () => expect(vetoOf(unit({ base: "b2" }), [{ closureDigests: {} }])).toBeUndefined());

  it("is over once the branch shows something else", () => {
    expect(
      standingVetoes(
        [veto],
        new Map([
          ["base", "b2"],
          ["shop", "s2"],
        ]),
      ),
    ).toEqual([veto]);
    expect(
      standingVetoes(
        [veto],
        new Map([
          ["base", "b1"],
          ["shop", "s2"],
        ]),
      ),
    ).toEqual([]);
    expect(standingVetoes([veto], new Map([["base", "b2"]]))).toEqual([]);
  });
});

const toldRun = (more: Partial<ToldRun>): ToldRun => ({
  startedMs: 2_000,
  endedMs: 3_000,
  isAttempt: true,
  made: [],
  mayHaveMadeMore: false,
  tookIn: [],
  letGo: [],
  ...more,
});

describe("the guard of a rollback", () => {
  const change = (more: Partial<ResourceChange>): ResourceChange => ({
    urn: "u",
    type: "aws:ec2/vpc:Vpc",
    name: "net",
    operation: "delete",
    properties: [],
    protected: false,
    stateful: false,
    ...more,
  });
  const made = pastOf([toldRun({ made: ["u"] })], 1_000);
  const past = (more: Partial<Past>): Pick<RollbackQuestion, "past"> => ({ past: { ...made, ...more } });
  const ask = (changes: readonly ResourceChange[], more: Partial<RollbackQuestion> = {}): readonly string[] =>
    rollbackRefusals({ changes, madeMs: new Map([["u", 2_000]]), sinceMs: 1_000, ownUrns: new Set(), past: made, ...more });

  it("lets go what a run has made since, a good one too", () => {
    expect(ask([change({})], { past: pastOf([toldRun({ made: ["u"], isAttempt: false })], 1_000) })).toEqual([]);
    expect(ask([change({})], { past: pastOf([toldRun({ startedMs: 1_900, mayHaveMadeMore: true })], 1_000) })).toEqual([]);
  });
  it("lets go what was made since by name", () => expect(ask([change({}), change({ operation: "replace" })])).toEqual([]));
  it("has nothing against what is changed back", () =>
    expect(ask([change({ operation: "update", stateful: true }), change({ operation: "create" })], { sinceMs: 9_000 })).toEqual([]));
  it("lets go what its own run is known to have made", () => expect(ask([change({})], { madeMs: new Map(), ownUrns: new Set(["u"]) })).toEqual([]));

  it.each<[string, Partial<ResourceChange>, Partial<RollbackQuestion>, string]>([
    ["older", {}, { sinceMs: 2_000 }, "it is older than what is undone"],
    ["replaced though older", { operation: "replace" }, { sinceMs: 3_000 }, "it is older than what is undone"],
    ["of unknown age", {}, { madeMs: new Map() }, "nobody knows whether"],
    ["protected", { protected: true }, {}, "it is protected"],
    ["stateful, however new", { stateful: true }, { ownUrns: new Set(["u"]) }, "it may hold data"],
    ["new, and made by nobody that is known", {}, { past: pastOf([], 1_000) }, "no run since is known to have made it"],
    ["new only because it was taken in", {}, past({ tookIn: new Set(["u"]) }), "it was there before, and was only taken in"],
    ["not gone when it is deleted", { retained: true }, { ownUrns: new Set(["u"]) }, "its object would stay in the cloud"],
    ["let go, and would be there twice", { operation: "create" }, past({ letGo: new Set(["u"]) }), "what was let go of it lives on"],
  ])("keeps what is %s", (...[, one, more, why]) => expect(ask([change(one)], more).join()).toContain(why));
});

describe("what of a way back nothing that is undone has made", () => {
  const deleted = (urn: string): ResourceChange => ({
    urn,
    type: "aws:ec2/vpc:Vpc",
    name: urn,
    operation: "delete",
    properties: [],
    protected: false,
    stateful: false,
  });
  const left = (runs: readonly ToldRun[], ownUrns: readonly string[] = []): readonly string[] => {
    const question = { changes: [deleted("a"), deleted("b"), { ...deleted("p"), type: "pulumi:providers:aws" }], ownUrns: new Set(ownUrns) };
    return notOwn({ ...question, madeMs: new Map([["a", 2_500]]), past: pastOf(runs, 1_000) }).map(({ urn }) => urn);
  };

  it.each<[string, readonly ToldRun[], readonly string[], readonly string[]]>([
    ["all of it, where no attempt is known", [], [], ["a", "b"]],
    ["not what its own run has made", [], ["a"], ["b"]],
    ["not what an attempt before it has made", [toldRun({ made: ["b"] })], [], ["a"]],
    ["not what was made in the time of one that could not tell", [toldRun({ mayHaveMadeMore: true })], [], ["b"]],
    ["what was made after it was over", [toldRun({ startedMs: 1_500, endedMs: 2_400, mayHaveMadeMore: true })], [], ["a", "b"]],
    [
      "what was made when the next run had begun after one that died",
      [toldRun({ startedMs: 1_500, endedMs: undefined, mayHaveMadeMore: true }), toldRun({ startedMs: 2_200 })],
      [],
      ["a", "b"],
    ],
    ["what a good run has made", [toldRun({ made: ["a", "b"], isAttempt: false, mayHaveMadeMore: true })], [], ["a", "b"]],
    ["what an attempt made before the last good run was over", [toldRun({ made: ["a"], endedMs: 900 })], [], ["a", "b"]],
  ])("%s", (...[, runs, own, expected]) => expect(left(runs, own)).toEqual(expected));

  it("is asked of the records only where something would go that its own run has not made, or would be made", () => {
    const asked = (operation: ResourceChange["operation"], own: readonly string[]): boolean =>
      asksPast({ changes: [{ ...deleted("a"), operation }], ownUrns: new Set(own) });
    expect([asked("delete", []), asked("delete", ["a"]), asked("create", ["a"]), asked("update", [])]).toEqual([true, false, true, false]);
  });
});

describe("a failure that passes by itself", () => {
  const error = (message: string, urn = "urn:pulumi:dev.a::p::aws:ec2/vpc:Vpc::net"): { severity: "error"; urn: string; message: string } => ({
    severity: "error",
    urn,
    message,
  });
  const throttled = error("creating VPC: ThrottlingException: Rate exceeded");
  const reset = error("updating VPC: read tcp: connection reset by peer");

  it.each<[string, Parameters<typeof isPassing>[0], boolean]>([
    ["the cloud asks to slow down", { diagnostics: [throttled], lostCreation: true }, true],
    ["no answer came to an update", { diagnostics: [reset], lostCreation: false }, true],
    ["no answer came, and a creation may have been made", { diagnostics: [reset], lostCreation: true }, false],
    ["one of two errors stays", { diagnostics: [throttled, error("VpcLimitExceeded")], lostCreation: false }, false],
    [
      "only the program is said to have failed",
      { diagnostics: [error("Rate exceeded", "urn:pulumi:dev.a::p::pulumi:pulumi:Stack::p-dev.a")], lostCreation: false },
      false,
    ],
    ["nothing is said", { diagnostics: [], lostCreation: false }, false],
  ])("%s", (...[, run, passes]) => expect(isPassing(run)).toBe(passes));
});
