import { expect, test } from "vitest";
import type { ChangeSet, Operation, ResourceChange } from "./change-set.ts";
import { joinedChanges } from "./joined.ts";

const change = (name: string, operation: Operation, id?: string): ResourceChange => ({
  urn: `urn:pulumi:dev.net::p::aws:ec2/vpc:Vpc::${name}`,
  type: "aws:ec2/vpc:Vpc",
  name,
  operation,
  properties: [],
  protected: false,
  stateful: false,
  ...(id === undefined ? {} : { id }),
});

const changes = (resources: readonly ResourceChange[], more: Partial<ChangeSet> = {}): ChangeSet => ({
  stack: "net",
  resources,
  unchanged: 2,
  policies: [],
  diagnostics: [],
  changedOutputs: [],
  reads: [],
  ...more,
});

const told = ({ resources }: ChangeSet): readonly string[] => resources.map(({ name, operation, id }) => [name, operation, id].filter(Boolean).join(" "));

test.each<readonly [string, readonly [readonly ResourceChange[], readonly ResourceChange[]], readonly string[]]>([
  ["what only the first one made is told of (simulation, seed 657414)", [[change("a", "create", "vpc-1")], []], ["a create vpc-1"]],
  ["also where the second one changed it", [[change("a", "replace", "vpc-2")], [change("a", "update")]], ["a replace vpc-2"]],
  ["what both made is what the second one made", [[change("a", "create", "vpc-1")], [change("a", "replace", "vpc-2")]], ["a replace vpc-2"]],
  ["what the second one took away is gone", [[change("a", "create", "vpc-1")], [change("a", "delete")]], ["a delete"]],
  ["what it made again is there", [[change("a", "delete")], [change("a", "create", "vpc-3")]], ["a create vpc-3"]],
  ["of two others each is told", [[change("a", "update")], [change("b", "delete")]], ["a update", "b delete"]],
])("%s", (_, [first, again], expected) => {
  expect(told(joinedChanges(changes(first), changes(again)))).toEqual(expected);
});

test("outputs that either changed are other ones; what did not change is what the second one left alone", () => {
  const first = changes([], { changedOutputs: ["id", "name"], maskedOutputs: ["key"], unchanged: 1 });
  const again = changes([], { changedOutputs: ["name", "arn"], unchanged: 3 });
  expect(joinedChanges(first, again)).toMatchObject({ changedOutputs: ["id", "name", "arn"], maskedOutputs: ["key"], unchanged: 3 });
  expect(joinedChanges(again, again)).not.toHaveProperty("maskedOutputs");
});
