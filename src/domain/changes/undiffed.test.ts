import { expect, it } from "vitest";
import type { ChangeSet, ResourceChange } from "./change-set.ts";
import { askedLater } from "./undiffed.ts";

const change = (name: string, more: Partial<ResourceChange>): ResourceChange => ({
  urn: `urn:${name}`,
  type: "aws:dynamodb/table:Table",
  name,
  operation: "replace",
  properties: [{ path: "provider", before: { kind: "absent" }, after: { kind: "unknown" }, replaces: true, guessed: true }],
  protected: false,
  stateful: true,
  ...more,
});

it("what a later look can ask is an update until then; what the provider itself called a replacement stays one", () => {
  const resources = [change("asked", {}), change("not", { undiffed: true })];
  const changes: ChangeSet = { stack: "s", resources, unchanged: 0, policies: [], diagnostics: [], changedOutputs: [], reads: [] };
  expect(askedLater(changes).resources.map(({ name, operation, properties }) => [name, operation, properties.length])).toEqual([
    ["asked", "replace", 1],
    ["not", "update", 0],
  ]);
});
