import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, set } from "./estate.ts";
import { cloudLines } from "./evidence.ts";
import { broken, ended, estateOf, made, mended, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 300_000 });

const shop = { layer: "machines", args: { cidr: "10.2.0.0/16", tier: "small" } } as const;
const elsewhere = {
  "environments/dev/environment.ts": (text: string) => text.replace('cloud: "sandbox",', 'cloud: "sandbox",\n  backend: "file://.trueup/states",'),
};
const back = {
  "environments/dev/environment.ts": (text: string) => text.replace('\n  backend: "file://.trueup/states",', ""),
};

describe.skipIf(engine === undefined || !isFull)("a commit that keeps the states elsewhere", () => {
  test("and fails is not taken back in the older copy of them, which knows nothing of what it made", async () => {
    const home = await newHome(estateOf({ shop }));
    try {
      expect((await home.apply()).problem?.lines).toBeUndefined();
      await cp(join(home.clone, ".trueup/state"), join(home.clone, ".trueup/states"), { recursive: true });
      await home.land("moves", together(elsewhere, set("shop", { second: "10.4.0.0/16" }), broken("shop")));
      const failed = await home.apply();
      expect([ended(failed), failed.problem?.what]).toEqual([
        ["failed", "ROLLBACK_FAILED", 15],
        expect.stringMatching(/its state is kept in file:\/\/\.trueup\/states now, and its last good commit keeps it in /),
      ]);
      expect(made(home, "shop", "second")).toHaveLength(1);
      expect((await home.run(["thaw", "dev", "--reason", "it goes on there"])).exit).toBe(0);
      await home.land("mends", together(set("shop", { second: "" }), mended("shop")));
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect(made(home, "shop", "second")).toEqual([]);
    } finally {
      await home.remove();
    }
  });

  test("and comes back to the older copy when somebody says that it goes on, is refused before it acts there, until the state is brought along", async () => {
    const home = await newHome(estateOf({ shop }));
    try {
      expect((await home.apply()).problem?.lines).toBeUndefined();
      const [older, newer] = [join(home.clone, ".trueup/state"), join(home.clone, ".trueup/states")];
      await cp(older, newer, { recursive: true });
      await home.land("moves", together(elsewhere, set("shop", { second: "10.4.0.0/16" }), broken("shop")));
      expect(ended(await home.apply())).toEqual(["failed", "ROLLBACK_FAILED", 15]);
      expect((await home.run(["thaw", "dev", "--reason", "back to where it was"])).exit).toBe(0);
      await home.land("returns", together(back, set("shop", { second: "" }), mended("shop")));
      const before = await cloudLines(home);
      const refused = await home.apply();
      expect([ended(refused), refused.problem?.what]).toEqual([
        ["refused", "GUARD_REFUSED", 13],
        expect.stringMatching(/its state in \S+ is not the one that was worked on last, which is in file:\/\/\.trueup\/states: \d resources? differs?, urn:/),
      ]);
      expect([await cloudLines(home), made(home, "shop", "second").length]).toEqual([before, 1]);
      await rm(older, { recursive: true });
      await cp(newer, older, { recursive: true });
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect(made(home, "shop", "second")).toEqual([]);
    } finally {
      await home.remove();
    }
  });
});
