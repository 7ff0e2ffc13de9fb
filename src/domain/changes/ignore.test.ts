import { describe, expect, it } from "vitest";
import type { DriftFinding } from "./change-set.ts";
import { ruleWarnings, siftDrift } from "./ignore.ts";

const now = new Date("2026-11-21T00:00:00Z");
const finding = (paths: readonly string[], kind: DriftFinding["kind"] = "changed"): DriftFinding => ({
  stack: "shop",
  urn: "urn:x",
  type: "aws:ec2/instance:Instance",
  name: "web",
  kind,
  protected: false,
  stateful: false,
  properties: paths.map((path) => ({ path, before: { kind: "plain", value: 1 }, after: { kind: "plain", value: 2 }, replaces: false, guessed: false })),
});
const rule = { type: "aws:ec2/instance:Instance", path: "tags", reason: "the cost tool writes tags" };
const paths = (findings: readonly DriftFinding[]): string[] => findings.flatMap((one) => one.properties.map(({ path }) => path));

describe("ignore rules", () => {
  it("take away what is below their path, and nothing that only begins alike", () => {
    const { kept, ignored } = siftDrift([finding(["tags.cost", 'tags["a.b"]', "tagsAll.cost", "size"])], [rule], now);
    expect(paths(kept)).toEqual(["tagsAll.cost", "size"]);
    expect(ignored).toHaveLength(2);
  });

  it("leave out a finding of which nothing remains", () => {
    expect(siftDrift([finding(["tags.cost"])], [rule], now).kept).toEqual([]);
  });

  it("never hide that something is gone", () => {
    expect(siftDrift([finding([], "gone")], [{ ...rule, path: "" }], now).kept).toHaveLength(1);
  });

  it("hide nothing after they expired, and say so", () => {
    const expired = [{ ...rule, expires: "2026-11-20" }];
    expect(paths(siftDrift([finding(["tags.cost"])], expired, now).kept)).toEqual(["tags.cost"]);
    expect(ruleWarnings([{ rules: expired, used: [], wasRead: true }], now)).toEqual([expect.stringContaining("expired on 2026-11-20")]);
  });

  it("warn when they match nothing", () => {
    const { ignored } = siftDrift([finding(["size"])], [rule], now);
    const used = ignored.map((one) => one.rule);
    expect(ruleWarnings([{ rules: [rule], used, wasRead: true }], now)).toEqual([expect.stringContaining("matches nothing")]);
  });

  it("that all stacks share warn once, and not when they match in one of them or one could not be read", () => {
    const idle = { rules: [rule], used: [], wasRead: true };
    const again = { ...idle, rules: [{ ...rule }] };
    expect(ruleWarnings([idle, again], now)).toHaveLength(1);
    expect(ruleWarnings([idle, { ...again, used: again.rules }], now)).toEqual([]);
    expect(ruleWarnings([idle, { ...again, wasRead: false }], now)).toEqual([]);
  });
});
