import { layers } from "../environments/index.ts";
import { byCodeUnit } from "../../base/json/index.ts";
import { allUpstream, type StackGraph } from "./graph.ts";
import type { AffectedStack } from "./plan.ts";

type Upstream = Pick<StackGraph, "upstream">;

/** Layer by layer; inside a layer by the longest chain of dependencies among these stacks, also through stacks that are not among them. */
function applyWaves(graph: Upstream, stacks: readonly AffectedStack[]): AffectedStack[][] {
  const names = new Map(stacks.map((one) => [one.stack.name, one]));
  const depth = new Map<string, number>();
  const above = new Map(
    [...names].map(([name, one]) => [name, [...allUpstream(graph, name)].filter((up) => names.get(up)?.stack.layer === one.stack.layer && up !== name)]),
  );
  // Depths settle after as many rounds as the longest chain has links; one with fewer above it never waits for one with more.
  for (const name of [...names.keys()].sort((a, b) => (above.get(a)?.length ?? 0) - (above.get(b)?.length ?? 0))) {
    depth.set(name, Math.max(0, ...(above.get(name) ?? []).map((up) => (depth.get(up) ?? 0) + 1)));
  }
  return layers
    .flatMap((layer) => {
      const here = stacks.filter((one) => one.stack.layer === layer);
      const deepest = Math.max(-1, ...here.map((one) => depth.get(one.stack.name) ?? 0));
      return Array.from({ length: deepest + 1 }, (_, level) =>
        here.filter((one) => depth.get(one.stack.name) === level).sort((a, b) => byCodeUnit(a.stack.name, b.stack.name)),
      );
    })
    .filter((wave) => wave.length > 0);
}

/**
 * Ordered waves: applies first (upstream before downstream, layers in their fixed order), then what is retired, dependents first.
 * `formerEdges` (stack, what it depended on) are those of retired stacks, which the graph of declared ones no longer has.
 */
export function planWaves(
  graph: Upstream,
  affected: readonly AffectedStack[],
  formerEdges: readonly (readonly [string, string])[] = [],
): readonly (readonly AffectedStack[])[] {
  const applied = affected.filter((one) => one.action === "apply");
  const retired = affected.filter((one) => one.action !== "apply");
  const former = new Map<string, string[]>();
  for (const [name, need] of formerEdges) former.set(name, [...(former.get(name) ?? []), need]);
  return [...applyWaves(graph, applied), ...applyWaves({ upstream: former }, retired).reverse()];
}
