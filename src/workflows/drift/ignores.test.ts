import { describe, expect, it } from "vitest";
import { findingId, ruleWarnings, siftDrift, type DriftFinding } from "../../domain/changes/index.ts";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import type { EnvironmentRecord, KeptIgnore } from "../ledger/index.ts";
import { ignoresOf, meantIgnores, rulesFor, withMoreIgnores, withoutIgnores } from "./ignores.ts";

const until = "2026-12-01T00:00:00.000Z";
const before = new Date("2026-11-30T23:59:59.999Z");
const property = (path: string): DriftFinding["properties"][number] => ({
  path,
  before: { kind: "plain", value: 1 },
  after: { kind: "plain", value: 2 },
  replaces: false,
  guessed: false,
});
const finding = (urn: string, more: Partial<DriftFinding> = {}): DriftFinding => ({
  stack: "shop",
  urn,
  type: "t:T",
  name: "web",
  kind: "changed",
  protected: false,
  stateful: false,
  properties: [property("size"), property("tags.a")],
  ...more,
});
const kept = (id: string, more: Partial<KeptIgnore> = {}): KeptIgnore => ({
  id,
  stack: "shop",
  urn: "urn:web",
  type: "t:T",
  name: "web",
  path: "tags",
  reason: "billing writes it",
  by: "ann",
  since: "2026-11-21T00:00:00.000Z",
  until,
  ...more,
});
const recordWith = (...ignores: KeptIgnore[]): EnvironmentRecord => ({ drift: { checkedAt: null, findings: [], ignores } }) as unknown as EnvironmentRecord;
const shop = { name: "shop", drift: { mode: "detect", ignore: [] } } as unknown as StackDeclaration;
const left = (at: Date, ...findings: readonly DriftFinding[]): string[] =>
  siftDrift(findings, rulesFor({ live: recordWith(kept("a")) }, shop), at).kept.flatMap((one) => [
    `${one.urn} ${one.kind}`,
    ...one.properties.map(({ path }) => path),
  ]);

describe("an ignore rule that a person wrote into the ledger", () => {
  it("hides its path of its one resource until its end, to the millisecond, and nothing of a namesake", () => {
    expect(left(before, finding("urn:web"), finding("urn:other"))).toEqual(["urn:web changed", "size", "urn:other changed", "size", "tags.a"]);
    expect(left(new Date(until), finding("urn:web"))).toEqual(["urn:web changed", "size", "tags.a"]);
  });

  it("never hides that the resource is gone", () => {
    expect(left(before, finding("urn:web", { kind: "gone", properties: [] }))).toEqual(["urn:web gone"]);
  });

  it("says whose it is and how it is taken away, when it is over and when it matches nothing", () => {
    const rules = rulesFor({ live: recordWith(kept("a")) }, shop);
    const said = (at: Date): readonly string[] => ruleWarnings([{ rules, used: [], wasRead: true }], at);
    expect(said(new Date(until))).toEqual([expect.stringMatching(/rule of ann for t:T web tags expired on 2026-12-01.*trueup drift unignore/)]);
    expect(said(before)).toEqual([expect.stringMatching(/rule of ann for t:T web tags matches nothing.*trueup drift unignore/)]);
  });

  it("takes the place of one of the same path, whoever set that, and leaves others", () => {
    const record = recordWith(kept("a"), kept("b", { path: "size" }), kept("c", { urn: "urn:other" }));
    const next = withMoreIgnores(record, [kept("d", { by: "bob" })]);
    expect(ignoresOf(next).map(({ id }) => id)).toEqual(["b", "c", "d"]);
  });

  it("is meant by urn, by id, and by path; of another stack it never is", () => {
    const record = recordWith(kept("a"), kept("b", { path: "size" }), kept("c", { stack: "data" }));
    const ids = (meant: Parameters<typeof meantIgnores>[1]): string[] => meantIgnores(record, meant).map(({ id }) => id);
    expect(ids({ stack: "shop", urn: "urn:web" })).toEqual(["a", "b"]);
    expect(ids({ stack: "shop", finding: findingId(finding("urn:web")), path: "size" })).toEqual(["b"]);
    expect(ids({ stack: "shop", finding: "00000000" })).toEqual([]);
    expect(ignoresOf(withoutIgnores(record, meantIgnores(record, { stack: "shop", urn: "urn:web" }))).map(({ id }) => id)).toEqual(["c"]);
  });
});
