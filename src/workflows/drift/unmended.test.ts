import { describe, expect, test } from "vitest";
import type { KeptFinding, ResourceChange } from "../../domain/changes/index.ts";
import { stillDrifted, unseenTries } from "./unmended.ts";

const kept = (urn: string, more: Partial<KeptFinding> = {}): KeptFinding => ({
  stack: "shop",
  urn,
  type: "aws:x",
  name: urn,
  kind: "changed",
  paths: [],
  lastSeen: "",
  tries: 1,
  lastTry: undefined,
  fightSince: undefined,
  ...more,
});
const change = (urn: string, operation: ResourceChange["operation"]): ResourceChange => ({
  urn,
  type: "aws:x",
  name: urn,
  operation,
  properties: [{ path: "size", before: { kind: "plain", value: "wrong" }, after: { kind: "plain", value: "right" }, replaces: true, guessed: false }],
  protected: false,
  stateful: false,
});

describe("what a repair tried and a look no longer finds", () => {
  test("is of this stack, was tried, and was not seen", () => {
    const findings = [kept("a"), kept("b"), kept("c", { tries: 0 }), kept("d", { stack: "other" })];
    expect(unseenTries({ findings, closed: [] }, "shop", [{ urn: "b" }]).map(({ urn }) => urn)).toEqual(["a"]);
  });

  test("still drifts where a whole run would put it right, told the way a look tells it: what is live comes after", () => {
    const found = stillDrifted([kept("a"), kept("b"), kept("c")], [change("a", "update"), change("b", "create"), change("x", "update"), change("c", "delete")]);
    expect(found.map(({ urn, kind }) => [urn, kind])).toEqual([
      ["a", "changed"],
      ["b", "gone"],
    ]);
    expect(found.map(({ properties }) => properties)).toEqual([
      [{ path: "size", before: { kind: "plain", value: "right" }, after: { kind: "plain", value: "wrong" }, replaces: false, guessed: false }],
      [],
    ]);
  });
});
