import { describe, expect, it } from "vitest";
import { plan } from "./plan.ts";
import { closureOf, environmentOf, stackOf } from "./testing/estate.ts";
import { touchesOf, type Line } from "./touches.ts";

const contents = (text: string): ReadonlyMap<string, string> => new Map(text.split(" ").map((one) => [one.slice(0, -1), one.slice(-1)]));
/** `east1 west0`: what each commit declares, the measure first. */
function line(before: string, ...commits: readonly string[]): Line {
  return { before: contents(before), commits: commits.map((text, index) => ({ commit: `c${index + 1}`, contents: contents(text) })) };
}
const live = (digests: Record<string, string | undefined>): Parameters<typeof touchesOf>[1] =>
  Object.fromEntries(Object.entries(digests).map(([stack, closureDigest]) => [stack, { closureDigest, result: "good" as const }]));
const told = (of: Line, digests: Record<string, string | undefined>): readonly string[] =>
  touchesOf(of, live(digests)).map(({ stacks }) => stacks.toSorted().join(" "));

describe("what commits bring that is not live", () => {
  it.each<[string, Line, Record<string, string | undefined>, readonly string[]]>([
    [
      "all that they change, where nothing went on since the measure",
      line("east0 west0", "east1 west0", "east1 west1"),
      { east: "0", west: "0" },
      ["east", "west"],
    ],
    ["nothing of what went live meanwhile", line("east0 west0", "east1 west1", "east1 west2"), { east: "0", west: "1" }, ["east", "west"]],
    ["also where others of the same commit are held", line("east0 west0", "east1 west1", "east1 west1"), { east: "0", west: "1" }, ["east", ""]],
    ["all of what was never good", line("east0", "east1 new1", "east1 new2"), { east: "1" }, ["new", "new"]],
    ["what they no longer declare", line("east0 west0", "west0"), { east: "0", west: "0" }, ["east"]],
    ["of what was taken back and came again only how it came again", line("east0", "east1", "east0", "east2"), { east: "0" }, ["", "", "east"]],
  ])("%s", (...[, of, digests, expected]) => expect(told(of, digests)).toEqual(expected));

  it("joins no two teams by a commit that both have live, also where older commits are told as one", () => {
    const stacks = [stackOf("held"), stackOf("east"), stackOf("west")];
    const of = line("held0 east0 west0", "held1 east1 west1", "held1 east2 west1", "held1 east2 west2");
    const found = plan({
      environment: environmentOf(stacks),
      commit: "c3",
      closures: stacks.map(({ name }) => closureOf(name)),
      live: live({ held: "0", east: "1", west: "1" }),
      commits: touchesOf(of, live({ held: "0", east: "1", west: "1" })),
    });
    expect(found.units.map(({ commits, waves }) => [commits, waves.flat().map(({ stack }) => stack.name)])).toEqual([
      [["c2"], ["east"]],
      [["c1"], ["held"]],
      [["c3"], ["west"]],
    ]);
  });
});
