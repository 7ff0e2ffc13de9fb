import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engine, newHome, type Home } from "./estate.ts";
import { cloudLines, results } from "./evidence.ts";

const limitMs = 110_000;

describe.skipIf(engine === undefined)("the main job", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome();
  });
  afterAll(() => home.remove());

  test("an environment comes up from nothing, layer after layer, and its ledger says so", { timeout: limitMs }, async () => {
    const applied = await home.apply();
    expect(applied.end).toBe("good");
    expect(await results(home)).toEqual({ machines: "good", cluster: "good", app: "good", mesh: "good" });
    const created = (await cloudLines(home)).filter(({ op, phase, type }) => op === "create" && phase === "commit" && !type.startsWith("pulumi:")).map(({ urn }) => urn.split("::").at(-1));
    expect(created.filter((name) => ["main", "nodes", "routes"].includes(name ?? ""))).toEqual(["main", "nodes", "routes"]);
    expect(new Set(created)).toEqual(new Set(["main", "nodes", "settings", "join", "routes"]));
  });
});
