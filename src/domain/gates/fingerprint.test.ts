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
    [{ closureDigest: "2" }, "the program changed since"],
    [{ configDigest: "2" }, "the config changed since"],
    [{ stateDigest: "2" }, "the state changed since"],
    [{ policyDigest: "2" }, "the policies changed since"],
    [{ versions: { pulumi: "3.259.0", aws: "7.49.0" } }, "aws 7.48.0 → 7.49.0"],
  ])("dies with its context: %o", (other, says) => {
    expect(compareFingerprint(print([change("a")]), print([change("a")], other))).toEqual({ kind: "different", moved: [says] });
    expect(compareFingerprint(print([change("a")]), print([], other)).kind).toBe("different");
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
