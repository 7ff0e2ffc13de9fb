import { describe, expect, test } from "vitest";
import type { StackRecord } from "../ledger/index.ts";
import { lostState } from "./lost-state.ts";

const good = {} as NonNullable<StackRecord["lastGood"]>;
const on = (result: StackRecord["result"], resources: number, lastGood: StackRecord["lastGood"] = good) => ({
  result,
  resources,
  lastGood,
  backend: "s3://states",
});
const seen = (action: "apply" | "destroy" | "forget", more: { readonly exists?: boolean; readonly wasDestroyed?: true } = {}) => {
  const { exists = false, ...rest } = more;
  return { affected: { action, stack: { name: "old" } }, state: { exists }, ...rest };
};

describe("a stack that has no state", () => {
  test.each([
    ["was good", seen("destroy"), on("good", 3)],
    ["failed", seen("destroy"), on("failed", 3)],
    ["failed and was never good", seen("destroy"), on("failed", 2, null)],
    ["was being applied", seen("destroy"), on("applying", 3)],
    ["was being applied for the first time", seen("destroy"), on("applying", 0, null)],
    ["is to be applied and was good", seen("apply"), on("failed", 3)],
  ])("is not taken for gone: it %s", (_, one, record) => {
    expect(lostState(one, record, "dev")?.reason).toMatch(/the backend has no state of/);
  });

  test.each([
    ["it has one", seen("destroy", { exists: true }), on("failed", 3)],
    ["its destroy is known to have been carried out", seen("destroy", { wasDestroyed: true }), on("applying", 3)],
    ["it was seen to be empty", seen("destroy"), on("failed", 0)],
    ["it never had anything", seen("destroy"), on("good", 0)],
    ["it is only to be forgotten", seen("forget"), on("failed", 3)],
    ["it is to be made, and never was", seen("apply"), on("applying", 0, null)],
  ])("is none to hold: %s", (_, one, record) => {
    expect(lostState(one, record, "dev")).toBeUndefined();
  });

  test("is told with the way on: a rebuild where it was good once, a look in the cloud where it never was", () => {
    expect(lostState(seen("destroy"), on("failed", 3), "dev")).toEqual({
      reason: "it is to be destroyed, but the backend has no state of it, and of no destroy is known that it was carried out: its 3 resources may live on",
      todo: 'See that this clone reaches the backend s3://states (a file backend belongs to one clone). If the state is lost: trueup rebuild dev --stack old, then apply again; where nothing of it is in the cloud any more: retire: { "old": "forget" }',
    });
    expect(lostState(seen("destroy"), on("applying", 0, null), "dev")).toEqual({
      reason: expect.stringMatching(/what its last attempt made may live on$/),
      todo: expect.stringMatching(/delete by hand what the cloud has of it, then write retire: \{ "old": "forget" \}$/),
    });
  });
});
