import { describe, expect, it } from "vitest";
import { whoNames } from "./naming.ts";
import { site, text } from "./testing/deployments.ts";

describe("who in a state names a resource", () => {
  it("are those that depend on it, by a property or as a whole, lie in it, go with it, or are replaced with it", () => {
    const state = text(
      { urn: "u::net", type: "t" },
      { urn: "u::depends", type: "t", dependencies: ["u::other", "u::net"] },
      { urn: "u::property", type: "t", propertyDependencies: { vpcId: ["u::net"], size: null } },
      { urn: "u::child", type: "t", parent: "u::net" },
      { urn: "u::with", type: "t", deletedWith: "u::net" },
      { urn: "u::replaced", type: "t", replaceWith: ["u::net"] },
      { urn: "u::old", type: "t", delete: true, dependencies: ["u::net"] },
      { urn: "u::apart", type: "t", dependencies: null, parent: "u::other" },
    );
    expect(whoNames(state, ["u::net"], site)).toEqual(["u::depends", "u::property", "u::child", "u::with", "u::replaced"]);
    expect(whoNames(state, [], site)).toEqual([]);
    expect(whoNames(text(), ["u::net"], site)).toEqual([]);
  });
});
