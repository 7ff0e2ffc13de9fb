import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What runs the longest is begun first: at the end nobody waits for one long file while cores are idle. */
const first = ["/test/demo/", "/test/bad-input/", "/test/journeys/", "/test/torture/", "/test/engine/", "/test/"];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = first.findIndex((part) => moduleId.includes(part));
  return rank < 0 ? first.length : rank;
};

export default class TestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
