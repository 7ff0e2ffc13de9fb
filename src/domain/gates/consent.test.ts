import { describe, expect, it } from "vitest";
import { assert, integer, property } from "fast-check";
import { Secret } from "../../base/secret/index.ts";
import { bindApprovals, type ApprovedChange, type GivenApproval } from "./consent.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { lastOfEach, sealPreviews, sealSeparator, unsealPreviews, type Previewed } from "./previewed.ts";

const sha = (digit: string): string => digit.repeat(40);
const by = { pullRequest: 7, key: new Secret("k".repeat(32)) };
const at = "2026-11-21T08:00:00.000Z";

function print(stack: string, digest: string, more: Partial<Fingerprint> = {}): Fingerprint {
  const context = { closureDigest: "c", configDigest: "g", stateDigest: "s", policyDigest: "p", versions: { pulumi: "3.259.0" } };
  const entry = { urn: `urn:pulumi:dev::small::aws:ec2/vpc:Vpc::${stack}`, operation: "update", risk: "update", paths: { "tags.owner": digest } } as const;
  return { format: 1, stack, digest, context, entries: [entry], ...more };
}

function previewed(commit: string, prints: readonly Fingerprint[]): Previewed {
  const stacks = Object.fromEntries(prints.map((one) => [one.stack, one.digest]));
  return { format: 1, environment: "dev", commit, base: sha("0"), at, sealedAt: at, fingerprint: "f00d", stacks, counts: {}, prints };
}

const given = (by: string, commit: string, more: Partial<GivenApproval> = {}): GivenApproval => ({ by, commit, mayWrite: true, ...more });

const change = (more: Partial<ApprovedChange> = {}): ApprovedChange => ({
  commit: sha("9"),
  pullRequest: 7,
  by: ["ann"],
  given: [given("bob", sha("1"))],
  previews: [previewed(sha("1"), [print("shop", "aa")])],
  ...more,
});

const one = { min: 1, from: [] };
const counted = (changes: readonly ApprovedChange[], now: readonly Fingerprint[]): readonly string[] =>
  bindApprovals({ changes, recorded: [] }, now, one).approvals.map(({ by }) => by);

describe("approvals that bind what would happen", () => {
  it("count when what would happen is what the approver saw", () => {
    const bound = bindApprovals({ changes: [change()], recorded: [] }, [print("shop", "aa")], one);
    expect(bound.approvals.map(({ by }) => by)).toEqual(["bob"]);
    expect(bound.approved.get("shop")?.kind).toBe("equal");
  });

  describe("of what a stack asks for by itself, where the environment asks for nothing", () => {
    const none = { min: 0, from: [] };
    const now = [print("shop", "aa"), print("blog", "bb")];
    const blog = change({ commit: sha("8"), pullRequest: 8, by: ["dan"], given: [], previews: [previewed(sha("2"), [print("blog", "bb")])] });
    const direct = change({ commit: sha("8"), pullRequest: undefined, by: ["dan"], given: [], previews: [] });
    const counts = (changes: readonly ApprovedChange[], prints = now): unknown => {
      const bound = bindApprovals({ changes, recorded: [] }, prints, none);
      return ["shop", "blog"].map((stack) => bound.approvalsOf?.get(stack)?.map(({ by }) => by));
    };

    it.each<[string, ApprovedChange]>([
      ["a change beside it that nobody approved", blog],
      ["a push beside it without a pull request", direct],
    ])("count in spite of %s", (_, beside) => {
      expect([counts([change(), beside]), counts([beside, change()])]).toEqual([
        [["bob"], []],
        [["bob"], []],
      ]);
    });

    it("do not count for another, nor for what came to the same stack since", () => {
      expect(counts([change()])).toEqual([["bob"], []]);
      expect(counts([direct, change()], [print("shop", "zz", { context: { ...print("shop", "aa").context, stateDigest: "other" } })])).toEqual([[], undefined]);
    });
  });

  it.each([
    ["its author's", { given: [given("Ann", sha("1"))] }, /wrote or pushed #7 themselves/],
    ["one who may not write", { given: [given("bob", sha("1"), { mayWrite: false })] }, /may not write/],
    ["one given at a commit that was never previewed", { given: [given("bob", sha("2"))] }, /no preview of 2222222 is known/],
    ["one without a commit", { given: [{ by: "bob", commit: undefined, mayWrite: true }] }, /no preview of what they saw/],
    ["one of a change without a pull request", { pullRequest: undefined, given: [] }, /came without a pull request/],
  ] as const)("do not count: %s", (_, more, says) => {
    const bound = bindApprovals({ changes: [change(more)], recorded: [] }, [print("shop", "aa")], one);
    expect(bound.approvals).toEqual([]);
    expect(bound.notes.join("\n")).toMatch(says);
  });

  it("are handed on as stale when something else would happen than was approved, also when only the context moved", () => {
    const context = { ...print("shop", "aa").context, stateDigest: "other" };
    const bound = bindApprovals({ changes: [change()], recorded: [] }, [print("shop", "bb", { context })], one);
    expect(bound.approvals.map(({ by }) => by)).toEqual(["bob"]);
    expect(bound.approved.get("shop")).toEqual({ kind: "different", moved: expect.arrayContaining(["state of shop changed since"]) });
  });

  it("stand when less happens, and only the very same stands where the fingerprint did not fit", () => {
    expect(bindApprovals({ changes: [change()], recorded: [] }, [print("shop", "bb", { entries: [] })], one).approved.get("shop")?.kind).toBe("subset");
    const { prints: _, ...bare } = previewed(sha("1"), [print("shop", "aa")]);
    expect(
      bindApprovals({ changes: [change({ previews: [bare] })], recorded: [] }, [print("shop", "bb", { entries: [] })], one).approved.get("shop")?.kind,
    ).toBe("different");
  });

  it("are needed from every change that brings a stack: an unapproved one beside an approved one does not slip through", () => {
    const other = change({ commit: sha("8"), pullRequest: 8, given: [], previews: [previewed(sha("3"), [print("api", "cc")])] });
    expect(counted([change(), other], [print("shop", "aa"), print("api", "cc")])).toEqual([]);
    expect(counted([change()], [print("shop", "aa")])).toEqual(["bob"]);
  });

  it("are needed also for a change that brings no stack, from each such change", () => {
    expect(counted([change()], [])).toEqual(["bob"]);
    expect(counted([change(), change({ commit: sha("8"), pullRequest: 8, given: [] })], [])).toEqual([]);
    expect(counted([], [])).toEqual([]);
  });

  it("of one change do not stand in for another's that only people without a say approved, however many they are", () => {
    const rules = { min: 1, from: ["bob"] };
    const crowd = change({
      commit: sha("8"),
      pullRequest: 8,
      given: [given("eve", sha("3")), given("fay", sha("3"))],
      previews: [previewed(sha("3"), [print("api", "cc")])],
    });
    const bound = bindApprovals({ changes: [change(), crowd], recorded: [] }, [print("shop", "aa"), print("api", "cc")], rules);
    expect(bound.approvals).toEqual([]);
  });

  it("that are stale are not made good by a fresh one: of somebody without a say, or of one of two that are needed", () => {
    const worse = print("shop", "bb", { entries: [{ ...print("shop", "bb").entries[0]!, operation: "replace", risk: "replace" }] });
    const previews = [previewed(sha("2"), [worse]), previewed(sha("1"), [print("shop", "aa")])];
    const both = change({ given: [given("bob", sha("1")), given("eve", sha("2"))], previews });
    const kind = (rules: { min: number; from: string[] }): unknown =>
      bindApprovals({ changes: [both], recorded: [] }, [worse], rules).approved.get("shop")?.kind;
    expect(kind({ min: 1, from: ["bob"] })).toBe("different");
    expect(kind({ min: 2, from: [] })).toBe("different");
    expect(kind({ min: 1, from: ["eve"] })).toBe("equal");
  });

  describe("of a change of which it is not known who pushed", () => {
    const now = [print("shop", "aa")];
    const hidden = change({ pushersUnknown: "GitHub does not show it" });
    const bind = (from: readonly string[], more: Partial<ApprovedChange> = {}) =>
      bindApprovals({ changes: [{ ...hidden, ...more }], recorded: [] }, now, { min: 1, from });

    it("count for nothing where the rules name nobody, and it is said why and what to do", () => {
      const { approvals, notes } = bind([]);
      expect(approvals).toEqual([]);
      expect(notes.join("\n")).toMatch(/cannot be known who pushed #7: GitHub does not show it\n.*approvals\.from.*new branch/);
      expect(bindApprovals({ changes: [hidden], recorded: [{ by: "cy", prints: now }] }, now, one).approvals).toEqual([]);
    });

    it("count of those alone whom the rules name, by login or team, and neither opened it nor are known to have pushed it", () => {
      const who = (from: readonly string[], more?: Partial<ApprovedChange>) => bind(from, more).approvals.map(({ by }) => by);
      const inTeam = { given: [given("eve", sha("1")), given("bob", sha("1"), { groups: ["@acme/platform"] })] };
      expect([who(["Bob"]), who(["@acme/platform"], inTeam), who(["eve"])]).toEqual([["bob"], ["bob"], []]);
      expect([who(["ann"], { given: [given("ann", sha("1"))] }), who(["bob"], { by: ["ann", "bob"] })]).toEqual([[], []]);
    });

    it("are handed on to what a stack asks for by itself, where the environment asks for nothing: that rule may name them", () => {
      const { approvalsOf } = bindApprovals({ changes: [hidden], recorded: [] }, now, { min: 0, from: [] });
      expect(approvalsOf?.get("shop")).toMatchObject([{ by: "bob", unsure: expect.stringMatching(/who pushed #7/) as string }]);
    });

    it("are as before where it is known", () => {
      expect(counted([change()], now)).toEqual(["bob"]);
    });
  });

  it("may be given on the record, after the merge, for exactly what is there; not by who pushed it", () => {
    const recorded = [{ by: "cy", prints: [print("shop", "bb")] }];
    const bound = bindApprovals({ changes: [change({ given: [] })], recorded }, [print("shop", "bb")], one);
    expect(bound.approvals.map(({ by }) => by)).toEqual(["cy"]);
    const worse = print("shop", "cc", { entries: [{ ...print("shop", "cc").entries[0]!, operation: "replace", risk: "replace" }] });
    expect(bindApprovals({ changes: [change({ given: [] })], recorded }, [worse], one).approvals).toEqual([]);
    expect(bindApprovals({ changes: [change({ given: [], by: ["cy"] })], recorded }, [print("shop", "bb")], one).approvals).toEqual([]);
  });
});

describe("approvals on the record of what came without a pull request", () => {
  const pushed = change({ pullRequest: undefined, given: [] });
  const now = [print("shop", "bb", { context: { ...print("shop", "bb").context, stateDigest: "written beside trueup" } })];
  const approved = (by: string, prints: ReturnType<typeof print>[]) => ({ by, prints });

  it("are stale where something moved since, and not missing; one that fits counts first, and too few stay too few", () => {
    const old = approved("cy", [print("shop", "bb")]);
    const stale = bindApprovals({ changes: [pushed], recorded: [old] }, now, one);
    expect(stale.approvals.map(({ by }) => by)).toEqual(["cy"]);
    expect(stale.approved.get("shop")).toEqual({ kind: "different", moved: [expect.stringMatching(/^state of shop changed since/)] });
    const again = bindApprovals({ changes: [pushed], recorded: [old, approved("cy", now)] }, now, one);
    expect([again.approvals.map(({ by }) => by), again.approved.get("shop")?.kind]).toEqual([["cy"], "equal"]);
    expect(bindApprovals({ changes: [pushed], recorded: [old] }, now, { ...one, min: 2 })).toMatchObject({ approvals: [], approved: new Map() });
    expect(bindApprovals({ changes: [pushed], recorded: [] }, now, one).approvals).toEqual([]);
  });
});

describe("previews sealed into a comment", () => {
  const entries = [previewed(sha("2"), [print("shop", "bb")]), previewed(sha("1"), [print("shop", "aa")])];

  it("come back as they were, beside those of other environments", () => {
    const payload = [sealPreviews(entries, by, 4_000), sealPreviews([{ ...entries[0]!, environment: "prod" }], by, 4_000)].join(sealSeparator);
    expect(unsealPreviews(payload, "dev", by)).toEqual({ kind: "previews", previews: entries });
    expect(unsealPreviews(payload, "staging", by)).toEqual({ kind: "none" });
  });

  it("are forged when one letter differs, when the key is another, or when they were another environment's or another pull request's", () => {
    const payload = sealPreviews(entries, by, 4_000);
    expect(unsealPreviews(payload, "dev", { ...by, key: new Secret("z".repeat(32)) }).kind).toBe("forged");
    expect(unsealPreviews(payload, "dev", { ...by, pullRequest: 8 }).kind).toBe("forged");
    expect(unsealPreviews(payload.replace(/^dev/, "prod"), "prod", by).kind).toBe("forged");
    assert(
      property(integer({ min: 4, max: payload.length - 1 }), (at) => {
        const other = payload[at] === "A" ? "B" : "A";
        const changed = payload.slice(0, at) + other + payload.slice(at + 1);
        return unsealPreviews(changed, "dev", by).kind === "forged";
      }),
      { seed: 1 },
    );
  });

  it("get smaller by leaving out fingerprints of older previews first, and never more than fits", () => {
    const many = Array.from({ length: 9 }, (_, index) =>
      previewed(
        sha(String(index)),
        Array.from({ length: 20 }, (__, stack) => print(`stack-${stack}`, `${index}${stack}ab`)),
      ),
    );
    for (const units of [200, 800, 1_500, 3_000, 20_000]) {
      const text = sealPreviews(many, by, units);
      expect(text.length).toBeLessThanOrEqual(units);
      if (text === "") continue;
      const back = unsealPreviews(text, "dev", by);
      const previews = back.kind === "previews" ? back.previews : [];
      expect(previews[0]?.commit).toBe(many[0]?.commit);
      const full = previews.map((one) => one.prints !== undefined);
      expect(full).toEqual([...full].sort((a, b) => Number(b) - Number(a)));
    }
  });

  it("that do not fit at all leave that there was one, so that none before it counts in its place", () => {
    const many = previewed(
      sha("1"),
      Array.from({ length: 200 }, (_, index) => print(`stack-${index}-${"x".repeat(20)}`, index.toString(16).padStart(64, "0"))),
    );
    const back = unsealPreviews(sealPreviews([many], by, 500), "dev", by);
    expect(back).toEqual({ kind: "previews", previews: [{ ...many, fingerprint: undefined, stacks: {}, counts: {}, prints: undefined }] });
  });

  it("in several comments count as they were sealed last, of each commit: a copy of an earlier one brings nothing back", () => {
    const of = (commit: string, minute: number, digest: string): Previewed => ({
      ...previewed(sha(commit), [print("shop", digest)]),
      sealedAt: `2026-11-21T08:0${minute}:00.000Z`,
    });
    const [first, second, other] = [of("1", 1, "aa"), of("1", 3, "bb"), of("2", 2, "cc")];
    expect(lastOfEach([first, second, other])).toEqual([second, other]);
    expect(lastOfEach([second, other, first, first])).toEqual([second, other]);
  });
});
