import { describe, expect, test } from "vitest";
import { KnownAnswers } from "./known-answers.ts";

const answer = (tag: string, units: number): Parameters<KnownAnswers["keep"]>[1] => ({ tag, text: "x".repeat(units), headers: {} });

describe("answers that a host may confirm", () => {
  test("take no more than their room: those that were longest not asked for go", () => {
    const known = new KnownAnswers(100);
    for (const name of ["a", "b", "c", "d"]) known.keep(name, answer(name, 25));
    known.confirmed("a");
    known.keep("e", answer("e", 20));
    expect(["a", "b", "c", "d", "e"].map((name) => known.tagOf(name))).toEqual(["a", undefined, "c", "d", "e"]);
  });

  test("one that would fill a quarter of the room alone is not kept, and takes its older one away", () => {
    const known = new KnownAnswers(100);
    known.keep("a", answer("1", 10));
    known.keep("a", answer("2", 26));
    expect([known.tagOf("a"), known.confirmed("a")]).toEqual([undefined, undefined]);
  });
});
