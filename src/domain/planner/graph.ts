import { didYouMean, Problem } from "../../base/problem/index.ts";
import { layers, type Environment, type StackDeclaration } from "../environments/index.ts";
import { byCodeUnit } from "../../base/json/index.ts";
import type { StackRead } from "./closure.ts";
import { findCycle } from "./cycle.ts";

/** Declared stack → what it reads of other declared stacks. */
export type Reads = Readonly<Record<string, readonly StackRead[]>>;

export interface StackGraph {
  readonly stacks: ReadonlyMap<string, StackDeclaration>;
  /** Stack → the stacks it directly depends on (dependsOn and reads), sorted. Layers are not edges: they order waves, they do not join units. */
  readonly upstream: ReadonlyMap<string, readonly string[]>;
  readonly reads: ReadonlyMap<string, readonly StackRead[]>;
  /** All stacks, upstream before downstream, earlier layers before later ones, then by name. */
  readonly order: readonly string[];
}

type Declared = Pick<Environment, "name" | "stacks">;

function fileOf(environment: Declared): string {
  return `environments/${environment.name}/environment.ts`;
}

function stacksByName(environment: Declared): Map<string, StackDeclaration> {
  const stacks = new Map<string, StackDeclaration>();
  for (const stack of environment.stacks) {
    if (stacks.has(stack.name)) {
      throw new Problem("STACK_DUPLICATE", { what: `two stacks are named "${stack.name}"`, on: fileOf(environment), todo: "Give one of them another name." });
    }
    stacks.set(stack.name, stack);
  }
  return stacks;
}

function upstreamOf(stack: StackDeclaration, reads: readonly StackRead[]): string[] {
  return [...new Set([...stack.dependsOn, ...reads.map((read) => read.stack)])].sort(byCodeUnit);
}

function refuseUnknown(environment: Declared, stacks: ReadonlyMap<string, StackDeclaration>, upstream: ReadonlyMap<string, readonly string[]>): void {
  for (const [name, needs] of upstream) {
    const unknown = needs.find((need) => !stacks.has(need));
    if (unknown === undefined) continue;
    const how = stacks.get(name)?.dependsOn.includes(unknown) === true ? "depends on" : "reads";
    throw new Problem("STACK_UNKNOWN", {
      what: `stack "${name}" ${how} "${unknown}", which ${environment.name} does not declare`,
      on: fileOf(environment),
      todo: `Declare it or correct the name.${didYouMean(
        unknown,
        [...stacks.keys()].filter((known) => known !== name),
      )}`,
    });
  }
}

function refuseCycle(environment: Declared, upstream: ReadonlyMap<string, readonly string[]>): void {
  const cycle = findCycle(upstream);
  if (cycle === undefined) return;
  throw new Problem("STACK_CYCLE", {
    what: `stacks depend on each other in a circle: ${cycle.join(" → ")}`,
    on: fileOf(environment),
    todo: "Remove one of these dependencies (dependsOn, or an output that is read).",
  });
}

function refuseAgainstLayers(environment: Declared, stacks: ReadonlyMap<string, StackDeclaration>, upstream: ReadonlyMap<string, readonly string[]>): void {
  for (const [name, needs] of upstream) {
    for (const need of needs) {
      const [here, there] = [stacks.get(name)?.layer ?? "machines", stacks.get(need)?.layer ?? "machines"];
      if (layers.indexOf(there) <= layers.indexOf(here)) continue;
      throw new Problem("STACK_CYCLE", {
        what: `${name} → ${need} goes against the layers: "${name}" is in ${here}, "${need}" in ${there}, and ${here} comes first`,
        on: fileOf(environment),
        todo: `Layers are applied in the order ${layers.join(" → ")}: move one of the two stacks, or remove the dependency.`,
      });
    }
  }
}

/** Kahn's way, always taking the first free stack by layer and name: one order for one graph, whatever order the file has. */
function ordered(stacks: ReadonlyMap<string, StackDeclaration>, upstream: ReadonlyMap<string, readonly string[]>): string[] {
  const rank = (name: string): number => layers.indexOf(stacks.get(name)?.layer ?? "machines");
  const waiting = [...stacks.keys()].sort((a, b) => rank(a) - rank(b) || byCodeUnit(a, b));
  const done = new Set<string>();
  while (waiting.length > 0) {
    const index = waiting.findIndex((name) => (upstream.get(name) ?? []).every((need) => done.has(need)));
    const [next] = waiting.splice(Math.max(index, 0), 1);
    if (next !== undefined) done.add(next);
  }
  return [...done];
}

/** Who depends on whom. Raises STACK_DUPLICATE, STACK_UNKNOWN (with the nearest name), STACK_CYCLE (with the whole circle, or both layers). */
export function stackGraph(environment: Declared, reads: Reads = {}): StackGraph {
  const stacks = stacksByName(environment);
  const names = [...stacks.keys()].sort(byCodeUnit);
  const readsOf = new Map(names.map((name) => [name, Object.hasOwn(reads, name) ? (reads[name] ?? []) : []]));
  const upstream = new Map(
    [...stacks.values()].sort((a, b) => byCodeUnit(a.name, b.name)).map((stack) => [stack.name, upstreamOf(stack, readsOf.get(stack.name) ?? [])]),
  );
  refuseUnknown(environment, stacks, upstream);
  refuseCycle(environment, upstream);
  refuseAgainstLayers(environment, stacks, upstream);
  return { stacks, upstream, reads: readsOf, order: ordered(stacks, upstream) };
}

/** Every stack that `name` depends on, through any number of others. */
export function allUpstream(graph: Pick<StackGraph, "upstream">, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [...(graph.upstream.get(name) ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    queue.push(...(graph.upstream.get(next) ?? []));
  }
  return found;
}
