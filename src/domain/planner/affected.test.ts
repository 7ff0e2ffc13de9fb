import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affectedStacks } from "./affected.ts";
import { closureDigest, closureParts, type Closure, type ClosurePart } from "./closure.ts";
import { stackGraph } from "./graph.ts";
import type { LiveStack } from "./live.ts";
import { reasonsIn } from "./reasons.ts";
import { closureOf, environmentOf, inLayer, stackOf } from "./testing/estate.ts";

const good = (closure: Closure, more: Partial<LiveStack> = {}): LiveStack => ({ closureDigest: closureDigest(closure), result: "good", ...more });

function reasonsBetween(before: Closure, after: Closure, more: Partial<LiveStack> = {}): readonly string[] {
  const graph = stackGraph(environmentOf([stackOf("shop", { args: { count: 3 } })]));
  return affectedStacks({ graph, closures: [after], live: { shop: good(before, more) }, previous: [before] }).affected[0]?.reasons ?? [];
}

describe("why a stack is affected", () => {
  const entry = "stacks/shop/index.ts";
  const before = closureOf("shop", {
    files: {
      [entry]: "1",
      "stacks/lib/tags.ts": "1",
      "stacks/lib/names.ts": "1",
      "environments/dev/shop.yaml": "1",
      "environments/dev/values.json": "1",
      "Pulumi.yaml": "1",
    },
    importedBy: { "stacks/lib/tags.ts": entry, "stacks/lib/names.ts": "stacks/lib/tags.ts" },
    packages: { "@pulumi/aws@7.47.0": "x", "left@1.0.0": "y", "pnpm-lock.yaml": "z" },
    policies: { "policies/base/index.ts": "1" },
  });
  const files = (path: string, blob: string): Closure => ({ ...before, files: { ...before.files, [path]: blob } });

  it.each([
    [entry, "its program stacks/shop/index.ts changed"],
    ["stacks/lib/tags.ts", "imports stacks/lib/tags.ts (changed)"],
    ["stacks/lib/names.ts", "imports stacks/lib/names.ts via stacks/lib/tags.ts (changed)"],
    ["environments/dev/shop.yaml", "config environments/dev/shop.yaml changed"],
    ["environments/dev/values.json", "values environments/dev/values.json changed"],
    ["Pulumi.yaml", "config Pulumi.yaml changed"],
  ])("%s: %s", (path, reason) => expect(reasonsBetween(before, files(path, "2"))).toEqual([reason]));

  it("names packages with both versions, new, gone and altered ones", () => {
    expect(
      reasonsBetween(before, { ...before, packages: { "@pulumi/aws@7.48.0": "x2", "left@1.0.0": "other", "new@2.0.0": "n", "pnpm-lock.yaml": "z2" } }),
    ).toEqual(["package @pulumi/aws 7.47.0 → 7.48.0", "package left 1.0.0 has other contents", "package new 2.0.0 (new)", "lockfile pnpm-lock.yaml changed"]);
    expect(reasonsBetween(before, { ...before, packages: {} })).toContain("package left 1.0.0 (removed)");
  });

  it("names the argument and the policy", () => {
    const declaration = stackOf("shop", { args: { count: 2 } });
    expect(reasonsBetween(before, { ...before, declaration: "e", policies: { "policies/base/index.ts": "2" } }, { declaration })).toEqual([
      "args.count changed",
      "policy policies/base/index.ts changed",
    ]);
    expect(reasonsBetween(before, { ...before, declaration: "e" })).toEqual(["its declaration changed"]);
  });

  it("tells many arguments as a number, which says for how many it stands", () => {
    const args = (count: number): Record<string, number> => Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index + 10}`, count]));
    const graph = stackGraph(environmentOf([stackOf("shop", { args: args(2) })]));
    const live = { shop: good(before, { declaration: stackOf("shop", { args: args(1) }) }) };
    const reasons = affectedStacks({ graph, closures: [{ ...before, declaration: "e" }], live, previous: [before] }).affected[0]?.reasons ?? [];
    expect(reasons.slice(4)).toEqual(["args.k14 changed", "15 more settings of it changed"]);
    expect(reasons.map(reasonsIn)).toEqual([1, 1, 1, 1, 1, 15]);
  });

  it("says that it was never applied, or that its last attempt was not good", () => {
    const graph = stackGraph(environmentOf([stackOf("shop")]));
    const ask = (live: Record<string, LiveStack>, all = false): readonly string[] =>
      affectedStacks({ graph, closures: [before], live, all }).affected[0]?.reasons ?? [];
    expect(ask({})).toEqual(["never applied"]);
    expect(ask({ shop: good(before) })).toEqual([]);
    expect(ask({ shop: good(before) }, true)).toEqual(["all stacks were asked for"]);
    expect(ask({ shop: good(before, { result: "failed" }) })).toEqual(["its last attempt failed"]);
    expect(ask({ shop: { closureDigest: undefined, result: "interrupted" } })).toEqual(["never applied with success", "its last attempt was interrupted"]);
    expect(ask({ shop: { closureDigest: "other", result: "good" } })).toEqual(["its sources differ from what is live"]);
  });

  it("takes in the readers of what moved without them, which no preview would tell (torture, seed 10003)", () => {
    const stacks = [inLayer("clusters", "clusters"), stackOf("shop"), stackOf("api")];
    const closures = stacks.map((stack) => closureOf(stack.name));
    const [clusters, shop, api] = closures.map((closure) => good(closure));
    const graph = stackGraph(environmentOf(stacks), { shop: [{ stack: "clusters", output: "kubeconfig" }] });
    const ask = (live: Record<string, LiveStack>): readonly (readonly [string, readonly string[]])[] =>
      affectedStacks({ graph, closures, live }).affected.map((one) => [one.stack.name, one.reasons]);
    expect(ask({ clusters: clusters!, shop: { ...shop!, outdated: ["clusters"] }, api: { ...api!, outdated: ["clusters"] } })).toEqual([
      ["shop", ["clusters, which it reads, moved without it"]],
    ]);
    expect(ask({ clusters: { ...clusters!, result: "interrupted" }, shop: shop!, api: api! })).toEqual([
      ["clusters", ["its last attempt was interrupted"]],
      ["shop", ["reads clusters, whose last attempt did not end well"]],
    ]);
  });

  it("lists what reads an affected stack as candidates, through candidates too, and not what is merely ordered after it", () => {
    const stacks = [
      inLayer("clusters", "clusters"),
      stackOf("api", { dependsOn: ["clusters"] }),
      stackOf("shop"),
      inLayer("mesh", "mesh"),
      inLayer("mesh", "other"),
    ];
    const graph = stackGraph(environmentOf(stacks), { shop: [{ stack: "clusters", output: "kubeconfig" }], mesh: [{ stack: "shop" }] });
    const closures = stacks.map((stack) => closureOf(stack.name));
    const live = Object.fromEntries(
      closures.map((closure) => [closure.stack, closure.stack === "clusters" ? { closureDigest: "old", result: "good" as const } : good(closure)]),
    );
    const found = affectedStacks({ graph, closures, live });
    expect(found.affected.map((one) => one.stack.name)).toEqual(["clusters"]);
    expect(found.candidates.map((one) => [one.stack.name, one.reasons, one.upstream])).toEqual([
      ["shop", ["reads clusters.kubeconfig"], ["clusters"]],
      ["mesh", ["reads shop"], ["clusters"]],
    ]);
    expect(
      affectedStacks({ graph, closures, live, because: { shop: ["reads clusters.kubeconfig, which changes"] } }).affected.map((one) => one.stack.name),
    ).toEqual(["clusters", "shop"]);
  });
});

/** One edit of one edge of one stack, as a repository would see it. */
type Edit = { readonly stack: number; readonly part: ClosurePart; readonly blob: string };
const names = ["s0", "s1", "s2", "s3", "s4"];
const edits = fc.array(fc.record({ stack: fc.nat({ max: 4 }), part: fc.constantFrom(...closureParts), blob: fc.constantFrom("a", "b") }), { maxLength: 5 });

function edited(closure: Closure, edit: Edit): Closure {
  const { blob, part } = edit;
  if (part === "files") return { ...closure, files: { ...closure.files, "stacks/lib/tags.ts": blob } };
  if (part === "config") return { ...closure, files: { ...closure.files, "environments/dev/shop.yaml": blob } };
  if (part === "declaration") return { ...closure, declaration: blob };
  return { ...closure, [part]: { "thing@1": blob } };
}

/** Independent of every digest: a stack is affected when any of its five parts, written down, differs. */
function modelAffected(before: readonly Closure[], after: readonly Closure[]): string[] {
  const written = (closure: Closure | undefined): string =>
    JSON.stringify([
      closure?.files["stacks/lib/tags.ts"],
      closure?.files["environments/dev/shop.yaml"],
      closure?.packages["thing@1"],
      closure?.declaration,
      closure?.policies["thing@1"],
    ]);
  return names.filter((_, index) => written(before[index]) !== written(after[index]));
}

function holds(digestParts: readonly ClosurePart[]): boolean {
  const start = names
    .map((name) => names.indexOf(name))
    .map((index) => closureParts.reduce((closure, part) => edited(closure, { stack: index, part, blob: "a" }), closureOf(names[index] ?? "")));
  const property = fc.property(edits, (list) => {
    const after = start.map((closure, index) => list.filter((edit) => edit.stack === index).reduce(edited, closure));
    const live = Object.fromEntries(start.map((closure) => [closure.stack, { closureDigest: closureDigest(closure, digestParts), result: "good" as const }]));
    const found = affectedStacks({ graph: stackGraph(environmentOf(names.map((name) => stackOf(name)))), closures: after, live, previous: start, digestParts });
    return (
      JSON.stringify(found.affected.map((one) => one.stack.name)) === JSON.stringify(modelAffected(start, after)) &&
      found.affected.every((one) => one.reasons.length > 0)
    );
  });
  return !fc.check(property, { numRuns: 400, seed: 11 }).failed;
}

describe("affected stacks against a brute-force model", () => {
  it("are exactly those of which anything differs", () => expect(holds(closureParts)).toBe(true));

  it.each(closureParts)("control: with the %s edge switched off the same property fails", (off) => {
    expect(holds(closureParts.filter((part) => part !== off))).toBe(false);
  });
});

describe("closure digest", () => {
  it("does not depend on the order in which a closure was built, nor on how a file is reached", () => {
    const one = closureOf("shop", { files: { a: "1", b: "2" }, packages: { "x@1": "i", "y@1": "j" } });
    const other = closureOf("shop", { files: { b: "2", a: "1" }, packages: { "y@1": "j", "x@1": "i" }, importedBy: { b: "a" }, unresolved: ["a:1 import(x)"] });
    expect(closureDigest(other)).toBe(closureDigest(one));
    expect(closureDigest(closureOf("shop"))).toMatch(/^[0-9a-f]{64}$/);
  });

  it("keeps parts apart: a blob that moves from one edge to another is another closure", () => {
    expect(closureDigest(closureOf("shop", { packages: { x: "1" }, policies: {} }))).not.toBe(
      closureDigest(closureOf("shop", { packages: {}, policies: { x: "1" } })),
    );
  });
});
