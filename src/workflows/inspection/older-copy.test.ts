import { expect, test } from "vitest";
import { differing } from "./older-copy.ts";

const vpc = { urn: "urn:vpc", id: "vpc-1", modifiedAt: "2026-11-20T10:00:00Z" };
const table = { urn: "urn:table", id: "table-1", modifiedAt: "2026-11-20T10:00:00Z" };
const state = (...resources: readonly (typeof vpc)[]) => ({ resources });

test("a copy is the same state, in whatever order", () => {
  expect(differing(state(vpc, table), state(table, vpc))).toEqual([]);
});

test("an older copy differs in what was made, deleted, replaced or changed since, on either side", () => {
  expect(differing(state(vpc), state(vpc, table))).toEqual(["urn:table"]);
  expect(differing(state(vpc, table), state(vpc))).toEqual(["urn:table"]);
  expect(differing(state(vpc), state({ ...vpc, id: "vpc-2" }))).toEqual(["urn:vpc"]);
  expect(differing(state(vpc, table), state({ ...vpc, modifiedAt: "2026-11-21T10:00:00Z" }, table))).toEqual(["urn:vpc"]);
});
