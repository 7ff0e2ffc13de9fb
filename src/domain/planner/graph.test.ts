import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import type { StackDeclaration } from "../environments/index.ts";
import { declaredReads } from "./declared-reads.ts";
import { stackGraph } from "./graph.ts";
import { environmentOf, inLayer, stackOf } from "./testing/estate.ts";

function refusalOf(act: () => unknown): Problem {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}

/** The circle that is printed, or nothing when the graph is taken. */
function circleOf(stacks: readonly StackDeclaration[]): readonly string[] {
  try {
    return stackGraph(environmentOf(stacks)).order.length === stacks.length ? [] : ["a stack is missing"];
  } catch (thrown) {
    return thrown instanceof Problem && thrown.code === "STACK_CYCLE" ? (thrown.what.split(": ")[1]?.split(" → ") ?? []) : ["another refusal"];
  }
}

describe("the stack graph", () => {
  it("orders by dependencies and reads inside the fixed order of layers, whatever the order of the file", () => {
    const stacks = [
      inLayer("mesh", "gateway"),
      inLayer("apps", "web", ["api"]),
      inLayer("apps", "api"),
      inLayer("machines", "vpc"),
      inLayer("clusters", "eks"),
      inLayer("apps", "agent"),
    ];
    const reads = { agent: [{ stack: "web", output: "url" }] };
    expect(stackGraph(environmentOf(stacks), reads).order).toEqual(["vpc", "eks", "api", "web", "agent", "gateway"]);
    expect(stackGraph(environmentOf(stacks.toReversed()), reads).order).toEqual(["vpc", "eks", "api", "web", "agent", "gateway"]);
  });

  it("prints the whole circle, also when a read closes it", () => {
    const problem = refusalOf(() =>
      stackGraph(environmentOf([stackOf("c", { dependsOn: ["b"] }), stackOf("b", { dependsOn: ["a"] }), stackOf("a")]), { a: [{ stack: "c" }] }),
    );
    expect(problem.code).toBe("STACK_CYCLE");
    expect(problem.what).toContain("a → c → b → a");
    expect(refusalOf(() => stackGraph(environmentOf([stackOf("a", { dependsOn: ["a"] })]))).what).toContain("a → a");
  });

  it("refuses a dependency against the layers and names both", () => {
    const problem = refusalOf(() => stackGraph(environmentOf([inLayer("machines", "vpc", ["shop"]), inLayer("apps", "shop")])));
    expect(problem.code).toBe("STACK_CYCLE");
    expect(problem.what).toMatch(/vpc.*machines.*shop.*apps/);
  });

  it("refuses an unknown name with the nearest known one, in dependsOn and in what a program reads", () => {
    const stacks = [inLayer("clusters", "clusters"), stackOf("shop", { dependsOn: ["cluster"] })];
    expect(refusalOf(() => stackGraph(environmentOf(stacks))).lines.join("\n")).toMatch(/STACK_UNKNOWN.*"cluster"[^]*Did you mean "clusters"/);
    expect(refusalOf(() => stackGraph(environmentOf([inLayer("clusters", "clusters"), stackOf("shop")]), { shop: [{ stack: "clsters" }] })).todo).toContain(
      '"clusters"',
    );
    expect(refusalOf(() => stackGraph(environmentOf([stackOf("constructor", { dependsOn: ["toString"] })]))).code).toBe("STACK_UNKNOWN");
  });

  it("refuses two stacks of one name", () => expect(refusalOf(() => stackGraph(environmentOf([stackOf("a"), stackOf("a")]))).code).toBe("STACK_DUPLICATE"));

  it("walks a chain of five thousand stacks", () => {
    const stacks = Array.from({ length: 5_000 }, (_, index) => stackOf(`s${index}`, { dependsOn: index === 0 ? [] : [`s${index - 1}`] }));
    expect(stackGraph(environmentOf(stacks)).order.at(-1)).toBe("s4999");
  });

  it("always finds a circle when there is one, prints a real one, and never sees one that is not there", () => {
    const seen = { circles: 0, none: 0 };
    const edges = fc.array(fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 })), { maxLength: 9 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const stacks = Array.from({ length: 7 }, (_, index) =>
          stackOf(`s${index}`, { dependsOn: pairs.filter(([from]) => from === index).map(([, to]) => `s${to}`) }),
        );
        // Independent model: a circle exists when some power of the adjacency matrix has a diagonal.
        const reach = Array.from({ length: 7 }, (_, from) => Array.from({ length: 7 }, (__, to) => pairs.some(([a, b]) => a === from && b === to)));
        for (let k = 0; k < 7; k++)
          for (let i = 0; i < 7; i++) for (let j = 0; j < 7; j++) if (reach[i]?.[k] === true && reach[k]?.[j] === true) reach[i]?.splice(j, 1, true);
        const isCircular = reach.some((row, index) => row[index] === true);
        seen[isCircular ? "circles" : "none"]++;
        const printed = circleOf(stacks);
        expect(printed.length > 1).toBe(isCircular);
        expect(printed[0]).toBe(printed.at(-1));
        expect(printed.slice(1).every((name, index) => pairs.some(([a, b]) => `s${a}` === printed[index] && `s${b}` === name))).toBe(true);
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(Math.min(seen.circles, seen.none)).toBeGreaterThan(30);
  });
});

describe("stacks behind full Pulumi names", () => {
  const environment = environmentOf([
    stackOf("clusters"),
    stackOf("net", { kind: "project", path: "legacy/network", pulumiStack: "acme-prod" }),
    stackOf("db", { kind: "project", path: "legacy/db", pulumiStack: "acme-prod" }),
  ]);

  it("finds them by short and by qualified name, tells projects apart by folder, and leaves foreign ones out", () => {
    expect(declaredReads(environment, ["organization/acme/dev.clusters", "dev.clusters"])).toEqual(["clusters"]);
    expect(declaredReads(environment, ["organization/db/acme-prod"])).toEqual(["db"]);
    expect(declaredReads(environment, ["other/billing/prod", "organization/billing/acme-prod"])).toEqual([]);
  });
});
