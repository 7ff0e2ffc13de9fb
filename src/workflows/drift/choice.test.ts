import { describe, expect, it } from "vitest";
import { remember, tried, type DriftFinding, type Memory } from "../../domain/changes/index.ts";
import { choose, pagesOf, refuseLost } from "./choice.ts";

const start = Date.parse("2026-11-21T00:00:00Z");
const at = (minutes: number): Date => new Date(start + minutes * 60_000);
const finding = (name: string, more: Partial<DriftFinding> = {}): DriftFinding => ({
  stack: "shop",
  urn: `urn:${name}`,
  type: "aws:ec2/instance:Instance",
  name,
  kind: "changed",
  protected: false,
  stateful: false,
  properties: [{ path: "size", before: { kind: "plain", value: 1 }, after: { kind: "plain", value: 2 }, replaces: false, guessed: false }],
  ...more,
});
const [web, db] = [finding("web"), finding("db")];
const nothing: Memory = { findings: [], closed: [] };
const both = remember(nothing, { stacks: ["shop"], findings: [web, db] }, at(0));
const names = (findings: readonly DriftFinding[]): string[] => findings.map(({ name }) => name);

describe("what of a stack's drift is repaired", () => {
  it("is all of it, as long as nothing speaks against", () => {
    expect(choose({ drift: { findings: [web, db], ignored: [] }, memory: both, at: at(0), obeysWaits: true })).toEqual({
      targets: [web, db],
      left: [],
    });
  });

  it("leaves by schedule what was tried a moment ago, and takes it up again in its turn; a person who asks does not wait", () => {
    const memory = tried(both, [db], at(0));
    const ask = (minutes: number, obeysWaits: boolean): string[] =>
      names(choose({ drift: { findings: [web, db], ignored: [] }, memory, at: at(minutes), obeysWaits }).targets);
    expect([ask(4, true), ask(5, true), ask(4, false)]).toEqual([["web"], ["web", "db"], ["web", "db"]]);
  });

  it("leaves for good, also when a person asks, what was tried five times, and pages", () => {
    let memory = both;
    for (let n = 0; n < 5; n++) memory = tried(memory, [db], at(n));
    const choice = choose({ drift: { findings: [web, db], ignored: [] }, memory, at: at(100_000), obeysWaits: false });
    expect([names(choice.targets), choice.left.map(({ why }) => why.kind)]).toEqual([["web"], ["stopped"]]);
    const [page, ...others] = pagesOf(memory, { environment: "dev", stacks: ["shop"], at: at(100_000) });
    expect([page?.exitCode, page?.what, others]).toEqual([7, expect.stringMatching(/db still drifts after 5 tries.*given up/), []]);
    expect(pagesOf(memory, { environment: "dev", stacks: ["mesh"], at: at(100_000) })).toEqual([]);
  });

  it("never touches a resource of which a rule says that part of it is somebody else's", () => {
    const ignored = [{ finding: web, rule: { type: web.type, path: "tags", reason: "billing" } }];
    const choice = choose({ drift: { findings: [web, db], ignored }, memory: both, at: at(0), obeysWaits: true });
    expect([names(choice.targets), choice.left.map(({ why }) => why.kind)]).toEqual([["db"], ["ignored"]]);
  });

  it("is never something protected or stateful that is gone; anything else that is gone is made again", () => {
    const lost = (more: Partial<DriftFinding>): unknown =>
      refuseLost({ findings: [web, finding("db", { kind: "gone", properties: [], ...more })] }, "dev.shop")?.exitCode;
    expect([lost({ protected: true }), lost({ stateful: true }), lost({})]).toEqual([13, 13, undefined]);
    expect(refuseLost({ findings: [finding("db", { stateful: true })] }, "dev.shop")).toBeUndefined();
  });
});
