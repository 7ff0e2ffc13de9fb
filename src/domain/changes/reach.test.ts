import { describe, expect, it } from "vitest";
import type { DriftFinding, Operation, ResourceChange } from "./change-set.ts";
import { beyondRepair } from "./reach.ts";

const changed = (path: string): DriftFinding["properties"][number] => ({
  path,
  before: { kind: "plain", value: 1 },
  after: { kind: "plain", value: 2 },
  replaces: false,
  guessed: false,
});
const change = (name: string, operation: Operation, paths: readonly string[] = []): ResourceChange => ({
  urn: `urn:${name}`,
  type: "aws:ec2/vpc:Vpc",
  name,
  operation,
  properties: paths.map(changed),
  protected: false,
  stateful: false,
});
type Left = Pick<DriftFinding, "urn" | "kind" | "properties">;
const left = (name: string, ...paths: readonly string[]): Left => ({ urn: `urn:${name}`, kind: "changed", properties: paths.map(changed) });
const gone = (name: string): Left => ({ urn: `urn:${name}`, kind: "gone", properties: [] });

/** What stops a repair of `main`, with the drift of other resources left as it is. */
const stops = (planned: readonly ResourceChange[], ...others: readonly Left[]): string | undefined => {
  const found = beyondRepair(planned, { targets: [{ urn: "urn:main" }], left: others });
  return found === undefined ? undefined : `${found.operation} ${found.name}`;
};

describe("how far a repair of some resources may reach", () => {
  it("is what is put back, and what is only read", () => {
    for (const operation of ["create", "update", "replace"] as const)
      expect(stops([change("settings", "read"), change("main", operation, ["size"])])).toBeUndefined();
  });

  it("ends at whatever else would be made, changed or replaced, and at every delete", () => {
    for (const operation of ["create", "update", "replace"] as const) expect(stops([change("main", "create"), change("a", operation)])).toBe(`${operation} a`);
    expect(stops([change("main", "delete")])).toBe("delete main");
  });

  it("may pass over drift that is left, as far as nothing else of its resource would change", () => {
    const tags = [left("a", "tags.owner"), left("a", 'tags["cost.centre"]', "ingress")];
    expect(stops([change("a", "update", ["tags.owner", 'tags["cost.centre"]', "ingress[0].port"])], ...tags)).toBeUndefined();
    expect(stops([change("a", "update", ["tags.owner", "vpcId"])], ...tags)).toBe("update a");
    expect(stops([change("a", "update", ["tags"])], ...tags)).toBe("update a");
    expect(stops([change("b", "update", ["tags.owner"])], ...tags)).toBe("update b");
  });

  it("ends at what is left and would be made again or replaced, and at a change that does not say what it changes", () => {
    for (const operation of ["create", "replace", "delete"] as const)
      expect(stops([change("a", operation, ["tags.owner"])], left("a", "tags.owner"))).toBe(`${operation} a`);
    expect(stops([change("a", "update")], left("a", "tags.owner"))).toBe("update a");
  });

  it("may pass over what is gone and not in its turn, as long as nothing that is put back waits for it", () => {
    const planned = (after: DriftFinding["properties"][number]["after"]): ResourceChange => ({
      ...change("main", "create"),
      properties: [{ ...changed("vpcId"), after }],
    });
    expect(stops([change("a", "create"), planned({ kind: "plain", value: "vpc-1" })], gone("a"))).toBeUndefined();
    expect(stops([change("a", "create"), planned({ kind: "unknown" })], gone("a"))).toBe("create a");
    expect(stops([change("b", "update", ["vpcId"]), change("a", "create")], gone("a"))).toBe("update b");
  });
});
