import { describe, expect, it } from "vitest";
import { stackOf } from "../../domain/planner/testing/estate.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { withOutdated, type Moved } from "./outdated.ts";

type Records = EnvironmentRecord["stacks"];

const record = (more: object): Records[string] => ({
  commit: null,
  closureDigest: "",
  stateDigest: "",
  result: "good",
  since: "2026-11-21T10:00:00Z",
  run: null,
  resources: 1,
  pulumiStack: "dev.x",
  backend: "file://",
  lastGood: null,
  ...more,
});

function moved(name: string, result: Moved["result"], changedOutputs: readonly string[] | undefined): Moved {
  const changes = { changedOutputs: changedOutputs ?? [] };
  const outcome = (changedOutputs === undefined ? undefined : { changes }) as Moved["outcome"];
  return { affected: { stack: stackOf(name), closureDigest: "d", reasons: ["r"], action: "apply" }, result, outcome };
}

const stacks: Records = { base: record({}), app: record({ reads: [{ stack: "base", output: "vpcId" }] }), side: record({ reads: [{ stack: "other" }] }) };
const outdatedIn = (records: Records): Record<string, unknown> =>
  Object.fromEntries(Object.entries(records).flatMap(([name, { outdated }]) => (outdated === undefined ? [] : [[name, outdated]])));

describe("what a run leaves its stacks' readers behind with", () => {
  it.each<[string, Moved, ReadonlySet<string>, object]>([
    ["an attempt that failed: which outputs it moved nobody can say", moved("base", "failed", []), new Set(), { app: ["base"] }],
    ["an attempt of which the engine told nothing", moved("base", "failed", undefined), new Set(), { app: ["base"] }],
    ["a good one that changed what the reader reads", moved("base", "good", ["vpcId"]), new Set(["base"]), { app: ["base"] }],
    ["a good one that changed something else", moved("base", "good", ["name"]), new Set(["base"]), {}],
    ["a good one after which the reader was made good too", moved("base", "good", ["vpcId"]), new Set(["base", "app"]), {}],
  ])("%s", (...[, one, good, left]) => expect(outdatedIn(withOutdated(stacks, [one], good))).toEqual(left));

  it("stays until the reader is good, and goes then", () => {
    const left = withOutdated(stacks, [moved("base", "failed", [])], new Set());
    expect(outdatedIn(withOutdated(left, [], new Set(["base"])))).toEqual({ app: ["base"] });
    expect(outdatedIn(withOutdated(left, [], new Set(["app"])))).toEqual({});
  });
});
