import type { StackDeclaration } from "../environments/index.ts";
import { allUpstream, planWaves, stackGraph, type Reads, type StackGraph } from "../planner/index.ts";
import type { Loss } from "./loss.ts";

/** One live stack as it was found. */
export interface LostStack {
  readonly stack: StackDeclaration;
  readonly loss: Loss;
  /** How long it took when it was applied last; undefined: nobody noted it. */
  readonly tookMs: number | undefined;
}

export interface RebuildQuestion {
  readonly environment: string;
  readonly stacks: readonly LostStack[];
  readonly reads: Reads;
  /** Only these; undefined: all. */
  readonly only: readonly string[] | undefined;
}

export interface PlannedStack extends LostStack {
  /** Stacks of the plan that must be good before it. */
  readonly after: readonly string[];
}

/** An ordered plan: pure, and the same value is shown, confirmed and acted on. */
export interface RebuildPlan {
  /** In order; stacks inside one wave do not depend on each other. */
  readonly waves: readonly (readonly PlannedStack[])[];
  /** Stacks that stay as they are. */
  readonly left: readonly string[];
  /** Of these, those that read a stack of the plan, and were not asked for. */
  readonly waiting: readonly string[];
  /** By what each stack took when it was applied last: the slowest of each wave. undefined: of one nobody knows. */
  readonly expectedMs: number | undefined;
}

function isBelow(graph: StackGraph, name: string, lost: ReadonlySet<string>): boolean {
  return [...allUpstream(graph, name)].some((above) => lost.has(above));
}

function expected(waves: RebuildPlan["waves"]): number | undefined {
  let sum = 0;
  for (const wave of waves) {
    if (wave.some(({ tookMs }) => tookMs === undefined)) return undefined;
    sum += Math.max(...wave.map(({ tookMs = 0 }) => tookMs));
  }
  return sum;
}

/** What is rebuilt: what lost something, and what depends on that, since what it reads is made anew. Raises what `stackGraph` raises. */
export function planRebuild({ environment, stacks, reads, only }: RebuildQuestion): RebuildPlan {
  const graph = stackGraph({ name: environment, stacks: stacks.map(({ stack }) => stack) }, reads);
  const asked = (name: string): boolean => only === undefined || only.includes(name);
  const lost = new Set(stacks.filter(({ stack, loss }) => loss !== "none" && asked(stack.name)).map(({ stack }) => stack.name));
  const wanted = stacks.filter(({ stack: { name } }) => lost.has(name) || isBelow(graph, name, lost));
  const taken = new Map(wanted.filter(({ stack: { name } }) => asked(name)).map((one) => [one.stack.name, one]));
  const affected = [...taken.values()].map(({ stack }) => ({ stack, closureDigest: "", reasons: [], action: "apply" as const }));
  const waves = planWaves(graph, affected).map((wave) =>
    wave.flatMap(({ stack: { name } }) => {
      const one = taken.get(name);
      return one === undefined ? [] : [{ ...one, after: [...allUpstream(graph, name)].filter((above) => taken.has(above)).sort() }];
    }),
  );
  return {
    waves,
    left: stacks.map(({ stack }) => stack.name).filter((name) => !taken.has(name)),
    waiting: wanted.map(({ stack }) => stack.name).filter((name) => !taken.has(name)),
    expectedMs: expected(waves),
  };
}
