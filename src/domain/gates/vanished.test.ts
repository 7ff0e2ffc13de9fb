import { describe, expect, it } from "vitest";
import { vanished } from "./vanished.ts";

describe("resources that are gone", () => {
  it("may be three of a small stack, or a fifth of a large one", () => {
    expect([vanished(0, 0, "dev"), vanished(3, 4, "dev"), vanished(20, 100, "dev")]).toEqual([undefined, undefined, undefined]);
  });

  it("are a wrong address when there are more", () => {
    expect(vanished(4, 4, "dev")?.reason).toBe("4 of 4 resources are gone from the cloud at once");
    expect(vanished(21, 100, "dev")?.todo).toMatch(/kubeconfig.*trueup rebuild dev/);
  });
});
