import { describe, expect, it } from "vitest";
import { refuseRepeatedKeys } from "./repeated-keys.ts";

const refuse =
  (text: string): (() => void) =>
  () =>
    refuseRepeatedKeys("environments/dev/environment.ts", text);

describe("an environment file", () => {
  it("with two stacks of one name is refused, with both lines", () => {
    const text = `export default define({\n  stacks: {\n    shop: stack("a"),\n    "shop": stack("b"),\n  },\n});\n`;
    expect(refuse(text)).toThrow(
      expect.objectContaining({ code: "STACK_DUPLICATE", what: 'two stacks are named "shop"', on: "environments/dev/environment.ts:4, first at line 3" }),
    );
  });

  it("with any other key written twice is refused too", () => {
    expect(refuse(`export default define({ cloud: "real", stacks: {}, cloud: "sandbox" });`)).toThrow(expect.objectContaining({ code: "ENVIRONMENT_INVALID" }));
  });

  it("may use one key in two objects, spread, and compute names", () => {
    expect(refuse(`const a = { x: 1, ...b, ...c, [d]: 1, [d]: 2 }; export default { a: { x: 1 }, stacks: { x: { x: 2 } } };`)).not.toThrow();
  });

  it("that does not parse is left to its evaluation", () => expect(refuse("export default {")).not.toThrow());
});
