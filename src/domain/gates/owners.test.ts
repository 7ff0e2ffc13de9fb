import { describe, expect, it } from "vitest";
import { bindApprovals, type ApprovedChange, type Consent, type GivenApproval } from "./consent.ts";
import type { Fingerprint } from "./fingerprint.ts";

const sha = (digit: string): string => digit.repeat(40);
const context = { closureDigest: "c", configDigest: "g", stateDigest: "s", policyDigest: "p", versions: {} };
const shop: Fingerprint = { format: 1, stack: "shop", digest: "aa", context, entries: [] };
const preview = {
  format: 1,
  environment: "dev",
  commit: sha("1"),
  base: sha("0"),
  at: "2026-11-21T08:00:00.000Z",
  sealedAt: "2026-11-21T08:00:00.000Z",
  fingerprint: "f00d",
  counts: {},
} as const;

const given = (by: string, more: Partial<GivenApproval> = {}): GivenApproval => ({ by, commit: sha("1"), mayWrite: true, ...more });
const demand = (owners: readonly string[], paths: readonly string[], required = 1) => ({ section: "", line: 3, owners, required, paths });
const change = (more: Partial<ApprovedChange>): ApprovedChange => ({
  commit: sha("9"),
  pullRequest: 7,
  by: ["ann"],
  given: [given("bob")],
  previews: [{ ...preview, stacks: { shop: "aa" }, prints: [shop] }],
  demands: [demand(["@cyd", "@acme/shop"], ["stacks/shop/index.ts"])],
  ...more,
});
const asked = { min: 1, from: [], codeOwners: true };
const lacking = (consent: Partial<Consent>, rules = asked) => bindApprovals({ changes: [], recorded: [], ...consent }, [shop], rules).lackingOwners;

describe("owners of what a change touches", () => {
  it.each([
    ["by login", given("Cyd")],
    ["by team", given("dan", { groups: ["@acme/shop"] })],
  ])("have approved when one of them did: %s", (_, approval) => {
    expect(lacking({ changes: [change({ given: [given("bob"), approval] })] })).toEqual([]);
  });

  it.each([
    ["nobody of them approved", {}],
    ["one of them is the author", { by: ["cyd"], given: [given("cyd"), given("bob")] }],
    ["one of them may not write", { given: [given("bob"), given("cyd", { mayWrite: false })] }],
    ["one of them approved what no preview showed", { given: [given("bob"), given("cyd", { commit: sha("2") })] }],
    ["what one of them approved got worse", { previews: [{ ...preview, stacks: { shop: "bb" } }], given: [given("cyd")] }],
  ] as const)("are missing when %s, though another approved", (_, more) => {
    expect(lacking({ changes: [change(more)] })).toEqual(["stacks/shop/index.ts: 0 of 1 approvals from @cyd, @acme/shop (CODEOWNERS line 3)"]);
  });

  it("are not asked where the rules do not ask: then the same approval is enough", () => {
    expect(lacking({ changes: [change({})] }, { min: 1, from: [], codeOwners: false })).toBeUndefined();
    expect(bindApprovals({ changes: [change({})], recorded: [] }, [shop], asked).approvals.map(({ by }) => by)).toEqual(["bob"]);
  });

  it("must each approve, and as many as a section wants", () => {
    const demands = [demand(["@cyd"], ["a"]), demand(["@dan", "@eve"], ["b", "c", "d", "e"], 2)];
    expect(lacking({ changes: [change({ demands, given: [given("cyd"), given("dan"), given("DAN")] })] })).toEqual([
      "b, c, d and 1 more: 1 of 2 approvals from @dan, @eve (CODEOWNERS line 3)",
    ]);
    expect(lacking({ changes: [change({ demands, given: [given("cyd"), given("dan"), given("eve")] })] })).toEqual([]);
  });

  it("count for the whole run when they approved it after the merge, also of a change that came without a pull request", () => {
    const direct = change({ pullRequest: undefined, given: [], previews: [] });
    expect(lacking({ changes: [direct], recorded: [{ by: "bob", prints: [shop] }] })).toHaveLength(1);
    expect(lacking({ changes: [direct], recorded: [{ by: "cyd", prints: [shop] }] })).toEqual([]);
    expect(
      lacking({ changes: [direct], recorded: [{ by: "cyd", prints: [{ ...shop, digest: "zz", context: { ...context, stateDigest: "x" } }] }] }),
    ).toHaveLength(1);
  });

  it("are also asked of a change in the run that brings no stack", () => {
    const quiet = change({ commit: sha("8"), pullRequest: 8, previews: [{ ...preview, stacks: {} }], demands: [demand(["@eve"], ["docs/a.md"])] });
    expect(lacking({ changes: [change({ given: [given("cyd")] }), quiet] })).toEqual(["docs/a.md: 0 of 1 approvals from @eve (CODEOWNERS line 3)"]);
  });

  it("are nobody's to stand in for when CODEOWNERS cannot be read, and cannot be e-mail addresses alone", () => {
    expect(lacking({ changes: [change({ given: [given("cyd")] })], ownersUnknown: "there is no CODEOWNERS" })).toEqual(["there is no CODEOWNERS"]);
    expect(lacking({ changes: [change({ demands: [demand(["a@b.example"], ["x"])] })] })?.[0]).toContain("whose address that is the forge does not say");
  });
});
