import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layers, type StackDeclaration } from "../environments/index.ts";
import { closureDigest } from "./closure.ts";
import { plan, type Plan, type PlanQuestion } from "./plan.ts";
import { closureOf, environmentOf, inLayer, stackOf } from "./testing/estate.ts";

const head = "f".repeat(40);
const wavesOf = (found: Plan): string[][][] =>
  found.units.map((unit) => unit.waves.map((wave) => wave.map((one) => (one.action === "apply" ? "" : `${one.action} `) + one.stack.name)));

function question(stacks: readonly StackDeclaration[], more: Partial<PlanQuestion> = {}): PlanQuestion {
  return { environment: environmentOf(stacks), commit: head, closures: stacks.map((stack) => closureOf(stack.name)), live: {}, ...more };
}

describe("a plan", () => {
  const four = [
    inLayer("machines", "machines"),
    inLayer("clusters", "clusters", ["machines"]),
    inLayer("apps", "podinfo", ["clusters"]),
    inLayer("apps", "shop", ["clusters"]),
    inLayer("mesh", "mesh", ["shop", "podinfo"]),
  ];

  it("brings an environment up from nothing in four waves, as one unit", () => {
    const found = plan(question(four));
    expect(wavesOf(found)).toEqual([[["machines"], ["clusters"], ["podinfo", "shop"], ["mesh"]]]);
    expect(found.units[0]).toMatchObject({ id: "ffffffffffff-machines", commits: [head] });
  });

  it("keeps the changes of two teams apart, and joins what one merge changed or what depends on it", () => {
    const stacks = [...four, stackOf("blog"), stackOf("wiki")];
    const live = Object.fromEntries(
      stacks.map(({ name }) => [
        name,
        { closureDigest: ["blog", "shop", "wiki"].includes(name) ? "old" : closureDigest(closureOf(name)), result: "good" as const },
      ]),
    );
    const apart = plan(
      question(stacks, {
        live,
        commits: [
          { commit: "c1", stacks: ["shop"] },
          { commit: "c2", stacks: ["blog"] },
          { commit: "c3", stacks: ["wiki", "blog"] },
        ],
      }),
    );
    expect(wavesOf(apart)).toEqual([[["blog", "wiki"]], [["shop"]]]);
    expect(apart.units.map((unit) => unit.commits)).toEqual([["c2", "c3"], ["c1"]]);
    expect(apart.untouched).toEqual(["machines", "clusters", "podinfo", "mesh"]);
  });

  it("keeps together what requires a version of another that changes too: alone neither is known to fit", () => {
    const stacks = [stackOf("blog"), stackOf("db"), stackOf("shop", { requires: { db: "^2" } })];
    expect(wavesOf(plan(question(stacks)))).toEqual([[["blog"]], [["db", "shop"]]]);
  });

  it("destroys what is retired at the end, dependents first, and only with the change that stops using it", () => {
    const stacks = [inLayer("clusters", "clusters"), stackOf("shop")];
    const was = (name: string, more: Partial<StackDeclaration> = {}): PlanQuestion["live"][string] => ({
      closureDigest: "old",
      result: "good",
      declaration: stackOf(name, more),
    });
    const live = {
      clusters: { closureDigest: closureDigest(closureOf("clusters")), result: "good" as const },
      shop: was("shop", { dependsOn: ["old-db"] }),
      "old-db": was("old-db"),
      "old-job": was("old-job", { dependsOn: ["old-db"] }),
      left: was("left"),
    };
    const found = plan({ ...question(stacks), environment: environmentOf(stacks, { "old-db": "destroy", "old-job": "forget", gone: "destroy" }), live });
    expect(wavesOf(found)).toEqual([[["shop"], ["forget old-job"], ["destroy old-db"]]]);
    expect(found.orphans).toEqual(["left"]);
    expect(found.untouched).toEqual(["clusters"]);
  });

  it("refuses a stack that is declared and retired, and says what to do about one whose declaration nobody knows", () => {
    const one = [stackOf("shop")];
    expect(() => plan({ ...question(one), environment: environmentOf(one, { shop: "destroy" }) })).toThrow(
      expect.objectContaining({ code: "ENVIRONMENT_INVALID" }),
    );
    expect(() =>
      plan({ ...question(one), environment: environmentOf(one, { old: "destroy" }), live: { old: { closureDigest: "x", result: "good" } } }),
    ).toThrow(expect.objectContaining({ code: "STACK_UNKNOWN" }));
  });

  it("takes reads from the closures", () => {
    const stacks = [stackOf("a"), stackOf("b")];
    expect(wavesOf(plan(question(stacks, { closures: [closureOf("a", { reads: [{ stack: "b", output: "url" }] }), closureOf("b")] })))).toEqual([
      [["b"], ["a"]],
    ]);
  });
});

/** Random estates: stack i may depend on stack j only for j < i, and layers never fall along the numbers. */
const size = 8;
const estates = fc.record({
  layerSteps: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: size, maxLength: size }),
  edges: fc.array(fc.tuple(fc.nat({ max: size - 1 }), fc.nat({ max: size - 1 }), fc.boolean()), { maxLength: 10 }),
  affected: fc.array(fc.boolean(), { minLength: size, maxLength: size }),
  commits: fc.array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 3 }), { maxLength: 3 }),
});
type Estate = typeof estates extends fc.Arbitrary<infer T> ? T : never;
const nameAt = (index: number): string => `s${index}`;

function estateQuestion(estate: Estate): {
  readonly ask: PlanQuestion;
  readonly edges: readonly (readonly [number, number])[];
  readonly layerOf: readonly number[];
} {
  const layerOf = [...estate.layerSteps].sort((a, b) => a - b);
  const edges = estate.edges.flatMap(([a, b]) => (a === b ? [] : [[Math.max(a, b), Math.min(a, b)] as const]));
  const reads = new Set(estate.edges.flatMap(([a, b, isRead]) => (isRead ? [`${Math.max(a, b)} ${Math.min(a, b)}`] : [])));
  const stacks = layerOf.map((layer, index) =>
    stackOf(nameAt(index), {
      layer: layers[layer] ?? "mesh",
      dependsOn: edges.filter(([from, to]) => from === index && !reads.has(`${from} ${to}`)).map(([, to]) => nameAt(to)),
    }),
  );
  const closures = stacks.map((stack, index) =>
    closureOf(stack.name, { reads: edges.filter(([from, to]) => from === index && reads.has(`${from} ${to}`)).map(([, to]) => ({ stack: nameAt(to) })) }),
  );
  const live = Object.fromEntries(
    closures.map((closure, index) => [
      closure.stack,
      { closureDigest: estate.affected[index] === true ? "old" : closureDigest(closure), result: "good" as const },
    ]),
  );
  const commits = estate.commits.map((touched, index) => ({ commit: `c${index}`, stacks: touched.map(nameAt) }));
  return { ask: question(stacks, { closures, live, commits }), edges, layerOf };
}

/** Transitive closure by Warshall's three loops: shares nothing with the planner. */
function reachable(pairs: readonly (readonly [number, number])[], both: boolean): boolean[][] {
  const reach = Array.from({ length: size }, (_, from) =>
    Array.from({ length: size }, (__, to) => pairs.some(([a, b]) => (a === from && b === to) || (both && a === to && b === from))),
  );
  for (let k = 0; k < size; k++)
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) if (reach[i]?.[k] === true && reach[k]?.[j] === true) reach[i]?.splice(j, 1, true);
  return reach;
}

const numberOf = (name: string): number => Number(name.slice(1));

describe("plans against a brute-force model", () => {
  it("hold every affected stack exactly once, in waves that respect dependencies (also through untouched stacks) and layers", () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const { ask, edges, layerOf } = estateQuestion(estate);
        const found = plan(ask);
        const affected = estate.affected.flatMap((is, index) => (is ? [nameAt(index)] : []));
        expect(found.units.flatMap((unit) => unit.waves.flat().map((one) => one.stack.name)).sort()).toEqual(affected);
        const above = reachable(edges, false);
        for (const unit of found.units) {
          const at = new Map(unit.waves.flatMap((wave, index) => wave.map((one) => [numberOf(one.stack.name), index] as const)));
          const later = [...at]
            .flatMap((a) => [...at].map((b) => ({ a, b })))
            .filter(({ a: [a], b: [b] }) => above[a]?.[b] === true || (layerOf[a] ?? 0) > (layerOf[b] ?? 0));
          expect(later.every(({ a: [, waveA], b: [, waveB] }) => waveA > waveB)).toBe(true);
          expect(unit.waves.every((wave) => wave.length > 0)).toBe(true);
        }
        expect(plan(ask)).toEqual(found);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it("put independent stacks of one layer in the earliest wave that can be", () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const { ask, edges, layerOf } = estateQuestion(estate);
        const above = reachable(edges, false);
        for (const unit of plan(ask).units) {
          unit.waves.forEach((wave, index) => {
            const before = unit.waves[index - 1]?.map((one) => numberOf(one.stack.name)) ?? [];
            for (const one of wave) {
              const me = numberOf(one.stack.name);
              expect(index === 0 || before.some((other) => above[me]?.[other] === true || layerOf[other] !== layerOf[me])).toBe(true);
            }
          });
        }
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it("have as units exactly the connected components of shared commits and dependencies", () => {
    let joined = 0;
    fc.assert(
      fc.property(estates, (estate) => {
        const { ask, edges } = estateQuestion(estate);
        const found = plan(ask);
        const affected = estate.affected.flatMap((is, index) => (is ? [index] : []));
        const above = reachable(edges, false);
        const pairs = affected.flatMap((a) =>
          affected.flatMap((b) =>
            above[a]?.[b] === true || estate.commits.some((touched) => touched.includes(a) && touched.includes(b)) ? [[a, b] as const] : [],
          ),
        );
        const together = reachable(pairs, true);
        const unitOf = new Map(found.units.flatMap((unit, index) => unit.waves.flat().map((one) => [numberOf(one.stack.name), index] as const)));
        const others = affected.flatMap((a) => affected.filter((b) => b !== a).map((b) => [a, b] as const));
        for (const [a, b] of others) expect(unitOf.get(a) === unitOf.get(b)).toBe(together[a]?.[b] === true);
        joined += found.units.filter((unit) => unit.waves.flat().length > 1).length;
        const touching = found.units.map((unit) =>
          ask.commits?.filter((touch) => touch.stacks.some((name) => unit.waves.flat().some((one) => one.stack.name === name))).map((touch) => touch.commit),
        );
        expect(found.units.map((unit) => unit.commits)).toEqual(touching.map((commits) => (commits === undefined || commits.length === 0 ? [head] : commits)));
        expect(new Set(found.units.map((unit) => unit.id)).size).toBe(found.units.length);
      }),
      { numRuns: 300, seed: 9 },
    );
    expect(joined).toBeGreaterThan(50);
  });

  it("account for every declared stack once: in a unit, a candidate, or untouched", () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const found = plan(estateQuestion(estate).ask);
        const all = [...found.units.flatMap((unit) => unit.waves.flat()), ...found.candidates].map((one) => one.stack.name);
        expect([...all, ...found.untouched].sort()).toEqual(Array.from({ length: size }, (_, index) => nameAt(index)));
      }),
      { numRuns: 100, seed: 13 },
    );
  });
});
