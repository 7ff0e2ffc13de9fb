import { layers } from "../environments/index.ts";
import { byCodeUnit } from "../../base/json/index.ts";
import { allUpstream, type StackGraph } from "./graph.ts";
import type { AffectedStack, Unit } from "./plan.ts";
import { planWaves } from "./waves.ts";

/** One first-parent commit and the stacks whose closure digest differs from its first parent's. */
export interface CommitTouches {
  readonly commit: string;
  readonly stacks: readonly string[];
}

export interface UnitsQuestion {
  /** The commit that is planned: what stacks are attributed to that no given commit touched. */
  readonly commit: string;
  /** Oldest first. */
  readonly commits: readonly CommitTouches[];
  readonly graph: Pick<StackGraph, "upstream">;
  readonly affected: readonly AffectedStack[];
  /** Edges (stack, what it depended on) that held at the live commits; see `planWaves`. */
  readonly formerEdges?: readonly (readonly [string, string])[];
}

/** Sets that only ever grow together: union by naming one member the root of all. */
class Groups {
  readonly #root = new Map<string, string>();

  constructor(names: Iterable<string>) {
    for (const name of names) this.#root.set(name, name);
  }

  has(name: string): boolean {
    return this.#root.has(name);
  }

  rootOf(name: string): string {
    let root = name;
    for (let up = this.#root.get(root); up !== undefined && up !== root; up = this.#root.get(root)) root = up;
    this.#root.set(name, root);
    return root;
  }

  join(a: string, b: string): void {
    if (this.has(a) && this.has(b)) this.#root.set(this.rootOf(a), this.rootOf(b));
  }
}

function joinAll(groups: Groups, names: readonly string[]): void {
  const [first, ...others] = names.filter((name) => groups.has(name));
  for (const other of others) if (first !== undefined) groups.join(first, other);
}

function unitOf(question: UnitsQuestion, members: readonly AffectedStack[]): Unit {
  const names = new Set(members.map((one) => one.stack.name));
  const touching = question.commits.filter((touch) => touch.stacks.some((name) => names.has(name))).map((touch) => touch.commit);
  const commits = touching.length === 0 ? [question.commit] : touching;
  const waves = planWaves(question.graph, members, question.formerEdges);
  return { id: `${(commits[0] ?? question.commit).slice(0, 12)}-${waves[0]?.[0]?.stack.name ?? "none"}`, commits, waves };
}

function firstStack(unit: Unit): { readonly retires: number; readonly layer: number; readonly name: string } {
  const first = unit.waves[0]?.[0];
  if (first === undefined) return { retires: 1, layer: layers.length, name: "" };
  return { retires: first.action === "apply" ? 0 : 1, layer: layers.indexOf(first.stack.layer), name: first.stack.name };
}

function inRunningOrder(a: Unit, b: Unit): number {
  const [x, y] = [firstStack(a), firstStack(b)];
  return x.retires - y.retires || x.layer - y.layer || byCodeUnit(x.name, y.name);
}

/**
 * What is applied together: the stacks that one first-parent commit changed, joined with any other unit that shares a stack with it or depends on it
 * (also through stacks that are not affected, so that no unit ever waits for another), or requires a version of one of its stacks: alone neither is known
 * to fit. Stacks that no commit touched stand alone unless an edge joins them.
 */
export function planUnits(question: UnitsQuestion): readonly Unit[] {
  const groups = new Groups(question.affected.map((one) => one.stack.name));
  for (const touch of question.commits) joinAll(groups, touch.stacks);
  for (const one of question.affected) joinAll(groups, [one.stack.name, ...allUpstream(question.graph, one.stack.name), ...Object.keys(one.stack.requires)]);
  for (const [name, need] of question.formerEdges ?? []) groups.join(name, need);
  const members = new Map<string, AffectedStack[]>();
  for (const one of question.affected) {
    const root = groups.rootOf(one.stack.name);
    members.set(root, [...(members.get(root) ?? []), one]);
  }
  return [...members.values()].map((stacks) => unitOf(question, stacks)).sort(inRunningOrder);
}
