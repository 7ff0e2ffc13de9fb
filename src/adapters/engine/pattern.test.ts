import { describe, expect, it } from "vitest";
import { alsoMeant } from "./pattern.ts";

const record = (name: string, type = "aws:route53/record:Record"): string => `urn:pulumi:dev.dns::acme::${type}::${name}`;
const meant = (names: readonly string[], others: readonly string[]): string | undefined => {
  const urns = names.map((name) => record(name));
  return alsoMeant(urns, others)?.other;
};

describe("a urn with a star in its name, to the engine", () => {
  it("means what looks like it besides itself, of the same type and with no colon where the star is", () => {
    expect(meant(["*.example.com"], [record("www.example.com")])).toBe(record("www.example.com"));
    expect(meant(["*.example.com"], [record("a.b.example.com")])).toBe(record("a.b.example.com"));
    expect(meant(["a*c*e"], [record("abcde")])).toBe(record("abcde"));
    for (const other of [record("example.com"), record("www.example.org"), record("wwwXexampleXcom"), record("www.example.com", "aws:ec2/vpc:Vpc")])
      expect(meant(["*.example.com"], [other])).toBeUndefined();
    expect(meant(["*.example.com"], [record("a:b.example.com")])).toBeUndefined();
  });

  it("with two of them side by side, means also what has a colon", () => {
    expect(meant(["**.example.com"], [record("a:b.example.com")])).toBe(record("a:b.example.com"));
  });

  it("is itself, and what is named with it, without that being too much; without a star it means itself alone", () => {
    expect(meant(["*.example.com", "www.example.com"], [record("*.example.com"), record("www.example.com")])).toBeUndefined();
    expect(meant(["www.example.com"], [record("*.example.com"), record("xwww.example.com")])).toBeUndefined();
  });

  it("is matched in no time, however many stars it has", () => {
    expect(meant([`${"*a".repeat(40)}b`], [record("a".repeat(2_000))])).toBeUndefined();
  });
});
