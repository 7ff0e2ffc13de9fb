import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineEnvironment, defineOrganisation, defineStack, project, stack } from "./index.ts";

describe("declarations", () => {
  it("a stack program is frozen and runs nothing by being defined", () => {
    let runs = 0;
    const program = defineStack({ args: z.object({}), program: () => ({ runs: ++runs }) });
    expect(program.kind).toBe("stack-program");
    expect(Object.isFrozen(program)).toBe(true);
    expect(runs).toBe(0);
  });

  it("stack() and project() are plain data", () => {
    expect(stack("stacks/shop", { layer: "apps", args: { count: 1 } })).toEqual({ kind: "stack", path: "stacks/shop", layer: "apps", args: { count: 1 } });
    expect(project("legacy/network", { layer: "machines", stack: "acme" })).toEqual({
      kind: "project",
      path: "legacy/network",
      layer: "machines",
      stack: "acme",
    });
  });

  it("an unknown key is refused at once, with its path and the nearest key", () => {
    const wrong = { ...stack("stacks/shop", { layer: "apps" }), dependOn: ["x"] };
    expect(() => defineEnvironment({ cloud: "sandbox", stacks: { shop: wrong } })).toThrow(/unknown key "dependOn" at stacks.shop.dependOn/);
    const rules = { guard: {}, checks: [] };
    expect(() => defineOrganisation({ rules })).toThrow(/unknown key "guard" at rules.guard/);
  });

  it("hands the declaration back, frozen", () => {
    const environment = defineEnvironment({ cloud: "sandbox", stacks: {} });
    expect(environment).toEqual({ cloud: "sandbox", stacks: {} });
    expect(Object.isFrozen(environment)).toBe(true);
  });
});
