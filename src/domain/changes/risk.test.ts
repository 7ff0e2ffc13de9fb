import { describe, expect, it } from "vitest";
import type { Operation, ResourceChange } from "./change-set.ts";
import { compareRisk, riskOf, riskOrder, type Risk } from "./risk.ts";

function change(operation: Operation, more: Partial<ResourceChange> = {}): ResourceChange {
  return { urn: "urn:pulumi:dev.data::p::t:T::n", type: "t:T", name: "n", operation, properties: [], protected: false, stateful: false, ...more };
}

describe("risk of a change", () => {
  it("ranks a replaced database above a delete, a delete above a plain replace, and a create below an update", () => {
    const worstFirst = [change("replace", { stateful: true }), change("delete"), change("replace"), change("update"), change("create"), change("read")];
    const shuffled = worstFirst.toReversed().toSorted((a, b) => compareRisk(riskOf(a), riskOf(b)));
    expect(shuffled).toEqual(worstFirst);
  });

  it("treats a replace of a protected resource like one of a stateful one", () => {
    expect(riskOf(change("replace", { protected: true }))).toBe("replace-stateful");
  });

  it("gives every operation a class of the published order", () => {
    const operations: Operation[] = ["create", "update", "replace", "delete", "read", "import"];
    for (const operation of operations) expect(riskOrder).toContain<Risk>(riskOf(change(operation)));
  });
});
