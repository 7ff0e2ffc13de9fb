import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPath, parsePath } from "./path.ts";

describe("property paths", () => {
  it("read as the engine writes them", () => {
    expect(parsePath('data["app.conf"]')).toEqual(["data", "app.conf"]);
    expect(parsePath("ingress[0].fromPort")).toEqual(["ingress", 0, "fromPort"]);
    expect(parsePath('["a b"].c')).toEqual(["a b", "c"]);
    expect(formatPath(["data", "app.conf"])).toBe('data["app.conf"]');
  });

  it("survive being written and read, whatever the keys are", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.nat(99)), { minLength: 1 }), (parts) => {
        expect(parsePath(formatPath(parts))).toEqual(parts);
      }),
    );
  });
});
