import { describe, expect, it } from "vitest";
import { expectedDuration } from "./expected.ts";

const minute = 60_000;

describe("how long a run is taken to need", () => {
  it("is the slowest stack of each wave, each as slow as it was at worst of late", () => {
    const took = { machines: [minute, 3 * minute, 2 * minute], east: [minute], west: [7 * minute] };
    const found = expectedDuration({ waves: [["machines"], ["east", "west"], ["apps"]], took, otherwiseMs: 5 * minute });
    expect(found).toEqual({ ms: 15 * minute, says: "about 15 min: machines 3 min, west 7 min, apps 5 min (assumed)" });
  });

  it("is nothing for nothing, and tells four waves by name", () => {
    expect(expectedDuration({ waves: [], took: {}, otherwiseMs: minute }).ms).toBe(0);
    const many = expectedDuration({ waves: [["a"], ["b"], ["c"], ["d"], ["e"], []], took: {}, otherwiseMs: 1_500 });
    expect(many).toEqual({ ms: 7_500, says: "about 8 s: a 2 s (assumed), b 2 s (assumed), c 2 s (assumed), d 2 s (assumed) and 1 more waves" });
  });
});
