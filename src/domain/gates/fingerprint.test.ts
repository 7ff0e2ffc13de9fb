import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../../base/secret/index.ts";
import type { PropertyChange, ResourceChange } from "../changes/index.ts";
import { compareFingerprint } from "./compare.ts";
import { combinedFingerprint, fingerprint, type Fingerprint, type FingerprintContext } from "./fingerprint.ts";

const key = new Secret("key of the environment");
const context: FingerprintContext = {
  closureDigest: "c",
  configDigest: "f",
  stateDigest: "s",
  policyDigest: "p",
  versions: { pulumi: "3.259.0", aws: "7.48.0" },
};
const property = (path: string, after: PropertyChange["after"], more: Partial<PropertyChange> = {}): PropertyChange => ({
  path,
  before: { kind: "absent" },
  after,
  replaces: false,
  guessed: false,
  ...more,
});
const plain = (value: string): PropertyChange["after"] => ({ kind: "plain", value });
const change = (name: string, more: Partial<ResourceChange> = {}): ResourceChange => ({
  urn: `urn:pulumi:dev.shop::acme::t:T::${name}`,
  type: "t:T",
  name,
  operation: "update",
  properties: [property("size", plain("large"))],
  protected: false,
  stateful: false,
  ...more,
});
const print = (resources: readonly ResourceChange[], other: Partial<FingerprintContext> = {}): Fingerprint =>
  fingerprint({ stack: "shop", resources }, { ...context, ...other }, key);

describe("the fingerprint of a change set", () => {
  it("does not depend on order, and depends on the key", () => {
    const [a, b] = [change("a", { properties: [property("x", plain("1")), property("y", plain("2"))] }), change("b")];
    const turned = { ...a, properties: a.properties.toReversed() };
    expect(print([b, turned])).toEqual(print([a, b]));
    expect(fingerprint({ stack: "shop", resources: [a, b] }, context, new Secret("other")).digest).not.toBe(print([a, b]).digest);
  });

  it("holds no value: neither in clear nor as a hash that could be tried without the key", () => {
    const text = JSON.stringify(print([change("a", { properties: [property("password", plain("hunter2hunter2")), property("token", { kind: "secret" })] })]));
    expect(text).not.toContain("hunter2");
    const one = print([change("a", { properties: [property("x", plain("1")), property("y", plain("1"))] })]).entries[0]?.paths;
    expect(one?.["x"]).not.toBe(one?.["y"]);
  });

  it("changes with every field it binds", () => {
    const base = print([change("a")]);
    const others = [
      print([change("b")]),
      print([change("a", { operation: "replace" })]),
      print([change("a", { stateful: true, operation: "replace" })]),
      print([change("a", { properties: [property("size", plain("small"))] })]),
      print([change("a", { properties: [property("other", plain("large"))] })]),
      print([]),
      print([change("a")], { closureDigest: "2" }),
      print([change("a")], { configDigest: "2" }),
      print([change("a")], { stateDigest: "2" }),
      print([change("a")], { policyDigest: "2" }),
      print([change("a")], { versions: { ...context.versions, aws: "7.49.0" } }),
      print([change("a")], { versions: { pulumi: "3.259.0" } }),
    ];
    expect(new Set([base, ...others].map((one) => one.digest)).size).toBe(others.length + 1);
    expect(combinedFingerprint([base], key)).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe("now against approved", () => {
  const kind = (approved: readonly ResourceChange[], now: readonly ResourceChange[]): string => compareFingerprint(print(approved), print(now)).kind;
  const both = [change("a"), change("b", { operation: "create" })];

  it("is equal, less, no worse, or different", () => {
    expect(compareFingerprint(print(both), print(both))).toEqual({ kind: "equal", moved: [] });
    expect(kind(both, [change("a")])).toBe("subset");
    expect(kind(both, [])).toBe("subset");
    expect(kind([change("a")], [change("a", { properties: [property("size", plain("small"))] })])).toBe("no-worse");
    expect(kind([change("a", { operation: "replace" })], [change("a")])).toBe("no-worse");
    expect(kind([change("a")], both)).toBe("different");
    expect(kind([change("a")], [change("a", { operation: "replace" })])).toBe("different");
  });

  it("never takes a delete for what was approved as something else, though a stateful replace ranks above it", () => {
    expect(kind([change("a", { operation: "replace", stateful: true })], [change("a", { operation: "delete", stateful: true })])).toBe("different");
    expect(kind([change("a", { operation: "create" })], [change("a", { operation: "delete" })])).toBe("different");
  });

  it("takes a value that was unknown when it was approved", () => {
    const then = change("a", { properties: [property("endpoint", { kind: "unknown" })] });
    expect(kind([then], [change("a", { properties: [property("endpoint", plain("https://x"))] })])).toBe("subset");
    expect(kind([change("a", { properties: [property("endpoint", plain("https://x"))] })], [then])).toBe("no-worse");
  });

  it("keeps apart the update of an object and the delete of one that an earlier replacement left behind", () => {
    const two = [change("a"), change("a", { operation: "delete", properties: [] })];
    expect(kind(two, two)).toBe("equal");
    expect(kind(two, two.toReversed())).toBe("equal");
  });

  it.each([
    [{ closureDigest: "2" }, "program of shop changed since"],
    [{ configDigest: "2" }, "config of shop changed since"],
    [{ stateDigest: "2" }, "state of shop changed since"],
    [{ policyDigest: "2" }, "policies of shop changed since"],
    [{ versions: { pulumi: "3.259.0", aws: "7.49.0" } }, "aws 7.48.0 → 7.49.0 since"],
  ])("dies with its context: %o", (other, says) => {
    expect(compareFingerprint(print([change("a")]), print([change("a")], other))).toEqual({ kind: "different", moved: [says] });
    expect(compareFingerprint(print([change("a")]), print([], other)).kind).toBe("different");
  });

  it("names the environment's stack, the time of the preview, and what of the state was written since", () => {
    const urn = (name: string): string => `urn:pulumi:prod.data::acme::aws:rds/instance:Instance::${name}`;
    const resources = [
      { urn: urn("main"), modifiedAt: "2026-11-21T09:40:00Z" },
      { urn: urn("old"), modifiedAt: "2026-11-21T09:11:00Z" },
      { urn: urn("untold") },
    ];
    const around = { environment: "prod", since: "2026-11-21T09:12:30.000Z", now: new Date("2026-11-21T10:00:00Z"), resources };
    const says = (other: Partial<FingerprintContext>, more: Partial<typeof around> = {}): string =>
      compareFingerprint(print([]), print([], other), { ...around, ...more }).moved.join("; ");
    expect(says({ stateDigest: "2" })).toBe("state of prod.shop changed since 09:12Z: aws:rds/instance:Instance main");
    expect(says({ stateDigest: "2", closureDigest: "2" }, { since: "2026-11-20T23:59:00.000Z", resources: [] })).toBe(
      "program of prod.shop changed since 2026-11-20 23:59Z; state of prod.shop changed since 2026-11-20 23:59Z",
    );
    expect(says({ versions: { pulumi: "3.260.0" } })).toBe("aws 7.48.0 → (none) since 09:12Z; pulumi 3.259.0 → 3.260.0 since 09:12Z");
    // Words decide nothing: what is the same is the same, whatever was written meanwhile.
    expect(compareFingerprint(print([]), print([]), around)).toEqual({ kind: "equal", moved: [] });
  });

  it("is equal exactly when the digests are, and leaving things out is never worse than a subset", () => {
    const operations = fc.constantFrom("create", "update", "replace", "delete", "import");
    const resources = fc
      .uniqueArray(fc.record({ name: fc.constantFrom("a", "b", "c", "d"), operation: operations, value: fc.constantFrom("1", "2"), stateful: fc.boolean() }), {
        selector: (one) => one.name,
      })
      .map((list) => list.map(({ name, operation, value, stateful }) => change(name, { operation, stateful, properties: [property("size", plain(value))] })));
    fc.assert(
      fc.property(resources, resources, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (approved, now, keep) => {
        const [a, b] = [print(approved), print(now)];
        expect(compareFingerprint(a, b).kind === "equal").toBe(a.digest === b.digest);
        const less = approved.filter((_, index) => keep[index] === true);
        expect(compareFingerprint(a, print(less)).kind).toBe(less.length === approved.length ? "equal" : "subset");
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
