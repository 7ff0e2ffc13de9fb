import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set, type Change, type Home } from "./estate.ts";
import { results } from "./evidence.ts";
import { broken, ended, estateOf, made, mended, objects, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

const data = { layer: "machines", args: { cidr: "10.1.0.0/16", tier: "small" } } as const;
const shop = { layer: "machines", args: { cidr: "10.2.0.0/16", tier: "small" } } as const;

const retained = ", { retainOnDelete: true }";
const role = (options: string): string => `if (args.tier !== "none") new aws.iam.Role("kept", { assumeRolePolicy: "{}" }${options});`;
const second = 'new aws.ec2.Vpc("second", { cidrBlock: args.second }';

const inProgram = (from: string, to: string): Readonly<Record<string, Change>> => ({
  "stacks/network/index.ts": (text) => {
    if (!text.includes(from)) throw new Error(`the program has no ${from}`);
    return text.replace(from, to);
  },
});

/** What may be done to a resource is of its state: no engine tells that it changes, and deletes go by the state and not by the program. */
async function inHome(edits: readonly (readonly [string, string])[], work: (home: Home) => Promise<void>): Promise<void> {
  const files = estateOf({ data, shop });
  const source = edits.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, String(files["stacks/network/index.ts"]));
  const home = await newHome({ ...files, "stacks/network/index.ts": source });
  try {
    expect((await home.apply()).problem?.lines).toBeUndefined();
    await work(home);
  } finally {
    await home.remove();
  }
}

describe.skipIf(engine === undefined || !isFull)("a rollback of what resources may do", () => {
  test("puts retainOnDelete back where the commit that took it off failed elsewhere: what is removed later lives on", async () => {
    await inHome([["const second =", `${role(retained)}\n    const second =`]], async (home) => {
      const kept = made(home, "data", "kept");
      expect(kept).toHaveLength(1);
      await home.land("bares", together(inProgram(role(retained), role("")), set("shop", { tier: "large" }), broken("shop")));
      expect(ended(await home.apply())).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      expect(await results(home)).toEqual({ data: "good", shop: "good" });
      // The branch takes it back, and later removes what was to be retained.
      await home.land("reverts", together(inProgram(role(""), role(retained)), set("shop", { tier: "small" }), mended("shop")));
      await home.land("removes", set("data", { tier: "none" }));
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect(made(home, "data", "kept")).toEqual(kept);
    });
  });

  test("leaves what the failed commit made to a person where deleting it would leave it in the cloud", async () => {
    await inHome([[`${second})`, `${second}${retained})`]], async (home) => {
      await home.land("adds", together(set("shop", { second: "10.4.0.0/16" }), broken("shop")));
      const failed = await home.apply();
      expect([ended(failed), failed.problem?.what]).toEqual([
        ["failed", "ROLLBACK_FAILED", 15],
        expect.stringMatching(/going back would delete aws:ec2\/vpc:Vpc second: its object would stay in the cloud \(retainOnDelete\)/),
      ]);
      expect(made(home, "shop", "second")).toHaveLength(1);
    });
  });

  test("makes no second one of what the failed commit let go", async () => {
    await inHome([[`${second})`, `${second}${retained})`]], async (home) => {
      await home.land("has", set("shop", { second: "10.4.0.0/16" }));
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      const before = objects(home);
      await home.land("drops", together(set("shop", { second: "" }), broken("shop")));
      const failed = await home.apply();
      expect([ended(failed), failed.problem?.what]).toEqual([
        ["failed", "ROLLBACK_FAILED", 15],
        expect.stringMatching(/going back would create aws:ec2\/vpc:Vpc second: what was let go of it lives on \(retainOnDelete\)/),
      ]);
      expect(objects(home)).toEqual(before);
    });
  });
});
