import { expect, test, vi } from "vitest";
import { z } from "zod";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { results } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 500_000 });

const long = { deadlineMs: 200_000 };
const owner = (home: Home): unknown => z.looseObject({ owner: z.unknown() }).parse(home.cloud.show("main", { type: "Vpc" }).properties["tags"]).owner;

test.skipIf(engine === undefined || !isFull)("a pin holds what is merged, lets what drifted be put back, and unpinned the merge goes", async () => {
  const home = await newHome(single(""));
  try {
    expect((await home.apply()).end).toBe("good");
    expect((await home.run(["pin", "dev", "--for", "2h", "--reason", "the auditors look"])).exit).toBe(0);
    await home.land("owner", { "stacks/lib/tags.ts": (text) => text.replace(/owner: "[a-z]*"/, 'owner: "ann"') });
    const held = await home.run(["apply", "dev"], long);
    expect([held.exit, held.lines[0], held.lines[2]]).toEqual([
      11,
      expect.stringMatching(/^HELD: pinned .*by ann: the auditors look/),
      expect.stringContaining("trueup unpin dev"),
    ]);
    const before = owner(home);
    expect(before).not.toBe("ann");

    home.cloud.set("main", "tags.owner", "mallory", { type: "Vpc" });
    expect([(await home.run(["drift", "fix", "dev"], long)).exit, owner(home)]).toEqual([0, before]);
    expect([(await home.run(["apply", "dev"], long)).exit, owner(home)]).toEqual([11, before]);

    expect((await home.run(["unpin", "dev", "--reason", "they are gone"])).exit).toBe(0);
    expect([(await home.run(["apply", "dev"], long)).exit, owner(home), await results(home)]).toEqual([0, "ann", { machines: "good" }]);
  } finally {
    await home.remove();
  }
});
