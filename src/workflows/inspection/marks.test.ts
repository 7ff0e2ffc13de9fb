import { expect, it } from "vitest";
import { marksFrom, mayAskLater } from "./marks.ts";

const cluster = { stack: "cluster", isUnknown: false, changedOutputs: ["kubeconfig"] };

it("what waits for a stack that keeps what it has is asked later; what waits for one that loses something is asked at once, and so is what waits for none", () => {
  const [keeps, loses] = [marksFrom([{ ...cluster, isGivingUp: false }]), marksFrom([{ ...cluster, isGivingUp: true }])];
  expect([mayAskLater(["cluster"], keeps), mayAskLater(["cluster"], loses), mayAskLater(["other"], loses), mayAskLater([], keeps)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
