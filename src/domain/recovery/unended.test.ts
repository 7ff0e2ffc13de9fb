import { describe, expect, test } from "vitest";
import { unendedSince, type ToldStep } from "./unended.ts";

const begun = { type: "t" };
/** `urn operation phase [id]` */
function step(words: string): ToldStep<typeof begun> {
  const [urn = "", operation = "", phase, id] = words.split(" ");
  if (phase !== "started" && phase !== "done" && phase !== "failed") throw new Error(words);
  return { urn, operation, phase, id, ...(operation.startsWith("create") ? { begun } : {}) };
}
const has = (...pairs: readonly string[]): { readonly urn: string; readonly id: string }[] =>
  pairs.map((pair) => ({ urn: pair.split("=")[0] ?? "", id: pair.split("=")[1] ?? "" }));

describe("what an older state cannot know", () => {
  test("is every creation that it does not have, ended or not, unless it was deleted again", () => {
    const steps = [step("a create started"), step("a create done 1"), step("b create started"), step("c create done 3"), step("c delete done")];
    expect(unendedSince(steps, [])).toEqual([
      { urn: "a", operation: "creating", begun },
      { urn: "b", operation: "creating", begun },
    ]);
  });

  test("is how what it has was changed, replaced or deleted since", () => {
    const steps = [step("a update done"), step("b delete started"), step("c create-replacement done 4"), step("c delete-replaced done"), step("d update done")];
    expect(unendedSince(steps, has("a=1", "b=2", "c=3"))).toEqual([
      { urn: "a", operation: "updating" },
      { urn: "b", operation: "deleting" },
      { urn: "c", operation: "creating", begun },
    ]);
  });

  test("is only looked up once more where it has what was made already", () => {
    expect(unendedSince([step("a create done 1")], has("a=1"))).toEqual([{ urn: "a", operation: "updating" }]);
  });

  test("is nothing of a creation that failed: the cloud's own list tells of those", () => {
    expect(unendedSince([step("a create started"), step("a create failed")], [])).toEqual([]);
  });
});
