import { describe, expect, it } from "vitest";
import type { StackDeclaration } from "../environments/index.ts";
import { holdsAt, liftCommand } from "./holds.ts";
import { gateRules, judge } from "./judge.ts";
import type { GateQuestion, Hold } from "./question.ts";
import type { WindowAction } from "./windows.ts";

const shop: StackDeclaration = {
  name: "shop",
  kind: "stack",
  path: "stacks/shop",
  pulumiStack: "dev.shop",
  layer: "apps",
  args: {},
  dependsOn: [],
  requires: {},
  verify: [],
  rollback: "auto",
  drift: { mode: "fix", ignore: [] },
};

interface Asked {
  readonly holds: readonly Hold[];
  readonly action?: WindowAction;
  readonly digest?: string;
  readonly does?: "apply" | "destroy";
  readonly overrides?: GateQuestion["overrides"];
}

function question({ holds, action = "apply", digest = "new", does = "apply", overrides = [] }: Asked): GateQuestion {
  return {
    environment: {
      name: "dev",
      stacks: [shop],
      approvals: { min: 0, from: [] },
      verify: { required: false },
      windows: [],
      checks: [],
      policies: { packs: [], levels: {} },
      apply: { whenChanged: "subset", parallel: 4 },
      guards: { maxDestroy: { count: 5, percent: 100 } },
    },
    commit: "c1",
    action,
    at: new Date("2026-11-21T10:00:00Z"),
    stacks: [
      { affected: { stack: shop, closureDigest: digest, reasons: ["changed"], action: does }, changes: undefined, state: { resources: [], pending: [] } },
    ],
    holds,
    overrides,
  };
}

const said = { by: "ann", reason: "the database moves" };
const pin: Hold = { kind: "pin", ...said, pinned: { shop: "live" } };
const kindsOf = (asked: Asked): readonly string[] => judge(question(asked)).refusals.map(({ kind }) => kind);

describe("holds", () => {
  it.each<[Hold["kind"] & string, WindowAction, boolean]>([
    ["pin", "apply", true],
    ["pin", "drift", false],
    ["pin", "rollback", false],
    ["hold", "apply", true],
    ["hold", "drift", true],
    ["hold", "rollback", false],
    ["freeze", "apply", true],
    ["freeze", "drift", true],
    ["freeze", "rollback", true],
  ])("a %s stops %s: %s", (kind, action, is) => {
    const holds = [kind === "pin" ? pin : { kind, ...said }];
    expect(judge(question({ holds, action })).exit).toBe(is ? 11 : 0);
    // Control: it is this rule that says so.
    const others = Object.entries(gateRules).flatMap(([name, rule]) => (name === "hold" ? [] : [rule]));
    expect(judge(question({ holds, action }), others).allowed).toBe(true);
  });

  it("a pin lets pass what would stay as it is, and nothing that goes", () => {
    expect(kindsOf({ holds: [pin], digest: "live" })).toEqual([]);
    expect(kindsOf({ holds: [{ ...pin, stack: "shop" }], digest: "live" })).toEqual([]);
    expect(kindsOf({ holds: [pin], digest: "live", does: "destroy" })).toEqual(["hold"]);
    expect(kindsOf({ holds: [{ ...pin, pinned: {} }], digest: "live" })).toEqual(["hold"]);
    expect(kindsOf({ holds: [{ ...pin, stack: "data" }] })).toEqual([]);
  });

  it("an override passes a hold and a pin, and never a freeze: that is thawed by who answers for it", () => {
    const overrides = (["hold", "freeze"] as const).map((guard) => ({ guard, by: "bob", reason: "now", commit: "c1" }));
    expect(kindsOf({ holds: [{ kind: "hold", ...said }, pin], overrides })).toEqual([]);
    expect(kindsOf({ holds: [{ kind: "freeze", ...said }], overrides })).toEqual(["freeze"]);
  });

  it("say who, why, until when, and the command that lifts them", () => {
    const [refusal] = judge(question({ holds: [{ kind: "hold", stack: "shop", ...said, until: "2026-11-21T12:00:00.000Z" }] })).refusals;
    expect(refusal).toMatchObject({ stack: "shop", reason: "held by ann: the database moves", blocks: false });
    expect(refusal?.todo).toBe('It ends at 2026-11-21T12:00:00.000Z. Ask ann, or lift it: trueup resume dev --stack shop --reason "…"');
    expect(liftCommand("dev", { kind: "freeze" })).toBe('trueup thaw dev --reason "…"');
    expect(liftCommand("dev", { kind: "pin", stack: "shop" })).toBe('trueup unpin dev --stack shop --reason "…"');
  });

  it("stand until their end, the strongest first; a kind that is not known here is a hold", () => {
    const one = (id: string, until: string | null, kind?: string) => ({
      id,
      stacks: [],
      ...said,
      since: "2026-11-21T09:00:00Z",
      until,
      ...(kind === undefined ? {} : { kind }),
    });
    const kept = { holds: [one("a", null, "pin"), one("b", "2026-11-21T10:00:00Z"), one("c", "2026-11-21T10:00:01Z", "moon")], freezes: [one("d", null)] };
    expect(holdsAt(kept, new Date("2026-11-21T10:00:00Z")).map(({ id, kind }) => [id, kind])).toEqual([
      ["d", "freeze"],
      ["c", "hold"],
      ["a", "pin"],
    ]);
  });
});
