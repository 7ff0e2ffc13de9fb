import { expect, test } from "vitest";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import type { Revision } from "../estate/index.ts";
import type { EnvironmentRecord, StackRecord } from "../ledger/index.ts";
import { standingFindings } from "./ground.ts";

const commit = "4f2c1d9".padEnd(40, "0");
const since = "2026-11-21T00:00:00.000Z";

function stack(name: string, more: Partial<StackDeclaration> = {}): StackRecord {
  const declaration = { name, requires: {}, args: {}, ...more };
  const lastGood = { commit, closureDigest: "c", stateDigest: "s", run: "r", since };
  return {
    commit,
    closureDigest: "c",
    stateDigest: "s",
    result: "good",
    since,
    run: "r",
    resources: 4,
    pulumiStack: `dev.${name}`,
    backend: "file://",
    lastGood,
    declaration,
  };
}

const live = {
  stacks: { shop: stack("shop", { requires: { api: ">=2" } }), api: stack("api", { args: { version: "1.9.0" } }), old: stack("old"), parked: stack("parked") },
} as unknown as EnvironmentRecord;
const rules = { environment: { stacks: [{ name: "shop" }, { name: "api" }], retire: { parked: "forget" } } } as unknown as Revision;

test("whole stacks drift too: a live version that another does not accept, and what is declared nowhere and not being retired", () => {
  const found = standingFindings({ live, rules }, ["shop", "api", "old", "parked"]);
  expect(found).toMatchObject([
    { stack: "shop", kind: "undeclared-version", properties: [{ path: "requires.api", before: { value: ">=2" }, after: { value: "1.9.0" } }] },
    { stack: "old", kind: "orphaned-stack", resources: 4 },
  ]);
  expect(standingFindings({ live, rules }, ["api"])).toEqual([]);
});

test("before the first good apply nobody can be an orphan", () => {
  expect(standingFindings({ live, rules: undefined }, ["old"])).toEqual([]);
});
